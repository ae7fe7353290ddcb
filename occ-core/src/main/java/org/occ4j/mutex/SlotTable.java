/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The table in which keys are held: exact keys at the price of one compare-and-set to acquire and
 * one to release.
 *
 * <p>Thread-safe; knows nothing of threads that wait, time or diagnostics.
 */
final class SlotTable {
  /*
   * THIN LOCK, FAT BIN
   *
   * A slot is null (free), a Grant (thin: exactly this key is held, nobody waits) or a Bin (fat).
   * The uncontended life of a hold is slot: null -> grant -> null. Whoever needs more than that, a
   * waiter for the same key or a second key that falls into the slot, first inflates the slot by
   * moving the grant into a Bin: slot: grant -> bin. Release and inflation are compare-and-sets
   * from the same grant, so one of them fails and looks again.
   *
   * In a bin each key has a Cell with a holder word that obeys the same protocol, null -> grant ->
   * null, without the bin's lock; only adding and removing cells and queueing takes the lock. When
   * a key is free and nobody waits for it, its cell is retired, and with the last cell goes the
   * bin: slot: bin -> null.
   *
   * I1  A grant is valid exactly while a slot or the holder word of a live cell is that grant.
   *     Close is a compare-and-set from it; a second or late close finds something else there.
   * I2  At most one live word of the table is for a given key: a key's cell is added under the
   *     lock of the bin which the slot then holds, after a search which missed no cell, and a
   *     thin grant is never beside a bin.
   * I3  RETIRED is the last value of a holder word, set from null under the bin's lock when the
   *     queue is empty. Waiters are queued under the same lock after a look at the word, so no
   *     waiter is ever in a retired cell.
   * I4  A waiter leaves the queue once: granted by hand-over or having left, both under the lock;
   *     or by its own compare-and-set of the word, which excludes a hand-over.
   * I5  No wake-up is lost. Who frees the word reads the queue's head after; who queues, or becomes
   *     head, or turns direct, or announces that it will park, reads the word after. All of these
   *     are volatile, so one of the two sees the other.
   * I6  Fencing tokens: see GrantDetails.
   * I7  No key is retained that is neither held nor waited for: each path that may leave a free
   *     word and an empty queue behind ends in settle(), which retires the cell.
   *
   * No user code runs under a bin's lock: keys are compared before it is taken (see Bin).
   *
   * Sources: thin locks (Bacon et al., PLDI 1998) for the slot, parking_lot's and Go's bounded
   * unfairness for the hand-over. See docs/design/keyed-mutex.md.
   */

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  private final @Nullable Object[] slots;

  /**
   * A table of that many slots.
   *
   * @param size a power of two
   */
  SlotTable(int size) {
    this.slots = new @Nullable Object[size];
  }

  /** Takes the key if its slot is empty: the whole fast path. */
  boolean claim(Grant<?> grant) {
    @Nullable Object[] table = slots;
    int index = grant.hash & (table.length - 1);
    return table[index] == null && SLOT.compareAndSet(table, index, (Object) null, grant);
  }

  /**
   * Takes the key if it is free.
   *
   * @param overtake whether to take it also from under a waiter to whom it should be handed
   */
  boolean tryTake(Grant<?> grant, boolean overtake) {
    return take(grant, overtake, null);
  }

  /**
   * Takes the key or joins its queue, in one step.
   *
   * @return whether the key was taken; if not, the waiter is queued
   */
  boolean takeOrQueue(Waiter waiter) {
    return take(waiter.grant, false, waiter);
  }

