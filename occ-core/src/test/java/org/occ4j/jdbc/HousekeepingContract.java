/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.CapturedLog;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** What two nodes remove by themselves, and what they leave. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HousekeepingContract {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  /** Longer than any test: a run that pauses this long stands where it is. */
  private static final Duration FOR_EVER = Duration.ofHours(1);

  private static final Duration BRIEF = Duration.ofSeconds(2);
  private static final Housekeeping SMALL =
      Housekeeping.off().batchSize(2).pause(Duration.ZERO).interval(Duration.ofMillis(1));
  private static final long EIGHT_DAYS = Duration.ofDays(8).toMillis() * 1_000;

  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private SwitchedDataSource switched;
  private OccDatabase here;
  private OccDatabase there;

  HousekeepingContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void makeDatabase() throws SQLException {
    database = engine.server().newDatabase();
    pool = database.pool(8);
    OccDatabase.builder(pool).createSchema().open().close();
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void openTwoNodes() throws SQLException {
    database.execute("DELETE FROM occ_mutation", "DELETE FROM occ_change", "DELETE FROM occ_mutex");
    switched = new SwitchedDataSource(pool);
    here = OccDatabase.builder(switched).housekeeping(SMALL).open();
    there = OccDatabase.builder(pool).housekeeping(SMALL).open();
  }

  @AfterEach
  void closeBoth() {
    switched.on();
    here.close();
    there.close();
  }

  private static MutationId id() {
    return new MutationId(new Scope("acme", "ada", "note.add"), UUID.randomUUID());
  }

  private MutationId answered() throws Exception {
    MutationId id = id();
    there.idempotency().execute(id, HOW, context -> "x");
    return id;
  }

  /** Answers whose retention is over. */
  private void answersThatAreOver(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      answered();
    }
    database.execute("UPDATE occ_mutation SET purge_after = 1");
  }

  private void changes(int count) {
    for (int i = 0; i < count; i++) {
      there.changes().publish(new ChangeDraft("test", Change.Kind.PUT, "k" + i, 1, null, Set.of()));
    }
  }

  private void locksUsedEightDaysAgo(String... namespaces) throws Exception {
    for (String namespace : namespaces) {
      for (int key = 0; key < 5; key++) {
        there.mutex(namespace).acquire("k" + key).close();
      }
    }
    database.execute(
        "UPDATE occ_mutex SET token = token - %1$d, expires_at = expires_at - %1$d"
            .formatted(EIGHT_DAYS));
  }

  private long count(String table) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, "SELECT COUNT(*) FROM " + table);
    }
  }

  private Housekeeper keeper(OccDatabase node, Housekeeping settings) {
    return node.housekeeper(settings, node.mutex(Housekeeper.NAMESPACE));
  }

  // What goes and what stays

  @Test
  void run_removesWhatIsOver_inAllThreeTablesAndNothingElse() throws Exception {
    answersThatAreOver(5);
    MutationId kept = answered();
    changes(5);
    database.execute("UPDATE occ_change SET created_at = 1");
    changes(1);
    locksUsedEightDaysAgo("orders", "tasks", "zebra");
    there.mutex("orders").acquire("fresh").close();

    Housekeeper keeper = keeper(here, SMALL);
    keeper.run();
    assertThat(keeper.stats()).isEqualTo(new HousekeepingStats(1, 0, 0, 5, 4, 15));
    assertThat(there.idempotency().execute(kept, HOW, context -> "again"))
        .isInstanceOf(Outcome.Replayed.class);
    assertThat(count("occ_mutation")).isOne();
    assertThat(count("occ_change")).as("and the newest that is old").isEqualTo(2);
    assertThat(count("occ_mutex WHERE namespace <> 'occ4j.housekeeping'")).isOne();
  }

  /** A cursor may stand there; when its row is gone it takes the database for a restored one. */
  @Test
  void run_changes_keepsTheNewestThatIsOld() throws Exception {
    changes(3);
    database.execute("UPDATE occ_change SET created_at = 1");
    keeper(here, SMALL).run();
    assertThat(count("occ_change")).isOne();
  }

  /** Whoever sent it again would have a payment made a second time. */
  @Test
  void run_unresolvedMutation_staysUntilItIsSettled() throws Exception {
    MutationId id = answered();
    database.execute(
        "UPDATE occ_mutation SET state = 1, external_call = TRUE, lease_until = 1,"
            + " completed_at = NULL, purge_after = 1");
    keeper(here, SMALL).run();
    assertThat(there.idempotency().unresolved(10)).extracting(MutationRecord::id).contains(id);
    assertThat(there.idempotency().settle(id, HOW, "paid")).isTrue();
    database.execute("UPDATE occ_mutation SET purge_after = 1");
    Housekeeper next = keeper(here, SMALL);
    await()
        .until(
            () -> {
              next.run();
              return next.stats().answers() == 1;
            });
  }

  @Test
  void run_locks_leavesWhatIsHeldOrPinnedOrAheadOfTheClock() throws Exception {
    locksUsedEightDaysAgo("orders");
    long ahead = 10 * EIGHT_DAYS;
    database.execute(
        "UPDATE occ_mutex SET token = token + " + ahead + " WHERE lock_key = " + bytesOf("k0"));
    Hold<String> held = there.mutex("orders").acquire("k1");
    try (Connection pinning = database.connect()) {
      pinning.setAutoCommit(false);
      there.mutex("orders").acquireInTransaction(pinning, "k2", Duration.ZERO);
      Housekeeper keeper = keeper(here, SMALL);
      keeper.run();
      assertThat(keeper.stats().locks()).as("k3, k4").isEqualTo(2);
      pinning.rollback();
    }
    assertThat(held.isValid()).isTrue();
    held.close();
    try (Hold<String> again = there.mutex("orders").acquire("k3")) {
      assertThat(again.fencingToken()).isGreaterThan(held.fencingToken());
    }
  }

  private String bytesOf(String key) {
    return switch (engine) {
      case POSTGRESQL -> "'" + key + "'::bytea";
      case H2, H2_MEMORY -> "STRINGTOUTF8('" + key + "')";
      case MARIADB, MARIADB_MYSQL_DRIVER -> "'" + key + "'";
    };
  }

  /** A walk through all locks costs what the table is long. */
  @Test
  void run_again_looksAtLocksOnlyAfterAWhile() throws Exception {
    Housekeeper keeper = keeper(here, SMALL);
    keeper.run();
    locksUsedEightDaysAgo("orders");
    await()
        .until(
            () -> {
              keeper.run();
              return keeper.stats().runs() == 2;
            });
    assertThat(keeper.stats().locks()).isZero();
  }

  // One node at a time

  @Test
  void run_whileAnotherNodePausesBetweenBatches_isThatNodesAlone() throws Exception {
    answersThatAreOver(5);
    Housekeeper slow = keeper(here, SMALL.pause(FOR_EVER));
    Housekeeper other = keeper(there, SMALL);
    Running<Void> run = start(slow);
    await().until(() -> slow.stats().answers() == 2);
    other.run();
    assertThat(other.stats()).isEqualTo(new HousekeepingStats(0, 1, 0, 0, 0, 0));
    assertThat(count("occ_mutation")).as("one batch").isEqualTo(3);

    slow.close();
    run.result();
    assertThat(slow.stats().runs()).as("cut short").isZero();
    await()
        .until(
            () -> {
              other.run();
              return other.stats().answers() == 3;
            });
  }

  @Test
  void run_withinTheIntervalOfAnotherNodesRun_isSkipped() throws Exception {
    answersThatAreOver(1);
    keeper(here, SMALL.interval(FOR_EVER)).run();
    answersThatAreOver(1);
    Housekeeper other = keeper(there, SMALL.interval(FOR_EVER));
    other.run();
    assertThat(other.stats().skipped()).isOne();
    assertThat(count("occ_mutation")).isOne();
  }

  /** As if its process had died: its lease is neither renewed nor given back. */
  @Test
  void run_nodeIsLostBetweenBatches_anotherGoesOnAfterTheLease() throws Exception {
    answersThatAreOver(5);
    Housekeeper lost =
        here.housekeeper(SMALL.pause(FOR_EVER), here.mutex(Housekeeper.NAMESPACE).lease(BRIEF));
    Running<Void> run = start(lost);
    await().until(() -> lost.stats().answers() == 2);
    switched.off();
    Housekeeper other = keeper(there, SMALL);
    await()
        .until(
            () -> {
              other.run();
              return other.stats().answers() == 3;
            });
    lost.close();
    run.result();
    assertThat(lost.stats().answers()).isEqualTo(2);
  }

  private static Running<Void> start(Housekeeper keeper) {
    return Running.start(
        () -> {
          keeper.run();
          return null;
        });
  }

  // Without being asked

  @Test
  void open_housekeepingOn_runsByItselfAndEndsWithTheDatabase() throws Exception {
    answersThatAreOver(3);
    Housekeeping often =
        Housekeeping.defaults().interval(Duration.ofMillis(100)).pause(Duration.ZERO);
    OccDatabase busy = OccDatabase.builder(pool).housekeeping(often).open();
    await().until(() -> count("occ_mutation") == 0);
    await().until(() -> busy.housekeeper().stats().runs() >= 2);
    assertThat(busy.housekeeper().isAlive()).isTrue();
    busy.close();
    assertThat(busy.housekeeper().isAlive()).isFalse();
  }

  @Test
  void open_byDefault_isOn() {
    try (OccDatabase plain = OccDatabase.open(pool)) {
      assertThat(plain.housekeeper().isAlive()).isTrue();
    }
  }

  @Test
  void open_housekeepingOff_hasNoThread() throws Exception {
    answersThatAreOver(1);
    assertThat(here.housekeeper().isAlive()).isFalse();
    assertThat(here.idempotency().purge(10).removed()).as("by hand").isOne();
  }

  @Test
  @ResourceLock(Resources.SYSTEM_ERR)
  void run_databaseDown_isLoggedAndGoesOnLater() throws Exception {
    answersThatAreOver(3);
    Housekeeper keeper = keeper(here, SMALL);
    try (CapturedLog log = new CapturedLog()) {
      switched.off();
      keeper.run();
      assertThat(log.lines().filter(line -> line.contains("housekeeping was cut short")))
          .singleElement()
          .asString()
          .contains("WARN");
      switched.on();
      await()
          .until(
              () -> {
                keeper.run();
                return keeper.stats().runs() == 1;
              });
      assertThat(log.lines()).anyMatch(line -> line.contains("INFO") && line.contains("removed 3"));
    }
    assertThat(keeper.stats().failed()).isPositive();
    assertThat(count("occ_mutation")).isZero();
  }

  @Test
  void settings_outOfRange_areNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Housekeeping.defaults().interval(Duration.ZERO))
        .withMessageContaining("interval");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Housekeeping.defaults().batchSize(1_001))
        .withMessageContaining("batchSize");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Housekeeping.defaults().pause(Duration.ofMillis(-1)))
        .withMessageContaining("pause");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Housekeeping.defaults().changesKept(Duration.ofMinutes(9)))
        .withMessageContaining("changes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Housekeeping.defaults().idleLocksKept(Duration.ofMinutes(59)))
        .withMessageContaining("locks");
  }
}
