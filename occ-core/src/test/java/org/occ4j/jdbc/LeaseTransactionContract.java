/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.LeaseLostException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;

/**
 * What a mutex does in the caller's transaction: pinning a hold, and taking a key until its end.
 */
@TimeSensitive
@Timeout(300)
abstract class LeaseTransactionContract {
  private static final String KEY = "task:42";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(30);
  private static final Duration BRIEF = Duration.ofMillis(900);

  private final Engine engine;
  private final List<OccDatabase> opened = new ArrayList<>();
  private TestDatabase server;
  private Connection transaction;

  LeaseTransactionContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void begin() throws SQLException {
    server = engine.server().newDatabase();
    transaction = server.connect();
    OccDatabase.builder(server.dataSource()).createSchema().open().close();
    transaction.setAutoCommit(false);
  }

  @AfterEach
  void closeAll() throws SQLException {
    transaction.rollback();
    opened.forEach(OccDatabase::close);
    transaction.close();
  }

  private JdbcKeyedMutex<String> node() {
    return open(OccDatabase.builder(server.dataSource()));
  }

  private JdbcKeyedMutex<String> open(OccDatabaseBuilder builder) {
    OccDatabase database = builder.open();
    opened.add(database);
    return database.mutex("orders");
  }

  // Guard

  @Test
  void guard_holderPausedPastItsLease_keepsTheKeyUntilCommit() throws Exception {
    JdbcKeyedMutex<String> frozen =
        open(OccDatabase.builder(server.dataSource()).ticker(new FakeTicker()));
    Hold<String> paused = frozen.acquire(KEY, LONG, BRIEF); // a frozen node renews nothing
    frozen.guard(transaction, paused);
    JdbcKeyedMutex<String> two = node();
    await().until(() -> two.holder(KEY).isEmpty()); // the lease has lapsed by the database's clock
    assertThat(two.tryAcquire(KEY)).isNull();
    assertThatThrownBy(() -> two.acquireAll(List.of("other", KEY), SHORT))
        .isInstanceOf(TimeoutException.class);
    Running<Hold<String>> thief = Running.start(() -> two.acquire(KEY, LONG));
    await().until(() -> two.queueLength(KEY) == 1);

    transaction.commit();
    Hold<String> next = thief.result();
    assertThat(next.fencingToken()).isGreaterThan(paused.fencingToken());
    next.close();
  }

  @Test
  void guard_stolenLease_isRefused() throws Exception {
    JdbcKeyedMutex<String> frozen =
        open(OccDatabase.builder(server.dataSource()).ticker(new FakeTicker()));
    Hold<String> paused = frozen.acquire(KEY, LONG, BRIEF);
    try (Hold<String> next = node().acquire(KEY, LONG)) {
      assertThat(paused.isValid()).as("it does not know yet").isTrue();
      assertThatThrownBy(() -> frozen.guard(transaction, paused))
          .isInstanceOf(LeaseLostException.class)
          .hasMessageContaining(KEY);
      transaction.rollback();
      assertThat(next.isValid()).isTrue();
    }
  }

  @Test
  void guard_lapsedLease_isRefusedThoughNobodyTookIt() throws Exception {
    JdbcKeyedMutex<String> frozen =
        open(OccDatabase.builder(server.dataSource()).ticker(new FakeTicker()));
    Hold<String> paused = frozen.acquire(KEY, LONG, BRIEF);
    JdbcKeyedMutex<String> two = node();
    await().until(() -> two.holder(KEY).isEmpty());
    assertThatThrownBy(() -> frozen.guard(transaction, paused))
        .isInstanceOf(LeaseLostException.class);
  }

