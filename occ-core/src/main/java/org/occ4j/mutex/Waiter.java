/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import org.jspecify.annotations.Nullable;

/**
 * A place in a {@link WaitQueue}. The links are guarded by the lock of the queue's section.
 *
 * <p>States: <i>queued</i> until either granted the key or <i>left</i> (time-out, interrupt,
 * cancellation, deadlock). Exactly one of them happens (MUTEX-4).
 */
abstract class Waiter {
  final Grant<?> grant;

  /** True once the key was given to this waiter by another thread. */
  volatile boolean granted;

  /**
   * Whether the key is to be handed to this waiter instead of being left for whoever comes first.
   * Never goes back to false.
   */
  volatile boolean direct;

  /** Guarded by the lock, like the links: false before and after the time in the queue. */
  boolean queued;

  @Nullable WaitQueue queue;
  @Nullable Waiter next;
  @Nullable Waiter previous;

  Waiter(Grant<?> grant, boolean direct) {
    this.grant = grant;
    this.direct = direct;
  }

  /** The queue that this waiter has joined. */
  final WaitQueue queue() {
    WaitQueue joined = queue;
    if (joined == null) {
      throw new AssertionError("never queued");
    }
    return joined;
  }

  /**
   * Tells the waiter that the key may be free, or that it is the first in line now. Called under no
   * lock, by any thread, perhaps in vain and perhaps late: the waiter may be gone.
   */
  abstract void lookAgain();

  /** Tells the waiter that it was granted the key; once, under no lock. */
  abstract void receive();
}
