/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.LeaseLostException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.ThrowingSupplier;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.lease.AcquireBackoff;
import org.occ4j.jdbc.internal.lease.Lease;
import org.occ4j.jdbc.internal.lease.LeaseAcquisition;
import org.occ4j.jdbc.internal.lease.LeaseDialect;
import org.occ4j.jdbc.internal.lease.LeaseFuture;
import org.occ4j.jdbc.internal.lease.LeaseHandle;
import org.occ4j.jdbc.internal.lease.LeaseKey;
import org.occ4j.jdbc.internal.lease.LeaseOptions;
import org.occ4j.jdbc.internal.lease.LocalLeases;
import org.occ4j.jdbc.internal.lease.ReentrantLeases;
import org.occ4j.jdbc.internal.lease.ReentrantLeases.KeyLock;
import org.occ4j.mutation.internal.TurnLease;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.HoldInfo;
import org.occ4j.mutex.LossReason;
import org.occ4j.mutex.MutexStats;

/** A mutex whose holds are leases in rows of the database; see docs/design/jdbc-mutex.md. */
final class JdbcLeaseMutex<K> implements JdbcKeyedMutex<K>, TurnLease {

  /** How long an operator's release waits for a transaction that guards the row. */
  private static final Duration FORCE_PATIENCE = Duration.ofSeconds(2);

  private static final Duration SHORTEST_IDLE = Duration.ofHours(1);

  private final LocalLeases<K> node;
  private final LeaseOptions terms;

  JdbcLeaseMutex(LocalLeases<K> node) {
    this(node, LeaseOptions.DEFAULT);
  }

  private JdbcLeaseMutex(LocalLeases<K> node, LeaseOptions terms) {
    this.node = node;
    this.terms = terms;
  }

  @Override
  public JdbcKeyedMutex<K> lease(Duration length) {
    return new JdbcLeaseMutex<>(node, terms.withLength(length));
  }

  @Override
  public JdbcKeyedMutex<K> maxHold(Duration limit) {
    return new JdbcLeaseMutex<>(node, terms.withMaxHold(limit));
  }

  @Override
  public JdbcKeyedMutex<K> warnHeldLongerThan(Duration limit) {
    return new JdbcLeaseMutex<>(node, terms.withWarning(limit));
  }

  @Override
  public Duration length() {
    return terms.length();
  }

  // Holds

  @Override
  public Hold<K> acquire(K key) throws InterruptedException {
    node.requireOpen();
    AcquireBackoff wait = AcquireBackoff.forEver(node.ticker());
    Hold<K> hold = null;
    try {
      hold = Objects.requireNonNull(lease(key, node.local().acquire(key), wait, terms));
      return hold;
    } finally {
      ended(wait, key, hold);
    }
  }

  private void ended(AcquireBackoff wait, Object key, @Nullable Hold<?> hold) {
    node.events().waitEnded(wait.event(), key, hold != null);
  }

  @Override
  public Hold<K> acquire(K key, Duration timeout) throws InterruptedException, TimeoutException {
    return acquireWithin(key, timeout, terms);
  }

  @Override
  public Hold<K> acquire(K key, Duration timeout, Duration lease)
      throws InterruptedException, TimeoutException {
    return acquireWithin(key, timeout, terms.withLength(lease));
  }

  private Hold<K> acquireWithin(K key, Duration timeout, LeaseOptions terms)
      throws InterruptedException, TimeoutException {
    Hold<K> hold = tryAcquire(key, timeout, terms);
    if (hold == null) {
      throw new TimeoutException("not granted in time: " + key);
    }
    return hold;
  }

  @Override
  public @Nullable Hold<K> tryAcquire(K key, Duration timeout) throws InterruptedException {
    return tryAcquire(key, timeout, terms);
  }

  private @Nullable Hold<K> tryAcquire(K key, Duration timeout, LeaseOptions terms)
      throws InterruptedException {
    AcquireBackoff wait = AcquireBackoff.of(node.ticker(), timeout);
    node.requireOpen();
    Hold<K> hold = null;
    try {
      Hold<K> turn = node.local().tryAcquire(key, wait.rest());
      if (turn == null) {
        node.requireInTouch(key);
      } else {
        hold = lease(key, turn, wait, terms);
      }
      return hold;
    } finally {
      ended(wait, key, hold);
    }
  }

  @Override
  public @Nullable Hold<K> tryAcquire(K key) {
    node.requireOpen();
    Hold<K> turn = node.local().tryAcquire(key);
    if (turn == null) {
      node.requireInTouch(key);
      return null;
    }
    Lease<K> lease = null;
    try {
      lease = node.attempt(node.attempts(key, node.holderText(), terms, turn::close), key);
      return handle(lease);
    } finally {
      if (lease == null) {
        turn.close();
      }
    }
  }

  private @Nullable Hold<K> lease(K key, Hold<K> turn, AcquireBackoff wait, LeaseOptions terms)
      throws InterruptedException {
    Lease<K> lease = null;
    try {
      LeaseAcquisition<K> attempts = node.attempts(key, node.holderText(), terms, turn::close);
      lease = node.await(attempts, List.of(key), wait, true);
      return handle(lease);
    } finally {
      if (lease == null) {
        turn.close();
      }
    }
  }

  private <T> @Nullable Hold<T> handle(@Nullable Lease<T> lease) {
    return lease == null ? null : node.renewer().handle(lease);
  }

