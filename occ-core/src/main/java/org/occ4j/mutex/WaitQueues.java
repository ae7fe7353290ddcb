/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;

/**
 * Who waits for which key, and how a key that is let go gets to the next: the {@link SlotTable}
 * with queues.
 *
 * <p>Thread-safe; knows nothing of diagnostics, and of time only what a put off release needs.
 */
final class WaitQueues extends SlotTable {
  /*
   * BESIDE THE TABLE, NOT IN IT
   *
   * Waiters stand in a queue beside the table, so a hot key is taken and let go by the same two
   * compare-and-sets as a key for which nobody waits. What a release has to know of the queue is
   * written on the grant that it releases:
   *
   *   called   The grant names the queue. Its release lets the key go, and calls the head, which
   *            comes and tries to be the first to take it; who comes in between is not called off.
   *            A head that finds another grant in the slot has itself called by that one.
   *   reserved The slot contains the grant as HandoffEntry. Its release hands the key to the head
   *            in one step. So a key that is free never has a head that may not be overtaken.
   *
   * MUTEX-3  Nobody joins a retired queue, and no queue is retired with a waiter in it: both happen
   *     under the lock of the section.
   * MUTEX-4  A waiter leaves the queue once: granted, or having left. It is granted by a
   *     compare-and-set of the slot under the lock while it is the queued head; or, if it is a
   *     thread, by its own compare-and-set without the lock, which finds the key free, so that
   *     there is no reservation to be handed over by anybody else.
   * MUTEX-5  No wake-up is lost. A release looks at the grant for a queue afterwards, then at the
   *     queue's head, then whether the head parks. A head announces that it will park, names
   *     its queue on the grant that it sees, and looks afterwards whether that grant still holds
   *     the key. Whoever removes the head either wakes the next waiter or has registered the queue
   *     on its own grant, so that its release will. All of these are volatile, so one of two that meet sees the other (Dekker).
   * MUTEX-7  Nothing is retained of a key for which nobody waits: the last waiter takes the queue
   *     along.
   *
   * No user code runs under the lock, not even equals: slot and queue are searched before, and a
   * compare-and-set, or a look whether a queue was added, decides whether the finding still holds.
   *
   * Sources: queues beside the words (WTF::ParkingLot of WebKit), bounded unfairness (Go's
   * sync.Mutex). See docs/design/keyed-mutex.md.
   */

  private static final int SLOTS_PER_SECTION = 4;

  /** So that a ticker of a test is followed. */
  private static final long LONGEST_TICK_NANOS = 100_000_000;

  private final AtomicReferenceArray<WaitQueue.@Nullable Section> sections;
  private final Ticker ticker;
  private final LongAdder joined = new LongAdder();
  private final LongAdder left = new LongAdder();

  /**
   * A table of that many slots, with queues.
   *
   * @param size a power of two
   */
  WaitQueues(int size) {
    this(size, Ticker.system());
  }

  /** As the other, with the time by which releases are put off. */
  WaitQueues(int size, Ticker ticker) {
    super(size);
    this.ticker = ticker;
    this.sections = new AtomicReferenceArray<>(Math.max(1, size / SLOTS_PER_SECTION));
  }

  /**
   * Takes the key, or joins its queue, in one step.
   *
   * @return whether the key was taken; if not, the waiter is queued
   */
  boolean takeOrQueue(Waiter waiter) {
    Grant<?> grant = waiter.grant;
    WaitQueue.Section section = section(grant.hash);
    while (true) {
      WaitQueue first = section.first;
      WaitQueue queue = WaitQueue.search(first, grant.hash, grant.key);
      Object seen = content(grant.hash);
      SlotEntry occupant = SlotEntry.of(seen, grant.hash, grant.key);
      if (seen == null || occupant == null) {
        if (add(seen, grant)) {
          return true;
        }
      } else if (join(section, first, queue, waiter, seen, occupant)) {
        joined.increment();
        return false;
      }
    }
  }