  private boolean take(Grant<?> grant, boolean overtake, @Nullable Waiter waiter) {
    int index = indexOf(grant.hash);
    while (true) {
      Object seen = slot(index);
      if (seen == null) {
        if (SLOT.compareAndSet(slots, index, (Object) null, grant)) {
          return true;
        }
      } else if (seen instanceof Bin bin) {
        Cell first = bin.first;
        Cell cell = Cell.search(first, grant.hash, grant.key);
        if (cell == null) {
          if (open(bin, first, grant)) {
            return true;
          }
        } else if ((overtake || !cell.headIsDirect()) && cell.take(grant)) {
          return true;
        } else if (waiter == null) {
          if (!cell.isRetired()) {
            return false;
          }
          awaitRemoval(cell);
        } else if (queue(cell, waiter)) {
          return false;
        }
      } else {
        Grant<?> thin = (Grant<?>) seen;
        if (waiter == null && thin.isOf(grant.hash, grant.key)) {
          return false;
        }
        SLOT.compareAndSet(slots, index, thin, new Bin(index, thin));
      }
    }
  }

  /**
   * Adds a cell for a key that has none.
   *
   * @param first what was the first cell when the search for the key began
   */
  private boolean open(Bin bin, @Nullable Cell first, Grant<?> grant) {
    bin.lock.lock();
    try {
      // I2: the search holds good only if the bin still rules the slot and nobody added a cell.
      if (slot(bin.index) != bin || bin.first != first) {
        return false;
      }
      bin.first = new Cell(bin, grant, first);
      return true;
    } finally {
      bin.lock.unlock();
    }
  }

  private boolean queue(Cell cell, Waiter waiter) {
    Waiter served = null;
    cell.bin.lock.lock();
    try {
      if (cell.isRetired()) {
        return false; // I3
      }
      cell.append(waiter);
      if (cell.grant() == null) {
        served = settle(cell, null); // I5: the word may have been freed before we were visible
      }
    } finally {
      cell.bin.lock.unlock();
    }
    if (served != null) {
      served.wake();
    }
    return true;
  }

  /** Blocks until the thread that retired the cell has also taken it out of the bin. */
  @SuppressWarnings("LockNotBeforeTry") // there is nothing to do between the two
  private static void awaitRemoval(Cell cell) {
    cell.bin.lock.lock();
    cell.bin.lock.unlock();
  }

  /** Takes the key for the head of its queue; called by that waiter's own thread. */
  boolean takeAsHead(Waiter waiter) {
    Cell cell = cellOf(waiter);
    if (cell.head != waiter || !cell.take(waiter.grant)) {
      return false;
    }
    cell.bin.lock.lock();
    try {
      cell.remove(waiter);
    } finally {
      cell.bin.lock.unlock();
    }
    return true;
  }

  /**
   * Takes a waiter out of the queue.
   *
   * @return whether it left by this call; if not, it has been granted the key or left before
   */
  boolean leave(Waiter waiter) {
    Cell cell = cellOf(waiter);
    Waiter served = null;
    cell.bin.lock.lock();
    try {
      if (!waiter.queued) {
        return false; // I4
      }
      cell.remove(waiter);
      if (cell.grant() == null) {
        served = settle(cell, null); // I5: we may have used up the wake-up meant for the head
      }
    } finally {
      cell.bin.lock.unlock();
    }
    if (served != null) {
      served.wake();
    }
    return true;
  }

  /**
   * Gives the key back.
   *
   * @return false if the grant did not hold it any more; nothing was done then
   */
  boolean release(Grant<?> grant) {
    int index = indexOf(grant.hash);
    while (true) {
      Object seen = slot(index);
      if (seen == grant) {
        if (SLOT.compareAndSet(slots, index, grant, (Object) null)) {
          return true;
        }
        // Inflated in between: look again.
      } else {
        return seen instanceof Bin bin && release(bin, grant);
      }
    }
  }

  private boolean release(Bin bin, Grant<?> grant) {
    Cell cell = bin.heldBy(grant);
    if (cell == null) {
      return false;
    }
    Grant<?> holding = grant;
    Waiter head = cell.head;
    if (head != null && !head.direct) {
      if (!cell.free(grant)) {
        return false;
      }
      head = cell.head; // I5: after freeing the word
      if (head != null && !head.direct) {
        head.wake();
        return true;
      }
      holding = null;
    }
    return releaseLocked(cell, holding);
  }

