/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.occ4j.KeyCodec;
import org.occ4j.LeaseLostException;
import org.occ4j.jdbc.internal.lease.LocalLeases;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.ExclusionProbe;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;

/** Leases through clocks that leap, interrupts at each step, and losses. */
abstract class LeaseLossContract extends LeaseThreadsContract {
  LeaseLossContract(Engine engine) {
    super(engine);
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
      Duration lease = Duration.ofSeconds(1);
      try (Hold<String> hold = one.acquire(KEY, LONG, lease)) {
        assertThat(two.tryAcquire(KEY, lease.multipliedBy(2))).as("renewed").isNull();
        assertThat(hold.isValid()).isTrue();
        assertThat(two.holders().get(0).remaining()).isLessThanOrEqualTo(lease);
      }
      opened.forEach(OccDatabase::close);
    }
  }

  HikariDataSource inZone(String sql) {
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
    LocalLeases<String> node =
        new LocalLeases<>(
            database.context(),
            database.dialects().leases(database.context()),
            "orders",
            KeyCodec.strings());
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
    ticker.advance(Duration.ofSeconds(4)); // a third of the lease: renewal is due
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
