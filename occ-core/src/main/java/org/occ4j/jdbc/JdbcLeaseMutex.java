/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.LeaseLostException;
import org.occ4j.ThrowingSupplier;
import org.occ4j.Ticker;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.HoldInfo;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.mutex.MutexStats;

/**
 * A mutex whose holds are leases in rows of the database.
 *
 * <p>In front of the database stands a mutex in memory: only the thread whose turn it is in this
 * process asks for the row, one contender per key and node, and holds the local turn as long as the
 * lease lasts. Between two attempts it pauses without a connection.
 */
final class JdbcLeaseMutex<K> implements JdbcKeyedMutex<K> {
  private static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);

  private final KeyCodec<K> codec;
  private final Ticker ticker;
  private final String node;
  private final LeaseTable table;
  private final LeaseKeeper keeper;
  private final KeyedMutex<K> local;
  private final LeaseTurns<K> turns;

  /** Keys for which somebody here pauses between two attempts. */
  private final Set<K> polled = ConcurrentHashMap.newKeySet();

  /** Futures that are not complete yet, by identity. */
  private final Set<CompletableFuture<Hold<K>>> futures = ConcurrentHashMap.newKeySet();

  private final LongAdder contended = new LongAdder();
  private final LongAdder gaveUp = new LongAdder();
  private volatile boolean closed;

  JdbcLeaseMutex(JdbcContext context, String namespace, KeyCodec<K> codec) {
    this.codec = codec;
    this.ticker = context.ticker();
    this.node = context.node().toString();
    this.table = new LeaseTable(context, namespace);
    this.keeper = new LeaseKeeper(table, ticker);
    this.local = KeyedMutex.<K>builder().ticker(ticker).build();
    this.turns =
        new LeaseTurns<>(
            local,
            (key, wait, interruptible) ->
                await(attempts(key, () -> {}), List.of(key), wait, interruptible),
            ticker);
  }

  // Holds

  @Override
  public Hold<K> acquire(K key) throws InterruptedException {
    requireOpen();
    Hold<K> turn = local.acquire(key);
    return Objects.requireNonNull(lease(key, turn, LeaseWait.forEver(ticker), DEFAULT_LEASE));
  }

  @Override
  public Hold<K> acquire(K key, Duration timeout) throws InterruptedException, TimeoutException {
    return acquire(key, timeout, DEFAULT_LEASE);
  }

  @Override
  public Hold<K> acquire(K key, Duration timeout, Duration lease)
      throws InterruptedException, TimeoutException {
    if (lease.isNegative() || lease.isZero()) {
      throw new IllegalArgumentException("lease must be positive: " + lease);
    }
    Hold<K> hold = acquireWithin(key, timeout, lease);
    if (hold == null) {
      throw new TimeoutException("not granted in time: " + key);
    }
    return hold;
  }

  @Override
  public @Nullable Hold<K> tryAcquire(K key, Duration timeout) throws InterruptedException {
    return acquireWithin(key, timeout, DEFAULT_LEASE);
  }

  private @Nullable Hold<K> acquireWithin(K key, Duration timeout, Duration lease)
      throws InterruptedException {
    LeaseWait wait = LeaseWait.of(ticker, timeout);
    requireOpen();
    Hold<K> turn = local.tryAcquire(key, wait.rest());
    return turn == null ? null : lease(key, turn, wait, lease);
  }

  @Override
  public @Nullable Hold<K> tryAcquire(K key) {
    requireOpen();
    Hold<K> turn = local.tryAcquire(key);
    if (turn == null) {
      return null;
    }
    Lease<K> lease = null;
    try {
      lease = attempts(key, turn::close).attempt();
      return lease;
    } finally {
      if (lease == null) {
        turn.close();
      }
    }
  }

  private @Nullable Lease<K> lease(K key, Hold<K> turn, LeaseWait wait, Duration length)
      throws InterruptedException {
    Lease<K> lease = null;
    try {
      lease = await(attempts(key, holderText(), turn::close, length), List.of(key), wait, true);
      return lease;
    } finally {
      if (lease == null) {
        turn.close();
      }
    }
  }

  @Override
  public Hold<Set<K>> acquireAll(Collection<? extends K> keys, Duration timeout)
      throws InterruptedException, TimeoutException {
    LeaseWait wait = LeaseWait.of(ticker, timeout);
    requireOpen();
    Set<K> distinct = new LinkedHashSet<>();
    for (K key : keys) {
      distinct.add(Objects.requireNonNull(key, "key"));
    }
    Set<K> together = Collections.unmodifiableSet(distinct);
    List<LeaseKey> rows = together.stream().map(this::row).sorted().toList();
    Hold<Set<K>> turn = local.acquireAll(together, wait.rest());
    Lease<Set<K>> lease = null;
    try {
      LeaseAttempts<Set<K>> attempts =
          new LeaseAttempts<>(
              table, keeper, holderText(), together, rows, DEFAULT_LEASE, turn::close);
      lease = await(attempts, together, wait, true);
    } finally {
      if (lease == null) {
        turn.close();
      }
    }
    if (lease == null) {
      throw new TimeoutException("not granted in time: " + together);
    }
    return lease;
  }

  @Override
  public CompletableFuture<Hold<K>> acquireAsync(K key, Duration timeout) {
    LeaseWait wait = LeaseWait.of(ticker, timeout);
    requireOpen();
    LeaseFuture<K> future = new LeaseFuture<>(key, wait, this, keeper);
    return remember(future.after(local.acquireAsync(key, timeout)));
  }

  @SuppressWarnings({
    "FutureReturnValueIgnored",
    "CollectionUndefinedEquality"
  }) // identity is meant
  private CompletableFuture<Hold<K>> remember(CompletableFuture<Hold<K>> future) {
    futures.add(future);
    future.whenComplete((hold, failure) -> futures.remove(future));
    if (closed) {
      future.completeExceptionally(closedError());
    }
    return future;
  }

  /** Attempts until granted; null if time was up. Nothing is held after an exception. */
  private <T> @Nullable Lease<T> await(
      LeaseAttempts<T> attempts, Collection<K> keys, LeaseWait wait, boolean interruptible)
      throws InterruptedException {
    boolean interrupted = false;
    Lease<T> lease = null;
    try {
      while ((lease = attemptIfOpen(attempts)) == null && !wait.isOver()) {
        keys.forEach(this::beginPolling);
        LockSupport.parkNanos(this, wait.nextPause(attempts.presentLease()));
        if (Thread.interrupted()) {
          interrupted = true;
          if (interruptible) {
            throw new InterruptedException();
          }
        }
      }
      return lease;
    } finally {
      keys.forEach(this::endPolling);
      if (lease == null) {
        gaveUp();
        attempts.giveUp();
      }
      if (interrupted && !interruptible) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private <T> @Nullable Lease<T> attemptIfOpen(LeaseAttempts<T> attempts) {
    requireOpen();
    return attempts.attempt();
  }

  private LeaseAttempts<K> attempts(K key, Runnable letNextIn) {
    return attempts(key, holderText(), letNextIn, DEFAULT_LEASE);
  }

  /** Attempts for one key with a lease of the usual length; {@code holder} is who wants it. */
  LeaseAttempts<K> attempts(K key, String holder, Runnable letNextIn) {
    return attempts(key, holder, letNextIn, DEFAULT_LEASE);
  }

  private LeaseAttempts<K> attempts(K key, String holder, Runnable letNextIn, Duration length) {
    return new LeaseAttempts<>(table, keeper, holder, key, List.of(row(key)), length, letNextIn);
  }

  void beginPolling(K key) {
    if (polled.add(key)) {
      contended.increment();
    }
  }

  void endPolling(K key) {
    polled.remove(key);
  }

  void gaveUp() {
    gaveUp.increment();
  }

  // Thread-bound

  @Override
  public <T extends @Nullable Object, E extends Throwable> T withLock(
      K key, ThrowingSupplier<T, E> body) throws E, InterruptedException {
    Objects.requireNonNull(body, "body");
    requireOpen();
    turns.enter(key);
    Lease<K> lease = Objects.requireNonNull(turns.mine(key));
    T value;
    try {
      value = body.get();
    } finally {
      turns.exit(key);
    }
    if (lease.lossReason() != null) {
      throw new LeaseLostException(
          "the lease of " + key + " was lost while the body ran: " + lease.lossReason(), null);
    }
    return value;
  }

  @Override
  public Lock asLock(K key) {
    return new LeaseLock<>(turns, Objects.requireNonNull(key, "key"));
  }

  @Override
  public boolean isHeldByCurrentThread(K key) {
    return turns.mine(Objects.requireNonNull(key, "key")) != null;
  }

  // Seen from outside

  @Override
  public Optional<HoldInfo> holder(K key) {
    return table.holder(row(key), codec.text(key));
  }

  @Override
  public int queueLength(K key) {
    return local.queueLength(key) + (polled.contains(key) ? 1 : 0);
  }

  @Override
  public MutexStats stats() {
    MutexStats here = local.stats();
    return new MutexStats(
        keeper.held(),
        here.waiting() + polled.size(),
        here.contended() + contended.sum(),
        here.timedOut() + gaveUp.sum(),
        keeper.lost());
  }

  @Override
  public boolean forceRelease(K key) {
    return table.forceRelease(row(key));
  }

  @Override
  public void close() {
    closed = true;
    keeper.close();
    futures.forEach(future -> future.completeExceptionally(closedError()));
  }

  void requireOpen() {
    if (closed) {
      throw closedError();
    }
  }

  private static IllegalStateException closedError() {
    return new IllegalStateException("the mutex is closed");
  }

  private LeaseKey row(K key) {
    return LeaseKey.of(codec.encode(Objects.requireNonNull(key, "key")));
  }

  /** Who the calling thread is, for operators. */
  String holderText() {
    Thread thread = Thread.currentThread();
    String name = thread.getName().isEmpty() ? thread.toString() : thread.getName();
    return node + " " + name;
  }
}
