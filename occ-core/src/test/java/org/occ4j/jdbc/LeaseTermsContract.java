/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.occ4j.OccException;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;

/** At least for, at most for, and extended: what the rows of leases say about time. */
abstract class LeaseTermsContract extends LeaseMutexFixture {
  private static final Duration SECOND = Duration.ofSeconds(1);

  LeaseTermsContract(Engine engine) {
    super(engine);
  }

  private long number(String query) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** For how long after its grant the row that ends last is taken. */
  private Duration lasts() throws SQLException {
    return Duration.ofNanos(1_000 * number("SELECT MAX(expires_at - acquired_at) FROM occ_mutex"));
  }

  // At least for

  @Test
  void releaseAfter_nodeEnds_keyStaysTakenForSoLong() throws Exception {
    JdbcKeyedMutex<String> other = node();
    OccDatabase ends = open(OccDatabase.builder(pool));
    Hold<String> hold = ends.mutex("orders").acquire(KEY);
    hold.releaseAfter(LONG); // longer than its lease
    ends.close();
    assertThat(other.tryAcquire(KEY)).isNull();
    assertThat(other.holders())
        .filteredOn(info -> info.key().equals(KEY)) // other tests may have left leases to end
        .singleElement()
        .satisfies(info -> assertThat(info.remaining()).isBetween(LONG.dividedBy(2), LONG));
    assertThat(other.forceRelease(KEY)).isTrue();
    try (Hold<String> next = other.acquire(KEY)) {
      assertThat(next.fencingToken()).isGreaterThan(hold.fencingToken());
    }
  }

  /** Shorter than the lease that is left: the row ends earlier than it would have. */
  @Test
  void releaseAfter_shorterThanTheLease_endsEarlier() throws Exception {
    Hold<String> hold = node().acquire(KEY, LONG, LONG);
    hold.releaseAfter(BRIEF);
    node().acquire(KEY, LONG.dividedBy(4)).close();
  }

