/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.LeaseLostException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.ExclusionProbe;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** What only leases have: other nodes, renewal, and loss. */
@Timeout(300)
class H2LeaseMutexTest {
  private static final String KEY = "task:42";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration BRIEF = Duration.ofMillis(400);

  private final List<OccDatabase> opened = new ArrayList<>();
  private TestDatabase server;
  private Connection keepsDatabaseAlive;

  @BeforeEach
  void createDatabase() throws SQLException {
    server = Engine.H2_MEMORY.server().newDatabase();
    keepsDatabaseAlive = server.connect();
    OccDatabase.builder(server.dataSource()).createSchema();
  }

  @AfterEach
  void closeAll() throws SQLException {
    opened.forEach(OccDatabase::close);
    keepsDatabaseAlive.close();
  }

  private JdbcKeyedMutex<String> node() {
    return open(OccDatabase.builder(server.dataSource())).mutex("orders");
  }

  private JdbcKeyedMutex<String> node(Ticker ticker) {
    return open(OccDatabase.builder(server.dataSource()).ticker(ticker)).mutex("orders");
  }

  private OccDatabase open(OccDatabaseBuilder builder) {
    OccDatabase database = builder.open();
    opened.add(database);
    return database;
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
    OccDatabase database = open(OccDatabase.builder(server.dataSource()));
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
    try (var pool = server.pool(1)) {
      OccDatabase database = open(OccDatabase.builder(pool));
      JdbcKeyedMutex<String> mutex = database.mutex("orders");
      List<Running<Boolean>> waiters = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
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

  @Test
  void whileHeldOrWaitedFor_noConnectionIsOut() throws Exception {
    FaultyDataSource counting = new FaultyDataSource(server.dataSource());
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
    FaultyDataSource faulty = new FaultyDataSource(server.dataSource());
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
    FaultyDataSource faulty = new FaultyDataSource(server.dataSource());
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(faulty)).mutex("orders");
    faulty.failAfter("commit", new SQLException("gone", "08006"));
    try (Hold<String> hold = mutex.acquire(KEY, LONG)) {
      assertThat(hold.isValid()).isTrue();
    }
    assertThat(mutex.holder(KEY)).isEmpty();
  }

  @Test
  void acquire_databaseAway_saysSoAndHoldsNothing() throws Exception {
    FaultyDataSource faulty = new FaultyDataSource(server.dataSource());
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
    FaultyDataSource faulty = new FaultyDataSource(server.dataSource());
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(faulty)).mutex("orders");
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF);
    faulty.failBefore("getConnection", new SQLException("gone", "08001"));
    hold.close();
    assertThat(hold.isValid()).isFalse();
    mutex.acquire(KEY, LONG).close(); // once the lease has ended by itself
  }

  // Loss

  @Test
  void holder_pausedPastItsLease_losesItAndDisturbsNobody() throws Exception {
    FakeTicker frozen = new FakeTicker();
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> paused = node(frozen).acquire(KEY, LONG, BRIEF).onLost(heard::add);
    JdbcKeyedMutex<String> two = node();
    Hold<String> next = two.acquire(KEY, LONG); // a frozen node renews nothing

    frozen.advance(BRIEF);
    assertThat(paused.isValid()).isFalse();
    assertThat(paused.remaining()).isZero();
    await().until(() -> heard.equals(List.of(LossReason.EXPIRED)));
    assertThat(next.fencingToken()).isGreaterThan(paused.fencingToken());

    paused.close();
    assertThat(next.isValid()).isTrue();
    assertThat(two.holder(KEY)).isPresent();
    next.close();
    assertThat(heard).hasSize(1);
  }

  @Test
  void forceRelease_isFoundAtTheNextRenewal() throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> operator = node();
    Hold<String> hold = one.acquire(KEY, LONG, BRIEF).onLost(heard::add);
    assertThat(operator.forceRelease("other")).isFalse();
    assertThat(operator.forceRelease(KEY)).isTrue();
    assertThat(operator.forceRelease(KEY)).isFalse();

    await().until(() -> !hold.isValid());
    await().until(() -> heard.equals(List.of(LossReason.STOLEN)));
    hold.onLost(heard::add);
    assertThat(heard).hasSize(2); // who comes late is told at once
    assertThat(one.stats().lost()).isEqualTo(1);
    one.acquire(KEY, LONG).close(); // the turn in this process went on as well
  }

  @Test
  void lossOfTheDatabase_isToldByTheLocalDeadline() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(server.dataSource());
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(switched)).mutex("orders");
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF).onLost(heard::add);
    switched.off();
    await().until(() -> heard.equals(List.of(LossReason.UNREACHABLE)));
    switched.on();
    assertThat(hold.isValid()).isFalse();
    mutex.acquire(KEY, LONG).close();
    assertThat(hold.isValid()).isFalse(); // no resurrection
  }

  @Test
  void silenceOfTheDatabase_isToldByTheLocalDeadline() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(server.dataSource());
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(switched)).mutex("orders");
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF).onLost(heard::add);
    switched.silent(); // the renewal hangs
    await().until(() -> heard.equals(List.of(LossReason.UNREACHABLE)));
    assertThat(hold.isValid()).isFalse();
    switched.on();
    mutex.acquire(KEY, LONG).close();
    assertThat(hold.isValid()).isFalse();
  }

  @Test
  void withLock_leaseLostInTheBody_throwsAfterIt() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    FakeTicker ticker = new FakeTicker();
    JdbcKeyedMutex<String> paused = node(ticker);
    assertThatThrownBy(
            () ->
                paused.withLock(
                    KEY,
                    () -> {
                      ticker.advance(LONG);
                      await().until(() -> paused.stats().lost() == 1);
                      return 1;
                    }))
        .isInstanceOf(LeaseLostException.class)
        .hasMessageContaining(KEY);
    assertThat(mutex.forceRelease(KEY)).as("nobody holds it").isTrue();
    mutex.acquire(KEY, LONG).close();
  }

  @Test
  void close_ofTheDatabase_endsHoldsAndWaits() throws Exception {
    OccDatabase database = open(OccDatabase.builder(server.dataSource()));
    JdbcKeyedMutex<String> mutex = database.mutex("orders");
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = mutex.acquire(KEY).onLost(heard::add);
    Running<Hold<String>> waiter = Running.start(() -> mutex.acquire(KEY));
    await().until(() -> mutex.queueLength(KEY) == 1);
    CompletableFuture<Hold<String>> future = mutex.acquireAsync(KEY, LONG);

    database.close();
    database.close();
    assertThat(hold.isValid()).isFalse();
    await().until(() -> heard.equals(List.of(LossReason.CLOSED)));
    assertThatThrownBy(waiter::result).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> future.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThatIllegalStateException().isThrownBy(() -> mutex.acquire(KEY));
    assertThatIllegalStateException().isThrownBy(() -> mutex.asLock(KEY).lock());
    assertThat(node().tryAcquire(KEY)).isNotNull();
  }

  @Test
  void severalKeys_areTakenTogetherOnAllNodes() throws Exception {
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> two = node();
    Hold<Set<String>> all = one.acquireAll(List.of("a", "b"), LONG);
    assertThat(two.tryAcquire("a")).isNull();
    assertThat(two.tryAcquire("b")).isNull();
    all.close();
    try (Hold<String> b = one.acquire("b")) {
      assertThatThrownBy(() -> two.acquireAll(List.of("b", "a"), BRIEF))
          .isInstanceOf(TimeoutException.class);
      assertThat(one.holder("a")).as("rolled back").isEmpty();
    }
    try (Hold<Set<String>> again = two.acquireAll(List.of("b", "a"), LONG)) {
      assertThat(again.fencingToken()).isGreaterThan(all.fencingToken());
    }
  }

  @Test
  void severalKeys_oneStolen_areAllLost() throws Exception {
    FakeTicker ticker = new FakeTicker();
    JdbcKeyedMutex<String> one = node(ticker);
    JdbcKeyedMutex<String> operator = node();
    Hold<Set<String>> all = one.acquireAll(List.of("a", "b"), LONG);
    assertThat(operator.forceRelease("a")).isTrue();
    ticker.advance(Duration.ofSeconds(11)); // a third of the lease: renewal is due
    await().until(() -> !all.isValid());
    operator.acquire("b", LONG).close(); // released, long before its lease would have ended
    assertThat(one.stats().lost()).isEqualTo(2);
  }

  @Test
  void lease_notPositive_isRefused() {
    JdbcKeyedMutex<String> mutex = node();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.acquire(KEY, LONG, Duration.ZERO))
        .withMessageContaining("lease");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.acquire(KEY, LONG, Duration.ofSeconds(-1)));
    assertThat(mutex.holder(KEY)).isEmpty();
  }
}
