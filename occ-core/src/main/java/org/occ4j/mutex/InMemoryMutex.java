/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.occ4j.ThrowingSupplier;
import org.occ4j.Ticker;

/**
 * The mutex of this process: {@link SlotTable} and {@link WaitQueues} with threads, time and
 * diagnostics around them.
 */
final class InMemoryMutex<K> implements KeyedMutex<K> {
  private final WaitQueues table;

  /** The table's own, kept here too for the sake of the fast path. */
  private final @Nullable Object[] slots;

  private final boolean fair;
  private final boolean backOff;
  private final Ticker ticker;
  private final Executor executor;
  private final @Nullable HoldWatch watch;

  private final EqualHashLocks gates;
  private final WaitGraph graph;

  InMemoryMutex(
      int size,
      boolean fair,
      boolean backOff,
      @Nullable Duration warnHeldLongerThan,
      Ticker ticker,
      Executor executor) {
    this.table = new WaitQueues(size, ticker);
    this.slots = table.slots;
    this.graph = new WaitGraph(table);
    this.fair = fair;
    this.backOff = backOff && !fair;
    this.ticker = ticker;
    this.executor = executor;
    this.gates = new EqualHashLocks(ticker, executor);
    this.watch =
        warnHeldLongerThan == null ? null : new HoldWatch(table, ticker, warnHeldLongerThan);
  }

  // Holds

  @Override
  public Hold<K> acquire(K key) throws InterruptedException {
    int hash = hash(key);
    throwIfInterrupted();
    Grant<K> grant = new Grant<>(slots, key, hash);
    if (!SlotTable.claim(slots, grant)) {
      await(grant, Timeouts.FOR_EVER, true, null);
    }
    started(grant);
    return grant;
  }

  @Override
  public Hold<K> acquire(K key, Duration timeout) throws InterruptedException, TimeoutException {
    Hold<K> hold = tryAcquire(key, timeout);
    if (hold == null) {
      throw timeout(key);
    }
    return hold;
  }

  @Override
  public @Nullable Hold<K> tryAcquire(K key) {
    int hash = hash(key);
    Grant<K> grant = new Grant<>(slots, key, hash);
    if (!SlotTable.claim(slots, grant) && !table.tryTake(grant)) {
      return null;
    }
    started(grant);
    return grant;
  }

  @Override
  public @Nullable Hold<K> tryAcquire(K key, Duration timeout) throws InterruptedException {
    return tryAcquire(key, Timeouts.nanos(timeout));
  }

  @Nullable Hold<K> tryAcquire(K key, long timeoutNanos) throws InterruptedException {
    int hash = hash(key);
    throwIfInterrupted();
    Grant<K> grant = new Grant<>(slots, key, hash);
    if (!SlotTable.claim(slots, grant) && !await(grant, timeoutNanos, true, null)) {
      return null;
    }
    started(grant);
    return grant;
  }

  @Override
  public CompletableFuture<Hold<K>> acquireAsync(K key, Duration timeout) {
    long nanos = Timeouts.nanos(timeout);
    int hash = hash(key);
    Grant<K> grant = new Grant<>(slots, key, hash);
    if (SlotTable.claim(slots, grant) || table.tryTake(grant)) {
      started(grant);
      return CompletableFuture.completedFuture(new AsyncHold<>(grant));
    }
    if (nanos == 0) {
      return CompletableFuture.failedFuture(timeout(key));
    }
    AsyncWaiter<K> waiter = new AsyncWaiter<>(this, table, grant, executor);
    if (table.takeOrQueue(waiter)) {
      started(grant);
      return CompletableFuture.completedFuture(waiter.hold);
    }
    waiter.watch(ticker, nanos);
    return waiter.future;
  }

  @Override
  public Hold<Set<K>> acquireAll(Collection<? extends K> keys, Duration timeout)
      throws InterruptedException, TimeoutException {
    long nanos = Timeouts.nanos(timeout);
    Set<K> distinct = new LinkedHashSet<>();
    for (K key : keys) {
      distinct.add(Objects.requireNonNull(key, "key"));
    }
    if (distinct.isEmpty()) {
      throw new IllegalArgumentException("keys must not be empty");
    }
    throwIfInterrupted();
    JointAcquisition<K> joint = new JointAcquisition<>(this, gates, ticker, nanos);
    return new JointHold<>(Collections.unmodifiableSet(distinct), joint.acquire(distinct));
  }

  private boolean await(
      Grant<?> grant, long timeoutNanos, boolean interruptible, @Nullable WaitGraph rings)
      throws InterruptedException {
    if (table.tryTake(grant)) {
      return true;
    }
    if (timeoutNanos == 0) {
      return false;
    }
    return new ThreadWaiter(table, grant, fair, backOff, ticker, rings)
        .await(timeoutNanos, interruptible);
  }

