/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.OccException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Patience;
import org.occ4j.testkit.Running;

/**
 * Slow is not somebody else: an acquisition that ends without the key has the database's word that
 * another has it, or says that there was no such word.
 */
abstract class LeaseSlownessContract extends LeaseMutexFixture {
  private static final Duration LEASE = Duration.ofSeconds(2);
  private static final Duration LATE = Duration.ofMillis(2_300);

  private FakeTicker ticker;
  private SlowDataSource slow;
  private JdbcKeyedMutex<String> mutex;
  private JdbcKeyedMutex<String> other;

  LeaseSlownessContract(Engine engine) {
    super(engine);
  }

  /**
   * Looks ten times a second, as whoever asks for the key next does: for some milliseconds after a
   * loss this process's own statement may still have the row.
   */
  private static ConditionFactory await() {
    Duration pace = Duration.ofMillis(100);
    return Patience.await().pollDelay(pace).pollInterval(pace);
  }

  @BeforeEach
  void openSlow() {
    ticker = new FakeTicker();
    slow = new SlowDataSource(pool, ticker);
    mutex =
        open(OccDatabase.builder(slow.dataSource()).ticker(ticker)).mutex("orders").lease(LEASE);
    other = node();
  }

  // Every way to take a key

  /** Takes the key in one way, and gives it back; whether it was had. */
  private interface Way {
    boolean take() throws Exception;
  }

  private static boolean had(Hold<?> hold) {
    if (hold != null) {
      assertThat(hold.isValid()).isTrue();
      hold.close();
    }
    return hold != null;
  }

  private boolean locked(Callable<Boolean> lock) throws Exception {
    boolean taken = lock.call();
    if (taken) {
      mutex.asLock(KEY).unlock();
    }
    return taken;
  }

  private List<Way> ways() {
    Lock lock = mutex.asLock(KEY);
    return List.of(
        () -> had(mutex.tryAcquire(KEY)),
        () -> had(mutex.tryAcquire(KEY, Duration.ZERO)),
        () -> had(mutex.tryAcquire(KEY, BRIEF)),
        () -> had(mutex.tryAcquire(KEY, LONG)),
        () -> had(mutex.acquire(KEY, BRIEF)),
        () -> had(mutex.acquire(KEY, BRIEF, LEASE)),
        () -> had(mutex.acquireAll(List.of(KEY), BRIEF)),
        () -> had(mutex.acquireAll(List.of("a", KEY, "z"), BRIEF)),
        () -> had(mutex.acquireAsync(KEY, Duration.ZERO).get(60, TimeUnit.SECONDS)),
        () -> had(mutex.acquireAsync(KEY, BRIEF).get(60, TimeUnit.SECONDS)),
        () -> locked(lock::tryLock),
        () -> locked(() -> lock.tryLock(0, TimeUnit.NANOSECONDS)),
        () -> locked(() -> lock.tryLock(400, TimeUnit.MILLISECONDS)));
  }

  @Test
  void take_answerLaterThanTheLease_isTakenOnceMore() throws Exception {
    for (Way way : ways()) {
      slow.answerLate(1, LATE);
      assertThat(way.take()).isTrue();
      slow.heal();
      assertThat(other.holders()).isEmpty();
    }
  }

  @Test
  void take_answersAlwaysLate_isUnavailableAndThenToBeHadAtOnce() throws Exception {
    for (Way way : ways()) {
      slow.answerLate(1_000, LATE);
      assertThatThrownBy(way::take)
          .satisfies(
              thrown ->
                  assertThat(thrown instanceof ExecutionException ? thrown.getCause() : thrown)
                      .isInstanceOf(StoreUnavailableException.class)
                      .hasMessageContaining("take longer than the lease"));
      slow.heal();
      assertThat(had(mutex.tryAcquire(KEY))).as("nobody holds it").isTrue();
      await().until(() -> other.holders().isEmpty());
    }
  }

  @Test
  void take_answerLateAndSomebodyElseCameIn_isTaken() throws Exception {
    Hold<String> theirs = other.acquire(KEY);
    slow.answerLate(1, LATE);
    assertThat(mutex.tryAcquire(KEY)).isNull();
    theirs.close();
  }

  @Test
  void take_lateGrant_hasAGreaterTokenThanAllBefore() throws Exception {
    long before;
    try (Hold<String> theirs = other.acquire(KEY)) {
      before = theirs.fencingToken();
    }
    slow.answerLate(1, LATE);
    try (Hold<String> hold = mutex.tryAcquire(KEY)) {
      assertThat(hold).isNotNull();
      assertThat(hold.fencingToken()).isGreaterThan(before);
      assertThat(hold.remaining()).isBetween(LEASE.dividedBy(2), LEASE);
      assertThat(other.tryAcquire(KEY)).isNull();
    }
  }