  @Test
  void guard_openTransaction_doesNotStallOtherRenewals() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    JdbcKeyedMutex<String> two = node();
    Hold<String> guarded = mutex.acquire("guarded", LONG, BRIEF);
    Hold<String> other = mutex.acquire("other", LONG, BRIEF);
    mutex.guard(transaction, guarded);
    assertThat(two.tryAcquire("other", BRIEF.multipliedBy(3))).isNull();
    assertThat(other.isValid()).isTrue();
    assertThat(guarded.isValid()).as("its row could not be renewed").isFalse();
    assertThat(two.tryAcquire("guarded")).as("but nobody gets it").isNull();
    transaction.commit();
    two.acquire("guarded", LONG).close();
    other.close();
  }

  @Test
  void guard_closedBeforeCommit_isReleasedAfterIt() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    Hold<String> hold = mutex.acquire(KEY);
    mutex.guard(transaction, hold);
    mutex.guard(transaction, hold);
    hold.close(); // on the thread of the transaction, and does not wait for it
    JdbcKeyedMutex<String> two = node();
    assertThat(two.tryAcquire(KEY, SHORT)).isNull();
    transaction.commit();
    two.acquire(KEY, LONG).close();
    assertThat(mutex.holders()).isEmpty();
  }

  @Test
  void guard_closedAfterCommit_isReleasedAtOnce() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    Hold<Set<String>> hold = mutex.acquireAll(List.of("a", "b"), LONG);
    mutex.guard(transaction, hold);
    transaction.commit();
    hold.close();
    assertThat(mutex.holders()).isEmpty();
  }

  @Test
  void guard_badInput_isRefused() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    Hold<String> foreign = node().acquire("other");
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.guard(transaction, foreign));
    Hold<String> closed = mutex.acquire(KEY);
    closed.close();
    assertThatThrownBy(() -> mutex.guard(transaction, closed))
        .isInstanceOf(LeaseLostException.class);
    try (Connection autoCommit = server.connect();
        Hold<String> hold = mutex.acquire(KEY)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> mutex.guard(autoCommit, hold))
          .withMessageContaining("auto-commit");
    }
    foreign.close();
  }

  @Test
  void forceRelease_guarded_saysThatATransactionHasIt() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    Hold<String> hold = mutex.acquire(KEY);
    mutex.guard(transaction, hold);
    assertThatThrownBy(() -> node().forceRelease(KEY))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining(KEY);
    transaction.commit();
    assertThat(node().forceRelease(KEY)).isTrue();
  }

  // Taking a key until the end of the transaction

  @Test
  void acquireInTransaction_excludesTransactionsAndLeases() throws Exception {
    for (String key : List.of("new", "used")) {
      JdbcKeyedMutex<String> mutex = node();
      mutex.acquire("used").close();
      mutex.acquireInTransaction(transaction, key, SHORT);
      mutex.acquireInTransaction(transaction, key, SHORT); // once more is nothing new
      assertThat(mutex.tryAcquire(key)).isNull();
      mutex.acquire("another").close();
      try (Connection second = server.connect()) {
        second.setAutoCommit(false);
        assertThatThrownBy(() -> mutex.acquireInTransaction(second, key, SHORT))
            .isInstanceOf(TimeoutException.class)
            .hasMessageContaining(key);
        second.rollback();
        Running<Boolean> waiter =
            Running.start(
                () -> {
                  mutex.acquireInTransaction(second, key, LONG);
                  return true;
                });
        transaction.commit();
        assertThat(waiter.result()).isTrue();
        second.rollback();
      }
      mutex.acquire(key, LONG).close();
    }
  }

  @Test
  void acquireInTransaction_leasedKey_isRefusedAndDisturbsNobody() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThatThrownBy(() -> mutex.acquireInTransaction(transaction, KEY, LONG))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining(KEY);
      transaction.rollback();
      assertThat(hold.isValid()).isTrue();
    }
    mutex.acquireInTransaction(transaction, KEY, SHORT);
    transaction.rollback();
    mutex.acquire(KEY, LONG).close();
  }

  @Test
  void acquireInTransaction_badInput_isRefused() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.acquireInTransaction(transaction, KEY, SHORT.negated()));
    try (Connection autoCommit = server.connect()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> mutex.acquireInTransaction(autoCommit, KEY, SHORT));
    }
  }
}
