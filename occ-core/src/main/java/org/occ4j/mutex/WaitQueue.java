/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for one key, in order of arrival. It exists from the first waiter to the last.
 *
 * <p>Everything is written under the lock of its {@link Section}; {@code head}, {@code length},
 * {@code next} and {@code retired} are volatile so that they can be read without it.
 */
final class WaitQueue {

  /**
   * The queues of the keys that share some slots. The lock is held for a few steps, never while a
   * thread waits, and no user code runs under it: keys are compared before it is taken, and all
   * that is checked under it is that no queue was added since ({@link #first} is the same).
   */
  static final class Section {
    final ReentrantLock lock = new ReentrantLock();

    /** The newest queue. Added at the front only, so that a search misses none that stays. */
    volatile @Nullable WaitQueue first;

    /** Under the lock. */
    void add(WaitQueue queue) {
      queue.next = first;
      first = queue;
    }

    /** Under the lock. The queue keeps its {@code next}, so a search that stands on it goes on. */
    void remove(WaitQueue gone) {
      gone.retired = true;
      WaitQueue before = null;
      for (WaitQueue queue = first; queue != gone; queue = queue.next) {
        if (queue == null) {
          throw new AssertionError("not in this section");
        }
        before = queue;
      }
      if (before == null) {
        first = gone.next;
      } else {
        before.next = gone.next;
      }
    }
  }

  final Section section;
  final int hash;
  final Object key;

  volatile @Nullable WaitQueue next;
  volatile @Nullable Waiter head;
  volatile int length;

  /** Whether the last waiter has left; nobody joins any more. */
  volatile boolean retired;

  private @Nullable Waiter tail;

  WaitQueue(Section section, int hash, Object key) {
    this.section = section;
    this.hash = hash;
    this.key = key;
  }

  /** The queue of a key among {@code first} and those behind it. Runs the key's equals. */
  static @Nullable WaitQueue search(@Nullable WaitQueue first, int hash, Object key) {
    for (WaitQueue queue = first; queue != null; queue = queue.next) {
      if (queue.hash == hash && (queue.key == key || queue.key.equals(key))) {
        return queue;
      }
    }
    return null;
  }

  /** Tells the first in line, if there is one, that the key was let go. */
  void tellHead() {
    Waiter first = head;
    if (first != null) {
      first.lookAgain();
    }
  }

  /** Under the lock. */
  void append(Waiter waiter) {
    waiter.queue = this;
    waiter.queued = true;
    Waiter last = tail;
    waiter.previous = last;
    tail = waiter;
    resize(1);
    if (last == null) {
      head = waiter;
    } else {
      last.next = waiter;
    }
  }

  /** Under the lock; the waiter is in the queue. The last one takes the queue with it. */
  void remove(Waiter waiter) {
    Waiter before = waiter.previous;
    Waiter after = waiter.next;
    if (after == null) {
      tail = before;
    } else {
      after.previous = before;
    }
    if (before == null) {
      head = after;
    } else {
      before.next = after;
    }
    waiter.queued = false;
    waiter.previous = null;
    waiter.next = null;
    resize(-1);
    if (before == null && after == null) {
      section.remove(this);
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // the lock makes it atomic
  private void resize(int change) {
    length += change;
  }
}
