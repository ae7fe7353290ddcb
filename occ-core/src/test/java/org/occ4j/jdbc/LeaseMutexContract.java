/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.occ4j.KeyCodec;
import org.occ4j.LeaseLostException;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.HoldInfo;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.ExclusionProbe;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** What only leases have on every engine: other nodes, renewal, and loss. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LeaseMutexContract {
  private static final String KEY = "task:42";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration BRIEF = Duration.ofMillis(400);
  private static final int POOL_SIZE = 8;

  private final Engine engine;
  private final List<OccDatabase> opened = new ArrayList<>();
  private TestDatabase server;
  private Connection keepsDatabaseAlive;
  private HikariDataSource pool;

  LeaseMutexContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void createDatabase() throws SQLException {
    server = engine.server().newDatabase();
    keepsDatabaseAlive = server.connect();
    pool = server.pool(POOL_SIZE);
    OccDatabase.builder(pool).createSchema();
  }

  @BeforeEach
  void emptyTheTable() throws SQLException {
    server.execute("DELETE FROM occ_mutex");
  }

  @AfterEach
  void closeNodes() {
    opened.forEach(OccDatabase::close);
    opened.clear();
  }

  @AfterAll
  void closeDatabase() throws SQLException {
    pool.close();
    keepsDatabaseAlive.close();
  }

  private JdbcKeyedMutex<String> node() {
    return open(OccDatabase.builder(pool)).mutex("orders");
  }

  private JdbcKeyedMutex<String> node(Ticker ticker) {
    return open(OccDatabase.builder(pool).ticker(ticker)).mutex("orders");
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

  @Test
  void mutexDataSource_withoutTheTables_isRefused() {
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

  // Clocks

  /** Nodes whose clocks began anywhere, and whose sessions live in other time zones. */
  @Test
  void exclusion_clocksAndTimeZonesApart_neverTwoInside() throws Exception {
    String toZone =
        switch (engine) {
          case POSTGRESQL -> "SET TIME ZONE '%s'";
          case MARIADB, MARIADB_MYSQL_DRIVER -> "SET time_zone = '%s:00'";
          default -> "SET TIME ZONE '%s'";
        };
    long hour = Duration.ofHours(1).toNanos();
    try (HikariDataSource east = inZone(toZone.formatted("+9"));
        HikariDataSource west = inZone(toZone.formatted("-11"))) {
      OccDatabaseBuilder ahead = OccDatabase.builder(east).ticker(() -> System.nanoTime() + hour);
      OccDatabaseBuilder behind = OccDatabase.builder(west).ticker(() -> System.nanoTime() - hour);
      JdbcKeyedMutex<String> one = open(ahead).mutex("orders");
      JdbcKeyedMutex<String> two = open(behind).mutex("orders");
      assertThat(
              ExclusionProbe.violations(
                  List.of(() -> one.acquire(KEY), () -> two.acquire(KEY)), 20))
          .isZero();
      try (Hold<String> hold = one.acquire(KEY, LONG, BRIEF)) {
        assertThat(two.tryAcquire(KEY, BRIEF.multipliedBy(3))).as("renewed").isNull();
        assertThat(hold.isValid()).isTrue();
        assertThat(two.holders().get(0).remaining()).isLessThanOrEqualTo(BRIEF);
      }
      opened.forEach(OccDatabase::close);
    }
  }

  private HikariDataSource inZone(String sql) {
    HikariDataSource sessions = new HikariDataSource();
    sessions.setJdbcUrl(server.jdbcUrl());
    sessions.setUsername(server.user());
    sessions.setPassword(server.password());
    sessions.setMaximumPoolSize(2);
    sessions.setConnectionInitSql(sql);
    return sessions;
  }

  /** A node that slept, or whose clock leaps: it stops in time, and nobody else is disturbed. */
  @Test
  void clock_leapsAnHour_holdIsOverAndTheOthersGoOn() throws Exception {
    FakeTicker leaping = new FakeTicker();
    JdbcKeyedMutex<String> one = node(leaping);
    JdbcKeyedMutex<String> two = node();
    Hold<String> over = one.acquire(KEY);
    try (Hold<String> others = two.acquire("other")) {
      leaping.advance(Duration.ofHours(1));
      assertThat(over.isValid()).isFalse();
      assertThat(others.isValid()).isTrue();
      assertThat(one.tryAcquire("other")).isNull();
    }
    assertThat(two.tryAcquire(KEY)).as("until its lease has ended").isNull();
    one.acquire("other", LONG).close();
  }

  // Interrupts

  @Test
  void acquire_interruptedAtEachStep_isHeldWithTheFlagOrNotAtAll() throws Exception {
    InterruptingDataSource interrupting = new InterruptingDataSource(pool);
    JdbcKeyedMutex<String> mutex =
        open(OccDatabase.builder(interrupting.dataSource())).mutex("orders");
    JdbcKeyedMutex<String> other = node();
    int steps = 0;
    boolean interrupted = true;
    while (interrupted) {
      interrupting.interruptAt(++steps);
      try (Hold<String> hold = mutex.acquire(KEY)) {
        interrupted = Thread.interrupted();
        assertThat(interrupted).as("step %s", steps).isEqualTo(interrupting.happened());
        assertThat(hold.isValid()).isTrue();
        interrupting.interruptAt(Integer.MAX_VALUE);
      } catch (InterruptedException thrown) {
        interrupting.interruptAt(Integer.MAX_VALUE);
      }
      other.acquire(KEY, LONG).close();
    }
    assertThat(steps).isGreaterThan(3);
    assertThat(other.holders()).isEmpty();
    assertThat(mutex.stats().heldKeys()).isZero();
  }

  @Test
  void close_interruptedAtEachStep_releasesAndKeepsTheFlag() throws Exception {
    InterruptingDataSource interrupting = new InterruptingDataSource(pool);
    JdbcKeyedMutex<String> mutex =
        open(OccDatabase.builder(interrupting.dataSource())).mutex("orders");
    JdbcKeyedMutex<String> other = node();
    int steps = 0;
    boolean interrupted = true;
    while (interrupted) {
      Hold<String> hold = mutex.acquire(KEY);
      interrupting.interruptAt(++steps);
      hold.close();
      interrupted = Thread.interrupted();
      assertThat(interrupted).as("step %s", steps).isEqualTo(interrupting.happened());
      interrupting.interruptAt(Integer.MAX_VALUE);
      assertThat(other.tryAcquire(KEY)).as("step %s", steps).isNotNull().satisfies(Hold::close);
    }
    assertThat(steps).isGreaterThan(3);
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
    SwitchedDataSource switched = new SwitchedDataSource(pool);
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
    SwitchedDataSource switched = new SwitchedDataSource(pool);
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
    OccDatabase database = open(OccDatabase.builder(pool));
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

  /** One entry per hold, however often its thread entered it. */
  @Test
  void withLock_nested_isOneHoldAndOneLease() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    mutex.withLock(
        KEY,
        () ->
            mutex.withLock(
                KEY,
                () -> {
                  assertThat(mutex.stats().heldKeys()).isEqualTo(1);
                  assertThat(mutex.holders()).hasSize(1);
                  return KEY;
                }));
    assertThat(mutex.stats().heldKeys()).isZero();
    assertThat(mutex.holders()).isEmpty();
  }

  /** Release against renewal: what was closed is not renewed, and so not held for a lease more. */
  @Test
  void close_whileRenewalsRun_leavesNothingHeld() throws Exception {
    JdbcKeyedMutex<String> mutex = node().lease(Duration.ofMillis(60)); // renewed all the time
    for (int round = 0; round < 30; round++) {
      List<Hold<String>> holds = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        holds.add(mutex.acquire("key " + i));
      }
      holds.forEach(Hold::close);
    }
    assertThat(mutex.holders()).isEmpty();
    assertThat(mutex.stats().heldKeys()).isZero();
  }

  /** Millions of keys used once must leave nothing behind in this process. */
  @Test
  void keys_usedOnce_leaveNothingInMemory() throws Exception {
    OccDatabase database = open(OccDatabase.builder(pool));
    LeaseNode<String> node = new LeaseNode<>(database.context(), "orders", KeyCodec.strings());
    try (JdbcLeaseMutex<String> mutex = new JdbcLeaseMutex<>(node)) {
      for (int i = 0; i < 50; i++) {
        mutex.acquire("a" + i).close();
        mutex.withLock("b" + i, () -> "");
        mutex.acquireAsync("c" + i, LONG).get(60, TimeUnit.SECONDS).close();
        mutex.acquireAll(List.of("d" + i, "e" + i), LONG).close();
        assertThat(mutex.tryAcquire("f" + i)).isNotNull().satisfies(Hold::close);
      }
      await().untilAsserted(() -> assertThat(node.entries()).isZero());
    }
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

  // Limits, leaks and operators

  @Test
  void maxHold_exceeded_isLostThoughRenewed() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold =
        mutex.lease(BRIEF).maxHold(BRIEF.multipliedBy(2)).acquire(KEY).onLost(heard::add);
    await().until(() -> heard.equals(List.of(LossReason.EXPIRED)));
    assertThat(hold.isValid()).isFalse();
    node().acquire(KEY, LONG).close(); // the row lapses
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.maxHold(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.lease(Duration.ZERO));
  }

  @Test
  void warnHeldLongerThan_exceeded_isLoggedOnce() throws Exception {
    FakeTicker ticker = new FakeTicker();
    JdbcKeyedMutex<String> mutex = node(ticker).warnHeldLongerThan(BRIEF);
    String log =
        logOf(
            () -> {
              try (Hold<String> hold = mutex.acquire(KEY);
                  Hold<String> quick = mutex.acquire("quick")) {
                quick.close();
                ticker.advance(BRIEF);
                assertThat(hold.isValid()).isTrue();
              }
            });
    assertThat(log).containsOnlyOnce("lasts longer").contains(KEY).contains("PT0.4S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.warnHeldLongerThan(Duration.ZERO))
        .withMessageContaining("warnHeldLongerThan");
  }

  private static String logOf(ThrowingCallable work) throws Exception {
    PrintStream original = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      work.call();
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    } finally {
      System.setErr(original);
    }
    return written.toString(StandardCharsets.UTF_8);
  }

  @Test
  void hold_droppedWithoutClose_isReportedAndStaysHeld() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    PrintStream original = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      acquireAndDrop(mutex);
      await()
          .until(
              () -> {
                System.gc();
                return written.toString(StandardCharsets.UTF_8).contains("dropped without being");
              });
    } finally {
      System.setErr(original);
    }
    assertThat(written.toString(StandardCharsets.UTF_8)).contains(KEY);
    assertThat(node().tryAcquire(KEY)).isNull();
  }

  /** In a method of its own, so that no local variable keeps the hold. */
  private static void acquireAndDrop(JdbcKeyedMutex<String> mutex) throws InterruptedException {
    assertThat(mutex.acquire(KEY).isValid()).isTrue();
  }

  @Test
  void holders_ofAllNodes_areListed() throws Exception {
    JdbcKeyedMutex<String> one = node();
    String longKey = "x".repeat(400);
    try (Hold<String> a = one.acquire("a");
        Hold<String> b = node().acquire("b", LONG, BRIEF);
        Hold<String> x = one.acquire(longKey)) {
      one.acquire("free").close();
      List<HoldInfo> holders = one.holders();
      assertThat(holders).hasSize(3);
      assertThat(holders.get(0).key()).isEqualTo("a");
      assertThat(holders.get(0).owner()).contains(Thread.currentThread().getName());
      assertThat(holders.get(0).remaining()).isBetween(Duration.ofSeconds(20), LONG);
      assertThat(holders.get(0).heldFor()).isLessThan(LONG);
      assertThat(holders.get(1).key()).isEqualTo("b");
      assertThat(holders.get(1).remaining()).isLessThanOrEqualTo(BRIEF);
      assertThat(holders.get(2).key()).startsWith("xxx").contains("#");
    }
    assertThat(one.holders()).isEmpty();
  }

  @Test
  void sweep_deletesIdleRowsOnly_andTokensGoOnGrowing() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    long token;
    try (Hold<String> hold = mutex.acquire("old")) {
      token = hold.fencingToken();
    }
    Hold<String> held = mutex.acquire("held");
    mutex.acquire("fresh").close();
    assertThat(mutex.sweep(Duration.ofHours(1))).isZero();
    // Two hours later, but for a row whose token runs ahead of the clock.
    long twoHours = 7_200_000_000L;
    server.execute(
        "UPDATE occ_mutex SET expires_at = expires_at - " + twoHours + " WHERE owner IS NULL",
        "UPDATE occ_mutex SET token = token - "
            + twoHours
            + " WHERE owner IS NULL AND token = "
            + token);
    assertThat(mutex.sweep(Duration.ofHours(1))).isEqualTo(1);
    try (Hold<String> hold = mutex.acquire("old")) {
      assertThat(hold.fencingToken()).isGreaterThan(token);
    }
    assertThat(held.isValid()).isTrue();
    held.close();
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.sweep(Duration.ofMinutes(59)));
  }

  /** As from a dump of last week: what was written since is forgotten, tokens included. */
  @Test
  void tokens_tableRestoredOrEmptied_growAllTheSame() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    mutex.acquire(KEY).close();
    server.execute("CREATE TABLE dump AS SELECT * FROM occ_mutex");
    long greatest = 0;
    for (int i = 0; i < 3; i++) {
      mutex.acquire(KEY).close();
      try (Hold<String> hold = mutex.acquire(KEY)) {
        greatest = hold.fencingToken();
      }
    }
    server.execute(
        "DELETE FROM occ_mutex", "INSERT INTO occ_mutex SELECT * FROM dump", "DROP TABLE dump");
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(hold.fencingToken()).isGreaterThan(greatest);
      greatest = hold.fencingToken();
    }
    server.execute("DELETE FROM occ_mutex");
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(hold.fencingToken()).isGreaterThan(greatest);
    }
  }

  /** The holder of a row that a restore took away must not go on for longer than a renewal. */
  @Test
  void hold_tableRestoredUnderIt_isToldThatItIsStolen() throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = node().acquire(KEY, LONG, BRIEF).onLost(heard::add);
    server.execute("DELETE FROM occ_mutex");
    await().until(() -> heard.equals(List.of(LossReason.STOLEN)));
    assertThat(hold.isValid()).isFalse();
    node().acquire(KEY, LONG).close();
  }

  @Test
  void tokens_databaseClockSetBack_growAllTheSame() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    mutex.acquire(KEY).close();
    long ahead = Long.MAX_VALUE / 4;
    server.execute("UPDATE occ_mutex SET token = " + ahead); // as if the clock had been far ahead
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(hold.fencingToken()).isEqualTo(ahead + 1);
    }
  }

  @Test
  void manyLeases_areRenewedTogether() throws Exception {
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> brief = one.lease(Duration.ofSeconds(2));
    List<Hold<String>> holds = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      holds.add((i % 2 == 0 ? brief : one).acquire("key " + i + " \u00e4"));
    }
    JdbcKeyedMutex<String> two = node();
    assertThat(two.tryAcquire("key 0 \u00e4", Duration.ofSeconds(5))).isNull();
    assertThat(holds).allMatch(Hold::isValid);
    holds.forEach(Hold::close);
    assertThat(one.holders()).isEmpty();
  }

  /** Handing on inside a node stops often enough for others to get in. */
  @Test
  void contendedOnOneNode_othersGetTheirTurn() throws Exception {
    JdbcKeyedMutex<String> busy = node();
    AtomicBoolean enough = new AtomicBoolean();
    List<Running<Integer>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Running.start(
              () -> {
                int turns = 0;
                while (!enough.get()) {
                  busy.acquire(KEY).close();
                  turns++;
                }
                return turns;
              }));
    }
    JdbcKeyedMutex<String> other = node();
    for (int i = 0; i < 3; i++) {
      other.acquire(KEY, LONG).close();
    }
    enough.set(true);
    for (Running<Integer> thread : threads) {
      assertThat(thread.result()).isPositive();
    }
    await().until(() -> other.holder(KEY).isEmpty());
  }

  @Test
  void handedOn_nobodyTakesIt_isReleased() throws Exception {
    JdbcKeyedMutex<String> one = node();
    Hold<String> first = one.acquire(KEY);
    Running<Hold<String>> leaves = Running.start(() -> one.acquire(KEY));
    await().until(() -> one.queueLength(KEY) == 1);
    leaves.interrupt();
    first.close();
    assertThatThrownBy(leaves::result).isInstanceOf(InterruptedException.class);
    node().acquire(KEY, LONG).close(); // far sooner than the lease of 30 seconds ends
    assertThat(one.holders()).isEmpty();
  }

  @Test
  void exclusion_shortLeasesAndManyThreads_neverTwoInside() throws Exception {
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> two = node();
    List<ExclusionProbe.Turn> turns = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      JdbcKeyedMutex<String> mine = i % 2 == 0 ? one : two;
      turns.add(() -> mine.acquire(KEY, LONG, Duration.ofSeconds(5)));
    }
    assertThat(ExclusionProbe.violations(turns, 50)).isZero();
  }
}