  // Thread-bound

  @Override
  public <T extends @Nullable Object, E extends Throwable> T withLock(
      K key, ThrowingSupplier<T, E> body) throws E, InterruptedException {
    Objects.requireNonNull(body, "body");
    ThreadGrant<K> entered = Objects.requireNonNull(enter(key, Timeouts.FOR_EVER));
    try {
      return body.get();
    } finally {
      exit(entered);
    }
  }

  @Override
  public Lock asLock(K key) {
    return new LockView<>(this, Objects.requireNonNull(key, "key"));
  }

  /** Enters, interruptibly; null if time was up. */
  @Nullable ThreadGrant<K> enter(K key, long timeoutNanos) throws InterruptedException {
    throwIfInterrupted();
    return enter(key, timeoutNanos, true);
  }

  void enterUninterruptibly(K key) {
    try {
      enter(key, Timeouts.FOR_EVER, false);
    } catch (InterruptedException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private @Nullable ThreadGrant<K> enter(K key, long timeoutNanos, boolean interruptible)
      throws InterruptedException {
    int hash = hash(key);
    ThreadGrant<K> fresh = new ThreadGrant<>(slots, key, hash);
    if (!SlotTable.claim(slots, fresh)) {
      ThreadGrant<K> mine = heldByMe(fresh.hash, key);
      if (mine != null) {
        mine.enterAgain();
        return mine;
      }
      if (!await(fresh, timeoutNanos, interruptible, graph)) {
        return null;
      }
    }
    started(fresh);
    return fresh;
  }

  boolean tryEnter(K key) {
    int hash = hash(key);
    ThreadGrant<K> fresh = new ThreadGrant<>(slots, key, hash);
    if (!SlotTable.claim(slots, fresh)) {
      ThreadGrant<K> mine = heldByMe(fresh.hash, key);
      if (mine != null) {
        mine.enterAgain();
        return true;
      }
      if (!table.tryTake(fresh)) {
        return false;
      }
    }
    started(fresh);
    return true;
  }

  void exit(K key) {
    ThreadGrant<K> mine = heldByMe(hash(key), key);
    if (mine == null) {
      throw new IllegalMonitorStateException("not held by this thread: " + key);
    }
    mine.exit();
  }

  /** Leaves a body, which may have unlocked what it had not locked. */
  private void exit(ThreadGrant<K> entered) {
    if (!table.isHeld(entered)) {
      throw new IllegalMonitorStateException("unlocked inside its body: " + entered.key);
    }
    entered.exit();
  }

  /** The calling thread's grant of the key. Stable, since only this thread can take or end it. */
  @SuppressWarnings("unchecked") // a grant of a K in this mutex is a grant for Ks
  private @Nullable ThreadGrant<K> heldByMe(int hash, K key) {
    return table.find(hash, key) instanceof ThreadGrant<?> grant && grant.isMine()
        ? (ThreadGrant<K>) grant
        : null;
  }

  // Seen from outside

  @Override
  public Optional<HoldInfo> holder(K key) {
    Grant<?> grant = table.find(hash(key), key);
    return grant == null ? Optional.empty() : Optional.of(describe(grant));
  }

  private HoldInfo describe(Grant<?> grant) {
    Duration heldFor = watch == null ? null : watch.heldFor(grant);
    return new HoldInfo(String.valueOf(grant.key), grant.ownerName(), heldFor, null);
  }

  @Override
  public boolean isHeldByCurrentThread(K key) {
    return heldByMe(hash(key), key) != null;
  }

  @Override
  public int queueLength(K key) {
    return table.length(hash(key), key);
  }

  @Override
  public MutexStats stats() {
    long[] held = {0};
    table.forEachHeld(grant -> held[0]++);
    return new MutexStats(held[0], table.waiting(), table.queued(), table.gaveUp(), 0);
  }

  /** Whether nothing is retained for any key. */
  boolean isEmpty() {
    return table.isEmpty();
  }

  // What grants and waiters ask for

  void started(Grant<?> grant) {
    if (watch != null) {
      watch.started(grant);
    }
  }

  TimeoutException timeout(Object key) {
    return new TimeoutException("not granted in time: " + key);
  }

  private static void throwIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** Spreads the upper bits down, since the table looks at the lower ones; loses none. */
  static int hash(Object key) {
    int raw = Objects.requireNonNull(key, "key").hashCode();
    return raw ^ (raw >>> 16);
  }
}
