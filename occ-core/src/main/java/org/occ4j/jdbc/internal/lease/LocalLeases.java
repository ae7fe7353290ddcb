/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.lease.LeasePoller.PendingAcquire;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.mutex.MutexStats;

/**
 * This process's share of a mutex over JDBC: whose turn it is here, who waits, what is held.
 *
 * <p>In front of the database stands a mutex in memory (LEASE-10): only the thread whose turn it is
 * in this process asks for the row, one contender per key and node, and has the local turn as long
 * as the lease lasts. Between two attempts it has no connection; the {@link LeasePoller} looks for
 * it.
 */
public final class LocalLeases<K> implements AutoCloseable {
  /** So that a ticker of a test is followed. */
  private static final long LONGEST_PARK_NANOS = 100_000_000;

  private final KeyCodec<K> codec;
  private final Ticker ticker;
  private final String name;
  private final LeaseTable table;
  private final LeaseEvents events;
  private final LeaseRenewer renewer;
  private final LeasePoller poller;
  private final KeyedMutex<K> local;
  private final ReentrantLeases<K> turns;

  /** Keys for which somebody here waits for the database. */
  private final Set<K> polled = ConcurrentHashMap.newKeySet();

  /** Futures that are not complete yet, by identity. */
  private final Set<CompletableFuture<Hold<K>>> futures = ConcurrentHashMap.newKeySet();

  /** Acquisitions that have this process's turn and not yet an answer, one for each key. */
  private final ConcurrentMap<K, LeaseAcquisition<?>> underWay = new ConcurrentHashMap<>();

  private final LongAdder contended = new LongAdder();
  private final LongAdder gaveUp = new LongAdder();
  private volatile boolean closed;

  /** The part of a namespace on this node; no thread runs yet. */
  public LocalLeases(
      JdbcContext context, LeaseDialect dialect, String namespace, KeyCodec<K> codec) {
    this.codec = codec;
    this.ticker = context.ticker();
    this.name = context.node().toString();
    this.table = new LeaseTable(context, dialect, namespace);
    this.events = new LeaseEvents(namespace);
    this.renewer = new LeaseRenewer(table, events, ticker);
    this.poller = new LeasePoller(table, renewer);
    this.local = KeyedMutex.<K>builder().ticker(ticker).build();
    this.turns = new ReentrantLeases<>(this, events, ticker);
  }

  /** The turns on this node. */
  public KeyedMutex<K> local() {
    return local;
  }

  /** The holds that a thread may enter again. */
  public ReentrantLeases<K> turns() {
    return turns;
  }

  /** The rows. */
  public LeaseTable table() {
    return table;
  }

  /** What is counted and recorded. */
  public LeaseEvents events() {
    return events;
  }

  /** The renewer of this node's leases. */
  public LeaseRenewer renewer() {
    return renewer;
  }

  /** How keys become bytes. */
  public KeyCodec<K> codec() {
    return codec;
  }

  /** Monotonic time. */
  public Ticker ticker() {
    return ticker;
  }

  /** The row of a key. */
  public LeaseKey row(K key) {
    return LeaseKey.of(codec.encode(key));
  }

  /** Who the calling thread is, for operators. */
  public String holderText() {
    Thread thread = Thread.currentThread();
    String threadName = thread.getName().isEmpty() ? thread.toString() : thread.getName();
    return name + " " + threadName;
  }

  // Attempts

  /** Attempts for one key; {@code letNextIn} gives the local turn back. */
  public LeaseAcquisition<K> attempts(
      K key, String holder, LeaseOptions terms, Runnable letNextIn) {
    LeaseAcquisition.Turn turn =
        new LeaseAcquisition.Turn(() -> local.queueLength(key) > 0, letNextIn);
    LeaseAcquisition<K> attempts =
        new LeaseAcquisition<>(
            table,
            renewer,
            new LeaseAcquisition.Wanted<>(key, holder, List.of(row(key)), terms),
            turn);
    underWay.put(key, attempts);
    return attempts;
  }

  /** The acquisition has come to an end, with a lease or without. */
  void ended(Collection<K> keys, LeaseAcquisition<?> attempts) {
    keys.forEach(key -> underWay.remove(key, attempts));
  }

  /**
   * Asked by who did not get this process's turn of the key: that somebody here waits for the
   * database is no answer.
   *
   * @throws StoreUnavailableException if whoever has the turn gets no answer either
   */
  public void requireInTouch(K key) {
    LeaseAcquisition<?> ahead = underWay.get(key);
    if (ahead != null && ahead.isOutOfTouch()) {
      throw new StoreUnavailableException(
          "the database does not answer another thread here that asks for " + key, null);
    }
  }

  /** Waits for the lease of a key whose local lock the calling thread has. */
  @Nullable Lease<K> awaitThreadBound(
      K key, LeaseOptions terms, AcquireBackoff wait, boolean interruptible)
      throws InterruptedException {
    return await(attempts(key, holderText(), terms, () -> {}), List.of(key), wait, interruptible);
  }

