/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.ExclusionProbe;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** Leases of several nodes: one holder, turns, and renewal. */
abstract class LeaseNodesContract extends LeaseMutexFixture {
  LeaseNodesContract(Engine engine) {
    super(engine);
  }

  // Nodes

  @Test
  void acquire_heldOnAnotherNode_waitsForItsClose() throws Exception {
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> two = node();
    Hold<String> first = one.acquire(KEY);
    assertThat(two.tryAcquire(KEY)).isNull();
    assertThat(two.holder(KEY).orElseThrow().owner()).contains(Thread.currentThread().getName());
    Running<Hold<String>> waiter = Running.start(() -> two.acquire(KEY));
    await().until(() -> two.queueLength(KEY) == 1);

    first.close();
    Hold<String> second = waiter.result();
    assertThat(second.fencingToken()).isGreaterThan(first.fencingToken());
    second.close();
  }

  @Test
  void exclusion_twoNodes_neverTwoInside() throws Exception {
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> two = node();
    List<ExclusionProbe.Turn> turns =
        List.of(
            () -> one.acquire(KEY),
            () -> two.acquire(KEY),
            () -> one.acquireAll(List.of("other", KEY), LONG),
            () -> two.acquireAll(List.of(KEY, "other"), LONG));
    assertThat(ExclusionProbe.violations(turns, 40)).isZero();
  }

  @Test
  void namespacesAndSpellings_areDistinct() throws Exception {
    OccDatabase database = open(OccDatabase.builder(pool));
    String longKey = "x".repeat(400);
    try (Hold<String> orders = database.mutex("orders").acquire(KEY);
        Hold<String> upper = database.mutex("orders").acquire("TASK:42");
        Hold<String> blank = database.mutex("orders").acquire(KEY + " ");
        Hold<String> other = database.mutex("bills").acquire(KEY);
        Hold<String> one = database.mutex("orders").acquire(longKey + "1");
        Hold<String> two = database.mutex("orders").acquire(longKey + "2")) {
      assertThat(database.mutex("orders").stats().heldKeys()).isEqualTo(5);
      assertThat(node().tryAcquire(longKey + "1")).isNull();
    }
    assertThat(database.mutex("orders")).isSameAs(database.mutex("orders"));
    assertThatIllegalArgumentException().isThrownBy(() -> database.mutex(""));
    assertThatIllegalArgumentException().isThrownBy(() -> database.mutex("n".repeat(101)));
  }