  private boolean join(
      WaitQueue.Section section,
      @Nullable WaitQueue first,
      @Nullable WaitQueue found,
      Waiter waiter,
      Object seen,
      SlotEntry occupant) {
    section.lock.lock();
    try {
      if (found == null ? section.first != first : found.retired) {
        return false; // MUTEX-3
      }
      WaitQueue queue =
          found == null ? new WaitQueue(section, waiter.grant.hash, waiter.grant.key) : found;
      if (waiter.direct && !reserve(seen, occupant, queue)) {
        return false;
      }
      if (found == null) {
        section.add(queue);
      }
      queue.append(waiter);
      return true;
    } finally {
      section.lock.unlock();
    }
  }

  /** Has the key handed to the queue by the holder's release; false if the slot has changed. */
  private boolean reserve(Object seen, SlotEntry occupant, WaitQueue queue) {
    Grant<?> holder = occupant.grant();
    holder.call(queue);
    return occupant == holder ? reserve(seen, holder) : content(holder.hash) == seen;
  }

  /**
   * Takes the key for the first in line if it is free; called by the thread that waits.
   *
   * @return whether it was taken; the waiter has left the queue then
   */
  boolean takeAsHead(Waiter waiter) {
    WaitQueue queue = waiter.queue();
    Grant<?> grant = waiter.grant;
    if (queue.head != waiter) {
      return false;
    }
    Object seen = content(grant.hash);
    if (SlotEntry.of(seen, grant.hash, grant.key) != null || !add(seen, grant)) {
      return false;
    }
    ReentrantLock lock = queue.section.lock;
    lock.lock();
    try {
      succeed(queue, waiter);
    } finally {
      lock.unlock();
    }
    return true;
  }

  /**
   * Sees to it that the thread of this waiter will be told; it must have announced before that it
   * parks.
   *
   * @return false if it must look at the key once more instead
   */
  boolean willBeTold(Waiter waiter) {
    WaitQueue queue = waiter.queue();
    if (queue.head != waiter) {
      return true; // MUTEX-5: by who takes the head away
    }
    return hasItselfCalled(waiter, queue);
  }

  /** Names the queue on whoever holds the key; false if that has changed meanwhile. */
  boolean hasItselfCalled(Waiter waiter, WaitQueue queue) {
    Grant<?> grant = waiter.grant;
    Object seen = content(grant.hash);
    SlotEntry occupant = SlotEntry.of(seen, grant.hash, grant.key);
    if (seen == null || occupant == null) {
      return false;
    }
    if (occupant.grant() == grant) {
      // Handed over since it was the head. This queue may be retired, and another's name be there.
      return true;
    }
    if (waiter.direct) {
      return reserve(seen, occupant, queue);
    }
    occupant.grant().call(queue);
    return content(grant.hash) == seen; // MUTEX-5
  }

  /** Takes the key for a head that has no thread, or has it handed to it. */
  void serve(Waiter waiter) {
    Grant<?> grant = waiter.grant;
    while (true) {
      Object seen = content(grant.hash);
      SlotEntry occupant = SlotEntry.of(seen, grant.hash, grant.key);
      Served outcome = serve(waiter, seen, occupant);
      if (outcome == Served.GRANTED) {
        waiter.receive();
      }
      if (outcome != Served.LOOK_AGAIN) {
        return;
      }
    }
  }

  private enum Served {
    GRANTED,
    WAITS,
    LOOK_AGAIN
  }

  private Served serve(Waiter waiter, @Nullable Object seen, @Nullable SlotEntry occupant) {
    WaitQueue queue = waiter.queue();
    queue.section.lock.lock();
    try {
      if (!waiter.queued || queue.head != waiter) {
        return Served.WAITS; // MUTEX-4
      }
      if (seen != null && occupant != null) {
        return reserve(seen, occupant, queue) ? Served.WAITS : Served.LOOK_AGAIN;
      }
      if (!add(seen, waiter.grant)) {
        return Served.LOOK_AGAIN;
      }
      succeed(queue, waiter);
      waiter.granted = true;
      return Served.GRANTED;
    } finally {
      queue.section.lock.unlock();
    }
  }