  /** Attempts for several keys, which nobody here takes over in one piece. */
  public LeaseAcquisition<Set<K>> attempts(Set<K> keys, LeaseOptions terms, Runnable letNextIn) {
    List<LeaseKey> rows = keys.stream().map(this::row).sorted().toList();
    LeaseAcquisition.Turn turn = new LeaseAcquisition.Turn(() -> false, letNextIn);
    LeaseAcquisition<Set<K>> attempts =
        new LeaseAcquisition<>(
            table, renewer, new LeaseAcquisition.Wanted<>(keys, holderText(), rows, terms), turn);
    keys.forEach(key -> underWay.put(key, attempts));
    return attempts;
  }

  /** One attempt; null if somebody else holds the key. */
  public @Nullable Lease<K> attempt(LeaseAcquisition<K> attempts, K key) {
    Lease<K> lease = null;
    try {
      lease = attempts.attempt();
      return lease;
    } finally {
      ended(List.of(key), attempts);
      if (lease == null) {
        attempts.giveUp();
      }
    }
  }

  /** Attempts until granted; null if time was up. Nothing is held after an exception. */
  public <T> @Nullable Lease<T> await(
      LeaseAcquisition<T> attempts, Collection<K> keys, AcquireBackoff wait, boolean interruptible)
      throws InterruptedException {
    Lease<T> lease = null;
    try {
      requireOpen();
      lease = wait.isOver() ? attempts.attempt() : attempts.firstAttempt();
      if (lease == null && !wait.isOver()) {
        lease = awaitPolled(attempts, keys, wait, interruptible);
      }
      if (lease == null) {
        lease = attempts.lastAttempt();
      }
      return lease;
    } finally {
      ended(keys, attempts);
      if (lease == null) {
        gaveUp();
        attempts.giveUp();
      }
    }
  }

  private <T> @Nullable Lease<T> awaitPolled(
      LeaseAcquisition<T> attempts, Collection<K> keys, AcquireBackoff wait, boolean interruptible)
      throws InterruptedException {
    Thread me = Thread.currentThread();
    boolean interrupted = false;
    Lease<T> lease = null;
    PendingAcquire waiter = beginWaiting(keys, attempts, wait, () -> LockSupport.unpark(me));
    try {
      while (lease == null && !wait.isOver()) {
        PendingAcquire.News news = waiter.takeNews();
        if (news == null) {
          LockSupport.parkNanos(this, Math.min(LONGEST_PARK_NANOS, wait.left()));
        } else {
          requireOpen();
          lease = attempts.attemptAgain(news.failure());
        }
        if (lease == null && Thread.interrupted()) {
          interrupted = true;
          if (interruptible) {
            throw new InterruptedException();
          }
        }
      }
      return lease;
    } finally {
      endWaiting(keys, waiter);
      if (interrupted && !interruptible) {
        me.interrupt();
      }
    }
  }

  PendingAcquire beginWaiting(
      Collection<K> keys, LeaseAcquisition<?> attempts, AcquireBackoff wait, Runnable wake) {
    for (K key : keys) {
      if (polled.add(key)) {
        contended.increment();
      }
    }
    PendingAcquire waiter = new PendingAcquire(attempts, wait, wake);
    poller.add(waiter);
    return waiter;
  }

  void endWaiting(Collection<K> keys, PendingAcquire waiter) {
    poller.remove(waiter);
    keys.forEach(polled::remove);
  }

  void gaveUp() {
    gaveUp.increment();
  }

  /** Has an acquisition cancelled when this node is closed. */
  @SuppressWarnings({
    "FutureReturnValueIgnored",
    "CollectionUndefinedEquality"
  }) // identity is meant
  public CompletableFuture<Hold<K>> remember(CompletableFuture<Hold<K>> future) {
    futures.add(future);
    future.whenComplete((hold, failure) -> futures.remove(future));
    if (closed) {
      future.completeExceptionally(closedError());
    }
    return future;
  }

  // Seen from outside

  /** How many wait for a key on this node. */
  public int queueLength(K key) {
    return local.queueLength(key) + (polled.contains(key) ? 1 : 0);
  }

  /** How much is remembered about keys; zero when nothing is held, waited for or handed on. */
  public long entries() {
    return renewer.entries() + polled.size() + underWay.size() + futures.size() + turns.size();
  }

  /** What was counted on this node. */
  public MutexStats stats() {
    MutexStats here = local.stats();
    return new MutexStats(
        renewer.held(),
        here.waiting() + polled.size(),
        here.contended() + contended.sum(),
        here.timedOut() + gaveUp.sum(),
        renewer.lost());
  }

  @Override
  public void close() {
    closed = true;
    poller.close();
    renewer.close();
    futures.forEach(future -> future.completeExceptionally(closedError()));
  }

  /** Throws IllegalStateException if this node is closed. */
  public void requireOpen() {
    if (closed) {
      throw closedError();
    }
  }

  private static IllegalStateException closedError() {
    return new IllegalStateException("the mutex is closed");
  }
}