  @Test
  void poolOfOneConnection_manyWaiters_makeProgress() throws Exception {
    try (HikariDataSource one = server.pool(1)) {
      OccDatabase database = open(OccDatabase.builder(one));
      JdbcKeyedMutex<String> mutex = database.mutex("orders");
      List<Running<Boolean>> waiters = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        waiters.add(
            Running.start(
                () -> {
                  mutex.acquire(KEY).close();
                  return true;
                }));
      }
      for (Running<Boolean> waiter : waiters) {
        assertThat(waiter.result()).isTrue();
      }
      database.close();
    }
  }

  /** The shape of a pool deadlock: whoever could give a connection back waits for the mutex. */
  @Test
  void poolOfTheApplicationEmpty_mutexWithItsOwn_goesOn() throws Exception {
    try (HikariDataSource application = server.pool(1);
        HikariDataSource control = server.pool(1)) {
      OccDatabase database = open(OccDatabase.builder(application).mutexDataSource(control));
      JdbcKeyedMutex<String> mutex = database.mutex("orders").lease(BRIEF);
      JdbcKeyedMutex<String> elsewhere = node();
      try (Connection last = application.getConnection()) {
        Hold<String> hold = mutex.acquire(KEY);
        assertThat(elsewhere.tryAcquire(KEY, BRIEF.multipliedBy(3))).as("renewed").isNull();
        assertThat(hold.isValid()).isTrue();
        Running<Hold<String>> waiter = Running.start(() -> mutex.acquire(KEY));
        await().until(() -> mutex.queueLength(KEY) == 1);
        hold.close();
        Hold<String> next = waiter.result();
        last.setAutoCommit(false);
        mutex.guard(last, next);
        last.commit();
        next.close();
      }
      assertThat(elsewhere.holders()).isEmpty();
      database.close();
    }
  }

  /** On MariaDB a table is named with its database, whatever the data source's own is. */
  @Test
  void mutexDataSource_withoutTheTables_isRefused() {
    assumeFalse(engine.name().startsWith("MARIADB"));
    TestDatabase empty = engine.server().newDatabase();
    OccDatabaseBuilder builder = OccDatabase.builder(pool).mutexDataSource(empty.dataSource());
    assertThatThrownBy(builder::open).isInstanceOf(SchemaException.class);
  }

  @Test
  void acquire_inTheMiddleOfACallersTransaction_isNoPartOfIt() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    try (Connection callers = pool.getConnection()) {
      callers.setAutoCommit(false);
      int isolation = callers.getTransactionIsolation();
      try (Statement statement = callers.createStatement()) {
        statement.execute("SELECT COUNT(*) FROM occ_mutex"); // it has begun
      }
      Hold<String> hold = mutex.acquire(KEY);
      callers.rollback();
      assertThat(node().tryAcquire(KEY)).isNull();
      assertThat(callers.getTransactionIsolation()).isEqualTo(isolation);
      assertThat(callers.getAutoCommit()).isFalse();
      hold.close();
    }
    assertThat(mutex.holders()).isEmpty();
  }

  @Test
  void whileHeldOrWaitedFor_noConnectionIsOut() throws Exception {
    FaultyDataSource counting = new FaultyDataSource(pool);
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(counting)).mutex("orders");
    try (Hold<String> elsewhere = node().acquire("other");
        Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(counting.open()).isZero();
      Running<Hold<String>> waiter = Running.start(() -> mutex.tryAcquire("other", LONG));
      await().until(() -> mutex.queueLength("other") == 1);
      await().until(() -> counting.open() == 0);
      elsewhere.close();
      waiter.result().close();
    }
  }

  // Renewal

  @Test
  void hold_longerThanItsLease_isRenewed() throws Exception {
    JdbcKeyedMutex<String> two = node();
    try (Hold<String> hold = node().acquire(KEY, LONG, BRIEF)) {
      assertThat(two.tryAcquire(KEY, BRIEF.multipliedBy(4))).isNull();
      assertThat(hold.isValid()).isTrue();
      assertThat(hold.remaining()).isPositive().isLessThanOrEqualTo(BRIEF);
    }
  }

  @Test
  void renewal_afterAFailure_goesOn() throws Exception {
    FaultyDataSource faulty = new FaultyDataSource(pool);
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(faulty)).mutex("orders");
    try (Hold<String> hold = mutex.acquire(KEY, LONG, Duration.ofSeconds(2))) {
      int before = faulty.borrowed();
      faulty.failBefore("getConnection", new SQLException("gone", "08001"));
      await().until(() -> faulty.borrowed() >= before + 2);
      assertThat(hold.isValid()).isTrue();
    }
  }

  @Test
  void acquire_answerLost_recognisesItsOwnRow() throws Exception {
    // On the others there is no commit to fail after; LeaseFaultsContract loses their answers.
    assumeThat(engine).isEqualTo(Engine.H2_MEMORY);
    FaultyDataSource faulty = new FaultyDataSource(pool);
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(faulty)).mutex("orders");
    faulty.failAfter("commit", new SQLException("gone", "08006"));
    try (Hold<String> hold = mutex.acquire(KEY, LONG)) {
      assertThat(hold.isValid()).isTrue();
    }
    assertThat(mutex.holder(KEY)).isEmpty();
  }

  @Test
  void acquire_databaseAway_saysSoAndHoldsNothing() throws Exception {
    FaultyDataSource faulty = new FaultyDataSource(pool);
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(faulty)).mutex("orders");
    SQLException gone = new SQLException("gone", "08001");
    faulty.failBefore("getConnection", gone);
    assertThatThrownBy(() -> mutex.acquire(KEY)).isInstanceOf(StoreUnavailableException.class);
    faulty.failBefore("getConnection", gone);
    assertThatThrownBy(() -> mutex.tryAcquire(KEY)).isInstanceOf(StoreUnavailableException.class);
    faulty.failBefore("getConnection", gone);
    assertThatThrownBy(() -> mutex.asLock(KEY).lock())
        .isInstanceOf(StoreUnavailableException.class);
    faulty.failBefore("getConnection", gone);
    assertThatThrownBy(() -> mutex.acquireAsync(KEY, LONG).get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(StoreUnavailableException.class);
    mutex.acquire(KEY, LONG).close();
  }

  @Test
  void close_databaseAway_throwsNothingAndLetsTheNextThreadTry() throws Exception {
    FaultyDataSource faulty = new FaultyDataSource(pool);
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(faulty)).mutex("orders");
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF);
    faulty.failBefore("getConnection", new SQLException("gone", "08001"));
    hold.close();
    assertThat(hold.isValid()).isFalse();
    mutex.acquire(KEY, LONG).close(); // once the lease has ended by itself
  }
}
