/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.occ4j.internal.Stages;
import org.occ4j.jdbc.internal.lease.LeaseDialect.LeaseRow;
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
public final class LeaseRenewer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseOptions.LOGGER);

  /** The longest time between two looks at the clock, so that a ticker of a test is followed. */
  private static final long LONGEST_TICK_NANOS = 100_000_000;

  private static final long SHORTEST_TICK_NANOS = 1_000_000;

  /** A failed renewal is tried again after this part of the lease. */
  private static final int RETRIES_PER_LEASE = 20;

  /** A lease that is due in less than this part of its length is renewed with those that are. */
  private static final int EARLY_PARTS = 6;

  /** One statement renews so many rows at most. */
  private static final int ROWS_AT_ONCE = 2_000;

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 2);

  /** For how long a release is tried again whose lease is not at hand. */
  private static final Duration FALLBACK_LEASE = LeaseOptions.DEFAULT.length();

  /** A statement that is done late can let a lease last once more. */
  private static final int REMAINS_LAST_LEASES = 2;

  private static final long IDLE_SECONDS = 10;
  private static final int SHORTEST_NETWORK_TIMEOUT_MILLIS = 1_000;
  private static final int RENEWALS_PER_LEASE = 3;

  private final LeaseTable table;
  private final Ticker ticker;
  private final ScheduledThreadPoolExecutor clock;
  private final ExecutorService workers;
  private final Set<Lease<?>> leases = ConcurrentHashMap.newKeySet();
  private final LeaseEvents events;
  private final LocalHandoff handoffs = new LocalHandoff();
  private final LeaseRemains remains = new LeaseRemains();
  private final LeaseLeaks leaks = new LeaseLeaks();
  private final LongAdder lost = new LongAdder();
  private final AtomicBoolean ticking = new AtomicBoolean();
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile boolean closed;

  LeaseRenewer(LeaseTable table, LeaseEvents events, Ticker ticker) {
    this.table = table;
    this.events = events;
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

  /**
   * Nanoseconds of a duration; one too long to count is half of for ever, to be added to.
   *
   * <p>Compared first, because limits that nobody set are that long: an overflow in {@code toNanos}
   * is an exception and, in compiled code, a return to the interpreter, twice for each hold.
   */
  static long nanos(Duration duration) {
    return duration.compareTo(LONGEST) < 0 ? duration.toNanos() : LONGEST.toNanos();
  }

  /**
   * How long a statement may keep its connection waiting for the network. A third of the lease, so
   * that a renewal can be tried again; a short lease needs a database that is near.
   */
  static int networkTimeoutMillis(Duration lease) {
    long third = nanos(lease) / RENEWALS_PER_LEASE / 1_000_000;
    return (int) Math.min(Integer.MAX_VALUE, Math.max(SHORTEST_NETWORK_TIMEOUT_MILLIS, third));
  }

  boolean isClosed() {
    return closed;
  }

  LocalHandoff handoffs() {
    return handoffs;
  }

  /** What this node has left behind in rows. */
  public LeaseRemains remains() {
    return remains;
  }

  /** Remembers that a nonce may be in rows that nobody holds, until its lease has surely ended. */
  void leaveRemains(List<LeaseKey> rows, String nonce, Duration length) {
    remains.add(rows, nonce, now() + REMAINS_LAST_LEASES * nanos(length));
    ensureTicking();
  }

  /** Releases what may be in this row though nobody holds it. */
  void releaseRemains(LeaseKey row) {
    String nonce = remains.nonceIn(row);
    if (nonce != null) {
      release(row.hashedText(), List.of(row), nonce, FALLBACK_LEASE).run();
    }
  }

  /** The user's view of a lease, with an eye on whether it is dropped. */
  public <T> LeaseHandle<T> handle(Lease<T> lease) {
    return leaks.watched(lease);
  }

  /** Leaves a row to the next thread of this process, or releases it if nobody takes it soon. */
  void leave(LocalHandoff.Handoff handoff) {
    handoffs.leave(handoff);
    ensureTicking();
    if (closed) {
      handoffs.takeAll(this::releaseUnclaimed);
    }
  }

  /** Releases the row at once that was left for this key, if any was. */
  void releaseLegacy(LeaseKey row) {
    LocalHandoff.Handoff handoff = handoffs.take(row);
    if (handoff != null && handoff.nonce() != null) {
      releaseUnclaimed(handoff);
    }
  }

  /** As {@link #releaseLegacy}, for a caller who has a connection and must not wait for another. */
  public void releaseHandoffInBackground(LeaseKey row) {
    LocalHandoff.Handoff handoff = handoffs.take(row);
    if (handoff != null && handoff.nonce() != null) {
      releaseInBackground(handoff, List.of(row), handoff.nonce(), FALLBACK_LEASE);
    }
  }

  private void releaseUnclaimed(LocalHandoff.Handoff handoff) {
    release(handoff, List.of(handoff.row()), String.valueOf(handoff.nonce()), FALLBACK_LEASE).run();
  }

  /** LEASE-6: renews the lease from now on; called before its owner sees it. */
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

  void tellOfLoss(Lease<?> lease, LossReason reason) {
    lost.add(lease.rows().size());
    events.lost(lease, reason);
  }

  long lost() {
    return lost.sum();
  }

  /** Leases, rows left to a next thread, and what may be in rows without being held. */
  long entries() {
    return (long) leases.size() + handoffs.size() + remains.size();
  }

  long held() {
    return leases.stream().mapToLong(lease -> lease.rows().size()).sum();
  }

  /** Makes the rows last for so long; false if they are not ours, or guarded, or it is too late. */
  boolean extend(Lease<?> lease, Duration length) {
    long[] sentAt = {now()};
    lease.renewalSent();
    Map<LeaseKey, LeaseDialect.RenewFailure> missed =
        table.renew(
            LeaseRow.of(lease, length),
            networkTimeoutMillis(lease.length()),
            () -> sentAt[0] = now());
    if (!missed.isEmpty()) {
      settle(lease, missed, sentAt[0]);
      return false;
    }
    if (lease.extended(sentAt[0], length)) {
      return true;
    }
    if (lease.lossReason() != null) {
      releaseInBackground(lease.key(), lease.rows(), lease.nonce(), length);
    }
    return false;
  }

  /** Has the rows end after so long, whatever becomes of this process. */
  void releaseRowsAfter(Lease<?> lease, Duration delay) {
    release(lease).after(delay).run();
  }

  /** Releases the rows; if the database does not answer, in the background or by expiry. */
  void releaseRows(Lease<?> lease) {
    release(lease).run();
  }

  private LeaseRelease release(Lease<?> lease) {
    return new LeaseRelease(
        table,
        this,
        new LeaseRelease.Held(lease.key(), lease.rows(), lease.nonce(), lease.isGuarded()),
        lease.expiry(),
        lease.length());
  }

  /** Releases on a worker what an acquisition may hold; {@code key} is for the log. */
  void releaseInBackground(Object key, List<LeaseKey> rows, String nonce, Duration length) {
    leaveRemains(rows, nonce, length);
    work(release(key, rows, nonce, length)::run);
  }

  private LeaseRelease release(Object key, List<LeaseKey> rows, String nonce, Duration length) {
    return new LeaseRelease(
        table, this, new LeaseRelease.Held(key, rows, nonce, false), now() + nanos(length), length);
  }

  /** Runs something on a worker thread; after the close on the calling one. */
  void work(Runnable task) {
    Stages.runOn(workers, task);
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
      scheduleTick(untilNext());
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
      leases.forEach(Lease::warnIfLong);
      handoffs.takeUnclaimed(now(), handoff -> work(() -> releaseUnclaimed(handoff)));
      remains.forgetEnded(now());
      leaks.report();
      if (leases.stream().anyMatch(this::isDue) && renewing.compareAndSet(false, true)) {
        work(this::renewDue);
      }
    } catch (RuntimeException broken) { // nothing may end the clock
      LOG.error("The leases could not be looked after; will try again", broken);
    }
    if (isAnythingKept()) {
      scheduleTick(untilNext());
      return;
    }
    ticking.set(false);
    if (isAnythingKept()) {
      ensureTicking(); // kept after we looked, by one who saw the clock still ticking
    }
  }

  private boolean isAnythingKept() {
    return !leases.isEmpty() || !handoffs.isEmpty() || !remains.isEmpty();
  }

  private boolean isDueSoon(Lease<?> lease) {
    return lease.renewAt() - now() <= nanos(lease.length()) / EARLY_PARTS;
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
      int rows = 0;
      for (Lease<?> lease : leases) {
        if (isDueSoon(lease) && lease.isOpen()) {
          due.add(lease);
          rows += lease.rows().size();
        }
        if (rows >= ROWS_AT_ONCE) {
          renew(due);
          due.clear();
          rows = 0;
        }
      }
      if (!due.isEmpty()) {
        renew(due);
      }
    } finally {
      renewing.set(false);
    }
  }

  private void renew(List<Lease<?>> due) {
    long[] sentAt = {now()};
    due.forEach(Lease::renewalSent);
    try {
      Map<LeaseKey, LeaseDialect.RenewFailure> missed =
          table.renew(LeaseRow.of(due), shortestNetworkTimeoutMillis(due), () -> sentAt[0] = now());
      due.forEach(lease -> settle(lease, missed, sentAt[0]));
    } catch (RuntimeException failed) { // an exception never ends renewal
      due.forEach(lease -> lease.renewalFailed(retryAt(lease)));
      LOG.warn("{} leases could not be renewed; will try again", due.size(), failed);
    }
  }

  private void settle(
      Lease<?> lease, Map<LeaseKey, LeaseDialect.RenewFailure> missed, long sentAt) {
    boolean stolen = false;
    boolean passedOver = false;
    for (LeaseKey row : lease.rows()) {
      LeaseDialect.RenewFailure how = missed.get(row);
      stolen |= how == LeaseDialect.RenewFailure.NOT_OURS;
      passedOver |= how == LeaseDialect.RenewFailure.PASSED_OVER;
    }
    if (stolen) {
      if (lease.lose(LossReason.STOLEN) && lease.rows().size() > 1) {
        releaseRows(lease); // those that were not stolen
      }
    } else if (passedOver) {
      lease.passedOver(retryAt(lease));
    } else if (!lease.renewed(sentAt) && lease.lossReason() != null) {
      // It was lost meanwhile, and its rows were renewed for nobody.
      releaseInBackground(lease.key(), lease.rows(), lease.nonce(), lease.length());
    }
  }

  private long retryAt(Lease<?> lease) {
    return now() + nanos(lease.length()) / RETRIES_PER_LEASE;
  }

  private static int shortestNetworkTimeoutMillis(List<Lease<?>> due) {
    Duration shortest =
        due.stream().map(Lease::length).min(Duration::compareTo).orElse(FALLBACK_LEASE);
    return networkTimeoutMillis(shortest);
  }

  /** Ends every lease and both kinds of thread. */
  @Override
  public void close() {
    closed = true;
    List<Lease<?>> ended = new ArrayList<>();
    for (Lease<?> lease : leases) {
      if (lease.lose(LossReason.CLOSED)) {
        ended.add(lease);
      }
    }
    // One that fails says that the next ones would wait for nothing, too: they end by themselves.
    for (Lease<?> lease : ended) {
      if (!release(lease).runOnce()) {
        break;
      }
    }
    handoffs.takeAll(this::releaseUnclaimed);
    clock.shutdownNow();
    workers.shutdown();
  }

  private void shut(Lease<?> lease) {
    if (lease.lose(LossReason.CLOSED)) {
      releaseRows(lease);
    }
  }
}
