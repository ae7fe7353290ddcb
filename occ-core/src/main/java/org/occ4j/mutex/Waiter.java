/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import org.jspecify.annotations.Nullable;

/**
 * A place in the queue of a {@link Cell}. The links are guarded by the bin's lock.
 *
 * <p>States: <i>queued</i> until either <i>granted</i> (by whoever releases, or by its own thread)
 * or <i>left</i> (time-out, interrupt, cancellation, deadlock). Both ways out are taken under the
 * bin's lock or by winning the cell's holder word, so exactly one of them happens (I4).
 */
abstract class Waiter {
  final Grant<?> grant;

  /** True once the key was handed to this waiter by another thread. */
  volatile boolean granted;

  /**
   * Whether the key is to be handed to this waiter instead of being left for whoever comes first.
   * Never goes back to false.
   */
  volatile boolean direct;

  /** Guarded by the bin's lock, like the links: false before and after the time in the queue. */
  boolean queued;

  @Nullable Cell cell;
  @Nullable Waiter next;
  @Nullable Waiter previous;

  Waiter(Grant<?> grant, boolean direct) {
    this.grant = grant;
    this.direct = direct;
  }

  /**
   * Tells the waiter that it was granted the key or, if it is the head and not direct, that the key
   * is free. Called under no lock. A waiter may be told in vain.
   */
  abstract void wake();
}
