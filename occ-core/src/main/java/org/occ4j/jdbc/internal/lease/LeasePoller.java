/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Looks for everybody in this process who waits for a lease: one read of all their rows at a time,
 * on one connection borrowed for it.
 *
 * <p>When it looks next is decided by the most impatient of them. Each look has a number, and each
 * planned one is for a number; whichever plan comes due first makes the look and so voids the
 * others.
 */
final class LeasePoller {
  private final LeaseTable table;
  private final LeaseRenewer keeper;
  private final Set<PendingAcquire> waiters = ConcurrentHashMap.newKeySet();
  private final AtomicLong look = new AtomicLong();
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile boolean closed;

  LeasePoller(LeaseTable table, LeaseRenewer keeper) {
    this.table = table;
    this.keeper = keeper;
  }

  void add(PendingAcquire waiter) {
    waiters.add(waiter);
    plan(waiter.nextPause());
    if (closed) {
      waiter.tryAgain(); // and find the mutex closed
    }
  }

  void remove(PendingAcquire waiter) {
    waiters.remove(waiter);
  }

  private void plan(long delayNanos) {
    long number = look.get();
    keeper.workAfter(delayNanos, () -> lookIfStillDue(number));
  }

  private void lookIfStillDue(long number) {
    if (closed
        || waiters.isEmpty()
        || !looking.compareAndSet(false, true)) { // then the look under way plans the next
      return;
    }
    boolean mine = look.compareAndSet(number, number + 1);
    if (mine) {
      lookForAll();
    }
    looking.set(false);
    if (mine) {
      planNext();
    }
  }

  private void lookForAll() {
    List<PendingAcquire> asking = List.copyOf(waiters);
    try {
      Set<LeaseKey> rows = new LinkedHashSet<>();
      asking.forEach(waiter -> rows.addAll(waiter.rows()));
      Map<LeaseKey, LeaseDialect.RowOwner> owners =
          table.owners(rows, LeaseRenewer.networkTimeoutMillis(LeaseOptions.DEFAULT.length()));
      asking.forEach(waiter -> waiter.polled(owners));
    } catch (RuntimeException failure) {
      asking.forEach(waiter -> waiter.failed(failure));
    }
  }

  private void planNext() {
    long pause = Long.MAX_VALUE;
    for (PendingAcquire waiter : waiters) {
      pause = Math.min(pause, waiter.nextPause());
    }
    if (pause < Long.MAX_VALUE) {
      plan(pause);
    }
  }

  /** Wakes everybody for good. */
  void close() {
    closed = true;
    waiters.forEach(PendingAcquire::tryAgain);
  }
}