  /** A renewal that is under way must not prolong what was left. */
  @Test
  void releaseAfter_renewalsRun_endsAllTheSame() throws Exception {
    JdbcKeyedMutex<String> renews = node().lease(BRIEF);
    JdbcKeyedMutex<String> other = node();
    for (int i = 0; i < 5; i++) {
      Hold<String> hold = renews.acquire(KEY, LONG);
      // A renewal is due after a third; this is just before it, or in the middle of it.
      Duration due = BRIEF.dividedBy(3).multipliedBy(2).plusMillis(20);
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> hold.remaining().compareTo(due) < 0);
      hold.releaseAfter(Duration.ofMillis(50));
      other.acquire(KEY, LONG).close();
    }
    assertThat(other.holders()).isEmpty();
  }

  @Test
  void releaseAfter_insideItsGuard_waitsForNobodyAndIsDoneAfterIt() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    Hold<String> hold = mutex.acquire(KEY, LONG, LONG);
    try (Connection transaction = server.connect()) {
      transaction.setAutoCommit(false);
      mutex.guard(transaction, hold);
      hold.releaseAfter(BRIEF);
      transaction.commit();
    }
    node().acquire(KEY, LONG.dividedBy(4)).close();
  }

  @Test
  void releaseAfter_databaseAway_isDoneWhenItIsBack() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(pool);
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(switched)).mutex("orders");
    Hold<String> hold = mutex.acquire(KEY, LONG, LONG);
    switched.off();
    long start = System.nanoTime();
    hold.releaseAfter(SECOND);
    switched.on();
    mutex.acquire(KEY, LONG.dividedBy(4)).close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(SECOND);
  }

  // At most for

  @Test
  void atMostFor_neverRenewed_rowIsFreeExactlyAtItsEnd() throws Exception {
    JdbcKeyedMutex<String> mutex = node().atMostFor(SECOND);
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = mutex.acquire(KEY).onLost(heard::add);
    assertThat(lasts()).isBetween(SECOND, SECOND.plusMillis(1)); // two readings of one clock
    long before = System.nanoTime();
    try (Hold<String> next = node().acquire(KEY, LONG)) {
      assertThat(hold.isValid()).isFalse();
      assertThat(next.fencingToken()).isGreaterThan(hold.fencingToken());
    }
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(SECOND.multipliedBy(5));
    await().until(() -> heard.equals(List.of(LossReason.EXPIRED)));
  }

  @Test
  void maxHold_renewedMeanwhile_rowNeverReachesBeyondIt() throws Exception {
    Duration limit = Duration.ofMillis(2_500);
    JdbcKeyedMutex<String> mutex = node().lease(Duration.ofSeconds(2)).maxHold(limit);
    List<Hold<?>> holds = new ArrayList<>();
    holds.add(mutex.acquire(KEY));
    holds.add(mutex.acquireAll(List.of("a", "b"), LONG));
    List<Duration> seen = new ArrayList<>();
    while (holds.stream().anyMatch(Hold::isValid)) {
      seen.add(lasts());
    }
    assertThat(seen).allMatch(lasting -> lasting.compareTo(limit) <= 0).contains(limit);
    node().acquireAll(List.of(KEY, "a", "b"), LONG).close();
  }

  @Test
  void maxHold_shorterThanTheLease_rowEndsWithIt() throws Exception {
    Hold<String> hold = node().maxHold(BRIEF).acquire(KEY);
    assertThat(lasts()).isBetween(BRIEF, BRIEF.plusMillis(1)); // two readings of one clock
    node().acquire(KEY, Duration.ofSeconds(5)).close(); // sooner than the lease of ten seconds
    assertThat(hold.isValid()).isFalse();
  }

  // Extended

  @Test
  void extend_limitedHold_lastsAnewAndEndsThen() throws Exception {
    JdbcKeyedMutex<String> other = node();
    Duration limit = SECOND;
    for (JdbcKeyedMutex<String> mutex :
        List.of(node().atMostFor(limit), node().lease(BRIEF).maxHold(limit))) {
      Hold<String> lasting = mutex.acquire(KEY, LONG);
      assertThat(lasting.extend(LONG)).isTrue();
      assertThat(other.tryAcquire(KEY, limit)).as("past its first end").isNull();
      assertThat(lasting.isValid()).isTrue();
      lasting.close();
      Hold<String> hold = mutex.acquire(KEY, LONG);
      assertThat(hold.extend(limit)).isTrue();
      other.acquire(KEY, LONG).close();
      assertThat(hold.isValid()).isFalse();
      assertThat(hold.extend(SECOND)).as("too late").isFalse();
      assertThat(other.holders()).isEmpty();
    }
  }

  @Test
  void extend_renewedHold_goesOnBeingRenewed() throws Exception {
    Hold<String> hold = node().lease(BRIEF).acquire(KEY);
    assertThat(hold.extend(SECOND)).isTrue();
    assertThat(node().tryAcquire(KEY, SECOND.multipliedBy(2))).isNull();
    assertThat(hold.isValid()).isTrue();
    hold.close();
    assertThat(node().tryAcquire(KEY)).isNotNull();
  }

  @Test
  void extend_stolenOrGuarded_isFalse() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    Hold<String> guarded = mutex.acquire("guarded");
    try (Connection transaction = server.connect()) {
      transaction.setAutoCommit(false);
      mutex.guard(transaction, guarded);
      assertThat(guarded.extend(LONG)).isFalse();
      assertThat(guarded.isValid()).isTrue();
      transaction.rollback();
    }
    assertThat(guarded.extend(LONG)).isTrue();
    guarded.close();

    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<Set<String>> stolen = mutex.acquireAll(List.of(KEY, "other"), LONG);
    stolen.onLost(heard::add);
    assertThat(node().forceRelease("other")).isTrue();
    assertThat(stolen.extend(LONG)).isFalse();
    await().until(() -> heard.equals(List.of(LossReason.STOLEN)));
    await().until(() -> mutex.holders().isEmpty());
  }

  @Test
  void extend_databaseAway_saysSoAndTheHoldIsAsItWas() throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(pool);
    JdbcKeyedMutex<String> mutex = open(OccDatabase.builder(switched)).mutex("orders");
    Hold<String> hold = mutex.acquire(KEY, LONG, LONG);
    switched.off();
    assertThatThrownBy(() -> hold.extend(LONG)).isInstanceOf(OccException.class);
    assertThat(hold.isValid()).isTrue();
    switched.on();
    assertThat(hold.extend(LONG)).isTrue();
    hold.close();
    assertThat(mutex.holders()).isEmpty();
  }

  /** No resurrection: what was extended for nobody is given back. */
  @Test
  void extend_answerLaterThanTheLease_isFalseAndTheKeyIsFree() throws Exception {
    FakeTicker ticker = new FakeTicker();
    SlowDataSource slow = new SlowDataSource(pool, ticker);
    JdbcKeyedMutex<String> mutex =
        open(OccDatabase.builder(slow.dataSource()).ticker(ticker)).mutex("orders");
    Hold<String> hold = mutex.atMostFor(SECOND).acquire(KEY);
    slow.answerLate(1, SECOND.multipliedBy(2));
    assertThat(hold.extend(LONG)).isFalse();
    assertThat(hold.isValid()).isFalse();
    Running<Hold<String>> here = Running.start(() -> mutex.tryAcquire(KEY));
    assertThat(here.result())
        .as("not taken for somebody else's")
        .isNotNull()
        .satisfies(Hold::close);
    await().until(() -> mutex.holders().isEmpty());
  }

  @Test
  void durations_tooLongToCount_areForEver() throws Exception {
    Duration eternity = Duration.ofSeconds(Long.MAX_VALUE);
    Hold<String> hold = node().lease(eternity).maxHold(eternity).acquire(KEY);
    assertThat(hold.extend(eternity)).isTrue();
    assertThat(hold.isValid()).isTrue();
    assertThat(node().tryAcquire(KEY)).isNull();
    hold.releaseAfter(eternity);
    assertThat(node().tryAcquire(KEY)).isNull();
    assertThat(node().forceRelease(KEY)).isTrue();
  }
}
