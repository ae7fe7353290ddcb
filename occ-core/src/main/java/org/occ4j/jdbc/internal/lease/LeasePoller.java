/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

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
  private final LeaseRenewer renewer;
  private final Set<PendingAcquire> waiters = ConcurrentHashMap.newKeySet();
  private final AtomicLong look = new AtomicLong();
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile boolean closed;

  LeasePoller(LeaseTable table, LeaseRenewer renewer) {
    this.table = table;
    this.renewer = renewer;
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
    renewer.workAfter(delayNanos, () -> lookIfStillDue(number));
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

  /** One acquisition between two attempts, as the {@link LeasePoller} sees it. */
  static final class PendingAcquire {
    /** News for the acquisition: that it may try again, or why nobody can know. */
    record News(@Nullable RuntimeException failure) {}

    private static final News TRY_AGAIN = new News(null);

    private final List<LeaseKey> rows;
    private final LeaseAcquisition<?> attempts;
    private final AcquireBackoff wait;
    private final Runnable wake;

    /** Who was there at the last look, by hash: a mistake costs no more than a later look. */
    private int ownersSeen;

    private final AtomicReference<@Nullable News> news = new AtomicReference<>();

    /**
     * A waiter.
     *
     * @param wake called when there is news; short, and under no lock
     */
    PendingAcquire(LeaseAcquisition<?> attempts, AcquireBackoff wait, Runnable wake) {
      this.rows = attempts.rows();
      this.attempts = attempts;
      this.wait = wait;
      this.wake = wake;
    }

    List<LeaseKey> rows() {
      return rows;
    }

    /** What the database says of all rows that somebody waits for; one look at a time. */
    void polled(Map<LeaseKey, LeaseDialect.RowOwner> owners) {
      long longest = 0;
      int seen = 0;
      for (LeaseKey row : rows) {
        LeaseDialect.RowOwner owner = owners.get(row);
        seen = seen * 31 + (owner == null ? 0 : Objects.hashCode(owner.owner()));
        // Our own nonce is in the row if the answer to an attempt was lost: then we have it.
        if (owner != null && owner.isHeld() && !attempts.isOurs(owner.owner())) {
          longest = Math.max(longest, owner.remainingMicros());
        }
      }
      if (seen != ownersSeen) {
        ownersSeen = seen;
        wait.changedHands();
      }
      if (longest == 0) {
        attempts.seenFree();
        tell(TRY_AGAIN);
      } else {
        attempts.seenHeld(LeaseRenewer.nanos(LeaseDialect.duration(longest)));
        wait.presentLease(LeaseDialect.duration(longest));
      }
    }

    void failed(RuntimeException failure) {
      attempts.seenFree();
      tell(new News(failure));
    }

    void tryAgain() {
      tell(TRY_AGAIN);
    }

    private void tell(News latest) {
      news.set(latest);
      wake.run();
    }

    @Nullable News takeNews() {
      return news.get() == null ? null : news.getAndSet(null);
    }

    long nextPause() {
      return wait.nextPause();
    }
  }
}
