/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.occ4j.Ticker;
import org.occ4j.mutex.LossReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the leases of one mutex: renews them in batches and notices when one is over.
 *
 * <p>The clock thread never touches the database, so a loss is told in time even while a renewal
 * hangs. Renewals, listeners and attempts of futures run on worker threads. The clock ticks only
 * while something is held.
 */
final class LeaseKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcKeyedMutex.class);

  /** The longest time between two looks at the clock, so that a ticker of a test is followed. */
  private static final long LONGEST_TICK_NANOS = 100_000_000;

  private static final long SHORTEST_TICK_NANOS = 1_000_000;

  /** A failed renewal is tried again after this part of the lease. */
  private static final int RETRIES_PER_LEASE = 20;

  private static final long IDLE_SECONDS = 10;

  private final LeaseTable table;
  private final Ticker ticker;
  private final ScheduledThreadPoolExecutor clock;
  private final ExecutorService workers;
  private final Set<Lease<?>> leases = ConcurrentHashMap.newKeySet();
  private final LongAdder lost = new LongAdder();
  private final AtomicBoolean ticking = new AtomicBoolean();
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile boolean closed;

  LeaseKeeper(LeaseTable table, Ticker ticker) {
    this.table = table;
    this.ticker = ticker;
    this.clock = new ScheduledThreadPoolExecutor(1, work -> daemon("occ4j-lease-clock", work));
    clock.setRemoveOnCancelPolicy(true);
    clock.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    clock.allowCoreThreadTimeOut(true);
    this.workers = Executors.newCachedThreadPool(work -> daemon("occ4j-lease-worker", work));
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(null, work, name, 0, false);
    thread.setDaemon(true);
    return thread;
  }

  long now() {
    return ticker.nanos();
  }

  /** Nanoseconds of a duration; one too long to count is half of for ever, to be added to. */
  static long nanos(Duration duration) {
    try {
      return Math.min(duration.toNanos(), Long.MAX_VALUE / 2);
    } catch (ArithmeticException tooLong) {
      return Long.MAX_VALUE / 2;
    }
  }

  /** Renews the lease from now on; called before its owner sees it. */
  void keep(Lease<?> lease) {
    leases.add(lease);
    ensureTicking();
    if (closed) {
      shut(lease);
    }
  }

  void forget(Lease<?> lease) {
    leases.remove(lease);
  }

  void countLoss(Lease<?> lease) {
    lost.add(lease.rows().size());
  }

  long lost() {
    return lost.sum();
  }

  long held() {
    return leases.stream().mapToLong(lease -> lease.rows().size()).sum();
  }

  /** Releases the rows; if the database does not answer, the lease ends by itself. */
  void releaseRows(Lease<?> lease) {
    releaseRows(lease.key(), lease.rows(), lease.nonce());
  }

  /** Releases what an acquisition may hold; {@code key} is for the log. */
  void releaseRows(Object key, List<LeaseKey> rows, String nonce) {
    try {
      table.release(rows, nonce);
    } catch (RuntimeException unavailable) {
      LOG.warn("{} could not be released; its lease ends by itself", key, unavailable);
    }
  }

  /** Runs something on a worker thread; after the close on the calling one. */
  void work(Runnable task) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException shutDown) {
      task.run();
    }
  }

  /** Runs something on a worker thread after a delay, or at once if the mutex closes. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its own failures
  void workAfter(long delayNanos, Runnable task) {
    try {
      clock.schedule(() -> work(task), delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException shutDown) {
      task.run();
    }
  }

  private void ensureTicking() {
    if (!ticking.get() && ticking.compareAndSet(false, true)) {
      scheduleTick(SHORTEST_TICK_NANOS);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a tick reports its own failures
  private void scheduleTick(long delayNanos) {
    try {
      clock.schedule(this::tick, delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException shutDown) {
      ticking.set(false);
    }
  }

  private void tick() {
    try {
      leases.forEach(Lease::expire);
      if (leases.stream().anyMatch(this::isDue) && renewing.compareAndSet(false, true)) {
        work(this::renewDue);
      }
    } catch (RuntimeException broken) { // nothing may end the clock
      LOG.error("The leases could not be looked after; will try again", broken);
    }
    if (!leases.isEmpty()) {
      scheduleTick(untilNext());
      return;
    }
    ticking.set(false);
    if (!leases.isEmpty()) {
      ensureTicking(); // kept after we looked, by one who saw the clock still ticking
    }
  }

  private boolean isDue(Lease<?> lease) {
    return lease.renewAt() - now() <= 0;
  }

  private long untilNext() {
    long now = now();
    long next = LONGEST_TICK_NANOS;
    for (Lease<?> lease : leases) {
      next = Math.min(next, Math.min(lease.renewAt() - now, lease.deadline() - now));
    }
    return Math.max(SHORTEST_TICK_NANOS, next);
  }

  private void renewDue() {
    try {
      List<Lease<?>> due = new ArrayList<>();
      for (Lease<?> lease : leases) {
        if (isDue(lease)) {
          due.add(lease);
        }
      }
      renew(due);
    } finally {
      renewing.set(false);
    }
  }

  private void renew(List<Lease<?>> due) {
    long sentAt = now();
    due.forEach(Lease::renewalSent);
    try {
      Set<Lease<?>> stolen = table.renew(due);
      for (Lease<?> lease : due) {
        if (!stolen.contains(lease)) {
          lease.renewed(sentAt);
        } else if (lease.lose(LossReason.STOLEN) && lease.rows().size() > 1) {
          releaseRows(lease); // those that were not stolen
        }
      }
    } catch (RuntimeException failed) { // an exception never ends renewal
      for (Lease<?> lease : due) {
        lease.renewalFailed(now() + nanos(lease.length()) / RETRIES_PER_LEASE);
      }
      LOG.warn("{} leases could not be renewed; will try again", due.size(), failed);
    }
  }

  /** Ends every lease and both kinds of thread. */
  @Override
  public void close() {
    closed = true;
    leases.forEach(this::shut);
    clock.shutdownNow();
    workers.shutdown();
  }

  private void shut(Lease<?> lease) {
    if (lease.lose(LossReason.CLOSED)) {
      releaseRows(lease);
    }
  }
}