  /** Ends a release under the lock; {@code holding} is null if the word is already free. */
  private boolean releaseLocked(Cell cell, @Nullable Grant<?> holding) {
    Waiter served;
    cell.bin.lock.lock();
    try {
      if (holding != null && !cell.isHeldBy(holding)) {
        return false; // another thread closed it first
      }
      served = settle(cell, holding);
    } finally {
      cell.bin.lock.unlock();
    }
    if (served != null) {
      served.wake();
    }
    return true;
  }

  /**
   * Under the lock: gives a key that is free, or is being freed by {@code from}, to whom it is due.
   * A direct head gets it; another head is told; without a head the cell is retired.
   *
   * @return whom to wake once the lock is released
   */
  private @Nullable Waiter settle(Cell cell, @Nullable Grant<?> from) {
    Waiter head = cell.head;
    if (head != null && head.direct) {
      if (!cell.hand(from, head.grant)) {
        return null; // somebody took it: that release will settle again
      }
      cell.remove(head);
      head.granted = true;
      return head;
    }
    if (from != null && !cell.free(from)) {
      return null;
    }
    if (head == null && cell.retire()) {
      Bin bin = cell.bin;
      bin.remove(cell);
      if (bin.first == null) {
        SLOT.setVolatile(slots, bin.index, (Object) null);
      }
    }
    return head;
  }

  /** Who holds the key at this moment. */
  @Nullable Grant<?> find(int hash, Object key) {
    Object seen = slot(indexOf(hash));
    if (seen instanceof Bin bin) {
      Cell cell = Cell.search(bin.first, hash, key);
      return cell == null ? null : cell.grant();
    }
    Grant<?> thin = (Grant<?>) seen;
    return thin != null && thin.isOf(hash, key) ? thin : null;
  }

  boolean isHeld(Grant<?> grant) {
    Object seen = slot(indexOf(grant.hash));
    return seen == grant || (seen instanceof Bin bin && bin.heldBy(grant) != null);
  }

  int queueLength(int hash, Object key) {
    Object seen = slot(indexOf(hash));
    Cell cell = seen instanceof Bin bin ? Cell.search(bin.first, hash, key) : null;
    return cell == null ? 0 : cell.length;
  }

  /** Shows every grant that holds a key while the walk passes its slot. */
  void forEachHeld(Consumer<Grant<?>> visitor) {
    for (int index = 0; index < slots.length; index++) {
      Object seen = slot(index);
      if (seen instanceof Bin bin) {
        for (Cell cell = bin.first; cell != null; cell = cell.next) {
          Grant<?> grant = cell.grant();
          if (grant != null) {
            visitor.accept(grant);
          }
        }
      } else if (seen != null) {
        visitor.accept((Grant<?>) seen);
      }
    }
  }

  /** How many waiters are queued in all; a walk over the table. */
  long waiting() {
    long sum = 0;
    for (int index = 0; index < slots.length; index++) {
      if (slot(index) instanceof Bin bin) {
        for (Cell cell = bin.first; cell != null; cell = cell.next) {
          sum += cell.length;
        }
      }
    }
    return sum;
  }

  /** Whether nothing is retained: no key is held or waited for, and no bin is left behind (I7). */
  boolean isEmpty() {
    for (int index = 0; index < slots.length; index++) {
      if (slot(index) != null) {
        return false;
      }
    }
    return true;
  }

  private int indexOf(int hash) {
    return hash & (slots.length - 1);
  }

  private @Nullable Object slot(int index) {
    return SLOT.getVolatile(slots, index);
  }

  private static Cell cellOf(Waiter waiter) {
    Cell cell = waiter.cell;
    if (cell == null) {
      throw new AssertionError("never queued");
    }
    return cell;
  }
}