  /**
   * Takes a waiter out of the queue.
   *
   * @return whether it left by this call; if not, it has been granted the key or left before
   */
  boolean leave(Waiter waiter) {
    WaitQueue queue = waiter.queue();
    Waiter next = null;
    queue.section.lock.lock();
    try {
      if (!waiter.queued) {
        return false; // MUTEX-4
      }
      boolean first = queue.head == waiter;
      queue.remove(waiter);
      if (first) {
        next = queue.head;
      }
    } finally {
      queue.section.lock.unlock();
    }
    if (next != null) {
      next.lookAgain(); // MUTEX-5
    }
    left.increment();
    return true;
  }

  /** Gives back a key that is reserved, or whose slot has others in it; else does nothing. */
  void release(Grant<?> grant) {
    if (free(grant)) {
      grant.letGo();
    } else if (grant.called() != null) { // or it was never reserved, so it is closed already
      handOver(grant);
    }
  }

  /**
   * Ends a grant and keeps its key taken for a while, by another grant that nobody has. To those
   * who wait it is as if somebody had come in between: the head finds another grant in the slot.
   */
  void releaseAfter(Grant<?> grant, Grant<?> rest, long nanos) {
    long end = ticker.nanos() + nanos;
    if (exchange(grant, rest)) {
      grant.letGo();
      closeAt(rest, end);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it closes the grant whatever happens
  private void closeAt(Grant<?> rest, long end) {
    long left = 0;
    try {
      left = end - ticker.nanos();
    } finally { // a ticker that throws is no reason to lose a key
      if (left <= 0) {
        rest.close();
      } else {
        Timeouts.schedule(() -> closeAt(rest, end), Math.min(left, LONGEST_TICK_NANOS));
      }
    }
  }

  /** Lets a reserved grant go, to the head if it is not to be overtaken. */
  private void handOver(Grant<?> grant) {
    Waiter receiver = null;
    ReentrantLock lock = section(grant.hash).lock;
    lock.lock();
    try {
      WaitQueue queue = grant.called();
      Waiter head = queue == null ? null : queue.head;
      if (head != null && head.direct) {
        receiver = head;
      }
      if (!exchange(grant, receiver == null ? null : receiver.grant)) {
        return; // another thread closed it first
      }
      if (queue != null && receiver != null) {
        succeed(queue, receiver);
        receiver.granted = true;
      }
    } finally {
      lock.unlock();
    }
    if (receiver == null) {
      grant.letGo();
    } else {
      receiver.receive();
      grant.handedOver();
    }
  }

  /** Under the lock: the head has the key now, so it leaves, and its release is for the next. */
  private void succeed(WaitQueue queue, Waiter head) {
    queue.remove(head);
    Waiter next = queue.head;
    if (next != null) {
      head.grant.call(queue);
      if (next.direct) {
        exchange(head.grant, new HandoffEntry(head.grant));
      }
    }
  }

  /** How many wait for the key at this moment. */
  int length(int hash, Object key) {
    WaitQueue.Section section = sections.get(indexOf(hash));
    WaitQueue queue = section == null ? null : WaitQueue.search(section.first, hash, key);
    return queue == null ? 0 : queue.length;
  }

  /** How many wait in all; a walk over all queues. */
  long waiting() {
    long sum = 0;
    for (int index = 0; index < sections.length(); index++) {
      WaitQueue.Section section = sections.get(index);
      for (WaitQueue queue = section == null ? null : section.first;
          queue != null;
          queue = queue.next) {
        sum += queue.length;
      }
    }
    return sum;
  }

  /** How many have joined a queue since the table was made. */
  long queued() {
    return joined.sum();
  }

  /** How many of these have left it without the key. */
  long gaveUp() {
    return left.sum();
  }

  /** Whether nothing is retained of any key (MUTEX-7). */
  @Override
  boolean isEmpty() {
    for (int index = 0; index < sections.length(); index++) {
      WaitQueue.Section section = sections.get(index);
      if (section != null && section.first != null) {
        return false;
      }
    }
    return super.isEmpty();
  }

  private WaitQueue.Section section(int hash) {
    int index = indexOf(hash);
    WaitQueue.Section present = sections.get(index);
    if (present != null) {
      return present;
    }
    WaitQueue.Section fresh = new WaitQueue.Section();
    WaitQueue.Section earlier = sections.compareAndExchange(index, null, fresh);
    return earlier == null ? fresh : earlier;
  }

  private int indexOf(int hash) {
    return hash & (sections.length() - 1);
  }
}