  @Override
  public Hold<Set<K>> acquireAll(Collection<? extends K> keys, Duration timeout)
      throws InterruptedException, TimeoutException {
    AcquireBackoff wait = AcquireBackoff.of(node.ticker(), timeout);
    node.requireOpen();
    Set<K> distinct = new LinkedHashSet<>();
    for (K key : keys) {
      distinct.add(Objects.requireNonNull(key, "key"));
    }
    Set<K> together = Collections.unmodifiableSet(distinct);
    Hold<Set<K>> hold = null;
    try {
      hold = lease(together, node.local().acquireAll(together, wait.rest()), wait);
    } catch (TimeoutException turnsOfOthers) {
      together.forEach(node::requireInTouch);
      throw turnsOfOthers;
    } finally {
      ended(wait, together, hold);
    }
    if (hold == null) {
      throw new TimeoutException("not granted in time: " + together);
    }
    return hold;
  }

  private @Nullable Hold<Set<K>> lease(Set<K> together, Hold<Set<K>> turn, AcquireBackoff wait)
      throws InterruptedException {
    Lease<Set<K>> lease = null;
    try {
      lease = node.await(node.attempts(together, terms, turn::close), together, wait, true);
      return handle(lease);
    } finally {
      if (lease == null) {
        turn.close();
      }
    }
  }

  @Override
  public CompletableFuture<Hold<K>> acquireAsync(K key, Duration timeout) {
    AcquireBackoff wait = AcquireBackoff.of(node.ticker(), timeout);
    node.requireOpen();
    LeaseFuture<K> future = new LeaseFuture<>(key, terms, wait, node, node.renewer());
    return node.remember(future.after(node.local().acquireAsync(key, timeout)));
  }

  // Thread-bound

  @Override
  public <T extends @Nullable Object, E extends Throwable> T withLock(
      K key, ThrowingSupplier<T, E> body) throws E, InterruptedException {
    Objects.requireNonNull(body, "body");
    node.requireOpen();
    ReentrantLeases<K> turns = node.turns();
    turns.enter(key, terms);
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
    return new KeyLock<>(node.turns(), terms, Objects.requireNonNull(key, "key"));
  }

  @Override
  public boolean isHeldByCurrentThread(K key) {
    return node.turns().mine(Objects.requireNonNull(key, "key")) != null;
  }

  // In the caller's transaction

  @Override
  public void guard(Connection connection, Hold<?> hold) {
    Transactions.requireTransaction(connection);
    Lease<?> lease = ownLease(hold);
    LossReason reason = lease.lossReason();
    if (reason != null || !lease.isValid()) {
      throw new LeaseLostException("the hold on " + lease.key() + " is over: " + lease, null);
    }
    lease.guarded(); // LEASE-8: before the lock is there: a release must not wait for it
    if (!node.table().guard(connection, lease.rows(), lease.nonce())) {
      throw new LeaseLostException(
          "the hold on " + lease.key() + " was lost: the database has another, or none", null);
    }
  }

  private Lease<?> ownLease(Hold<?> hold) {
    if (hold instanceof LeaseHandle<?> handle && handle.lease().isKeptBy(node.renewer())) {
      return handle.lease();
    }
    throw new IllegalArgumentException("not a hold of this mutex: " + hold);
  }

  @Override
  public void acquireInTransaction(Connection connection, K key, Duration timeout)
      throws InterruptedException, TimeoutException {
    LeaseKey row = row(key);
    AcquireBackoff wait = AcquireBackoff.of(node.ticker(), timeout);
    Transactions.requireTransaction(connection);
    node.renewer().releaseHandoffInBackground(row);
    while (true) {
      String remain = node.renewer().remains().nonceIn(row);
      LeaseDialect.RowLock pin = node.table().pin(connection, row, remain == null ? "" : remain);
      if (pin == LeaseDialect.RowLock.PINNED) {
        return;
      }
      if (pin == LeaseDialect.RowLock.LEASED || wait.isOver()) {
        throw new TimeoutException("not to be had for this transaction: " + key + " is " + pin);
      }
      LockSupport.parkNanos(this, wait.nextPause());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  // Seen from outside

  @Override
  public Optional<HoldInfo> holder(K key) {
    return node.table().holder(row(key), node.codec().text(key));
  }

  @Override
  public List<HoldInfo> holders() {
    return node.table().holders(this::text);
  }

  private String text(LeaseKey row) {
    return row.isHashed() ? row.hashedText() : node.codec().text(node.codec().decode(row.bytes()));
  }

  @Override
  public int queueLength(K key) {
    return node.queueLength(key);
  }

  @Override
  public MutexStats stats() {
    return node.stats();
  }

  @Override
  public boolean forceRelease(K key) {
    LeaseKey row = row(key);
    AcquireBackoff wait = AcquireBackoff.of(node.ticker(), FORCE_PATIENCE);
    while (true) {
      switch (node.table().forceRelease(row)) {
        case RELEASED -> {
          return true;
        }
        case NOT_HELD -> {
          return false;
        }
        case LOCKED -> {
          if (wait.isOver()) {
            throw new StoreUnavailableException(
                "a transaction guards the hold on " + key + "; it can be released after its end",
                null);
          }
          LockSupport.parkNanos(this, wait.nextPause());
        }
      }
    }
  }

  @Override
  public int sweep(Duration idleFor) {
    if (idleFor.compareTo(SHORTEST_IDLE) < 0) {
      throw new IllegalArgumentException(
          "rows are kept for an hour at least, so that tokens grow: " + idleFor);
    }
    return node.table().sweep(idleFor);
  }

  @Override
  public void close() {
    node.close();
  }

  private LeaseKey row(K key) {
    return node.row(Objects.requireNonNull(key, "key"));
  }
}