  @Test
  void take_connectionLaterThanTheLease_isNoLateAnswer() throws Exception {
    mutex.acquire(KEY).close();
    for (Way way : ways()) {
      slow.borrowLate(LATE);
      int before = slow.statements();
      assertThat(way.take()).isTrue();
      slow.heal();
      assertThat(slow.statements() - before).as("asked once").isLessThan(20);
    }
    slow.borrowLate(LATE);
    try (Hold<String> hold = mutex.tryAcquire(KEY)) {
      assertThat(hold.remaining()).isBetween(LEASE.dividedBy(2), LEASE);
    }
  }

  @Test
  void take_statementTimeout_isUnavailable() throws Exception {
    for (Way way : ways()) {
      slow.fail(new SQLException("canceling statement due to statement timeout", "57014"));
      assertThatThrownBy(way::take)
          .satisfies(
              thrown ->
                  assertThat(thrown instanceof ExecutionException ? thrown.getCause() : thrown)
                      .isInstanceOf(OccException.class));
      slow.heal();
      await().until(() -> other.holders().isEmpty());
    }
  }

  // Renewal and release

  @Test
  void renewal_answeredTooLate_rowIsNotTakenForSomebodyElses() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);
    slow.answerLate(1, LATE);
    ticker.advance(LEASE.dividedBy(2));
    await().until(() -> !hold.isValid());
    assertThat(had(mutex.tryAcquire(KEY))).isTrue();
    await().until(() -> other.holders().isEmpty());
  }

  @Test
  void close_releaseNotAnswered_nextOneHereTakesItAtOnce() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(pool);
    JdbcKeyedMutex<String> here = open(OccDatabase.builder(switched)).mutex("orders").lease(LONG);
    for (int i = 0; i < 3; i++) {
      Hold<String> hold = here.acquire(KEY);
      switched.off();
      hold.close();
      switched.on();
      Hold<String> next = here.tryAcquire(KEY);
      assertThat(next).isNotNull();
      assertThat(next.fencingToken()).isGreaterThan(hold.fencingToken());
      assertThat(other.tryAcquire(KEY)).isNull();
      next.close();
    }
    await().until(() -> other.holders().isEmpty());
  }

  @Test
  void close_releaseNotAnswered_transactionHereTakesItAtOnce() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(pool);
    JdbcKeyedMutex<String> here = open(OccDatabase.builder(switched)).mutex("orders").lease(LONG);
    Hold<String> hold = here.acquire(KEY);
    switched.off();
    hold.close();
    switched.on();
    try (Connection connection = server.connect()) {
      connection.setAutoCommit(false);
      here.acquireInTransaction(connection, KEY, Duration.ZERO);
      connection.rollback();
    }
    await().until(() -> other.holders().isEmpty());
  }

  // Waits

  @Test
  void wait_databaseAwayWhenTimeIsUp_isUnavailable() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(pool);
    JdbcKeyedMutex<String> here = open(OccDatabase.builder(switched)).mutex("orders").lease(LONG);
    Hold<String> theirs = other.acquire(KEY, LONG, LONG);
    Running<Hold<String>> waits = Running.start(() -> here.tryAcquire(KEY, LEASE));
    await().until(() -> here.queueLength(KEY) == 1);
    switched.off();
    assertThatThrownBy(waits::result).isInstanceOf(StoreUnavailableException.class);
    switched.on();
    CompletableFuture<Hold<String>> future = here.acquireAsync(KEY, LEASE);
    await().until(() -> here.queueLength(KEY) == 1);
    switched.off();
    assertThatThrownBy(() -> future.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    switched.on();
    theirs.close();
    assertThat(had(here.tryAcquire(KEY))).isTrue();
  }

  @Test
  void wait_heldTillTimeIsUp_isTaken() throws Exception {
    try (Hold<String> theirs = other.acquire(KEY)) {
      assertThat(node().tryAcquire(KEY, BRIEF)).isNull();
      assertThatThrownBy(() -> node().acquire(KEY, BRIEF)).isInstanceOf(TimeoutException.class);
      assertThat(theirs.isValid()).isTrue();
    }
  }

  @Test
  void tryAcquire_anotherThreadHereGetsNoAnswer_isUnavailable() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(pool);
    JdbcKeyedMutex<String> here =
        open(OccDatabase.builder(switched).ticker(ticker)).mutex("orders");
    switched.silent();
    Running<Hold<String>> asks = Running.start(() -> here.acquire(KEY));
    await().until(switched::isWaitedFor);
    ticker.advance(LEASE);
    assertThatThrownBy(() -> here.tryAcquire(KEY)).isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> here.asLock(KEY).tryLock())
        .isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> here.acquireAll(List.of(KEY), Duration.ZERO))
        .isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> here.acquireAsync(KEY, Duration.ZERO).get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    switched.on();
    asks.result().close();
    assertThat(had(here.tryAcquire(KEY))).isTrue();
  }
}
