/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One key of an inflated slot: its holder word and its queue.
 *
 * <p>The holder word goes from null to a grant and back by compare-and-set alone, with or without
 * the bin's lock, and ends as {@link #RETIRED} (I3). Queue and links are written under the bin's
 * lock; {@code head}, {@code length} and {@code next} are volatile so that they can be read without
 * it.
 */
final class Cell {
  private static final Object RETIRED = new Object();
  private static final VarHandle HOLDER;

  static {
    try {
      HOLDER = MethodHandles.lookup().findVarHandle(Cell.class, "holder", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Bin bin;
  final int hash;
  final Object key;

  /** The next cell of the bin; never changed once this cell was taken out. */
  volatile @Nullable Cell next;

  volatile @Nullable Waiter head;

  /** How many waiters there are; written under the bin's lock. */
  volatile int length;

  private @Nullable Waiter tail;
  private volatile @Nullable Object holder;

  /** A cell whose key is held by {@code grant}. */
  Cell(Bin bin, Grant<?> grant, @Nullable Cell next) {
    this.bin = bin;
    this.hash = grant.hash;
    this.key = grant.key;
    this.holder = grant;
    this.next = next;
  }

  /** The cell of a key among {@code first} and those behind it. Runs the key's equals. */
  static @Nullable Cell search(@Nullable Cell first, int hash, Object key) {
    for (Cell cell = first; cell != null; cell = cell.next) {
      if (cell.hash == hash && (cell.key == key || cell.key.equals(key))) {
        return cell;
      }
    }
    return null;
  }

  /** Who holds the key, or null if it is free. */
  @Nullable Grant<?> grant() {
    Object now = holder;
    return now instanceof Grant<?> grant ? grant : null;
  }

  boolean isHeldBy(Grant<?> grant) {
    return holder == grant;
  }

  boolean isRetired() {
    return holder == RETIRED;
  }

  boolean take(Grant<?> grant) {
    return holder == null && HOLDER.compareAndSet(this, null, grant);
  }

  boolean free(Grant<?> grant) {
    return HOLDER.compareAndSet(this, grant, null);
  }

  /** Moves the key from {@code from}, or from nobody, to {@code to} in one step. */
  boolean hand(@Nullable Grant<?> from, Grant<?> to) {
    return HOLDER.compareAndSet(this, from, to);
  }

  /** Ends this cell if its key is free. Under the bin's lock, with an empty queue. */
  boolean retire() {
    return HOLDER.compareAndSet(this, null, RETIRED);
  }

  /** Whether the next in line waits for a hand-over, so that nobody may overtake it. */
  boolean headIsDirect() {
    Waiter first = head;
    return first != null && first.direct;
  }

  /** Under the bin's lock. */
  void append(Waiter waiter) {
    waiter.cell = this;
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

  /** Under the bin's lock; the waiter is in the queue. */
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
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // the bin's lock makes it atomic
  private void resize(int change) {
    length += change;
  }
}
