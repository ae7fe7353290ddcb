/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PlannedFault;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/** What the registry adds to a transaction, counted on the wire. */
abstract class IdempotencyBudgetContract {
  static final IdempotencyOptions<String> HOW = IdempotencyOptions.returning(Codec.strings());

  final TestDatabase database;
  final WireProxy proxy;
  private HikariDataSource pool;
  OccDatabase node;

  IdempotencyBudgetContract(Engine engine) {
    this.database = engine.server().newDatabase();
    this.proxy = WireProxy.before(database);
  }

  @BeforeEach
  void open() throws SQLException {
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute("CREATE TABLE note (text VARCHAR(100) NOT NULL)");
    pool = database.through(proxy).silentPool(1);
    node = OccDatabase.open(pool);
  }

  @AfterEach
  void close() {
    node.close();
    pool.close();
    proxy.close();
  }

  static MutationId id() {
    return new MutationId(new Scope("acme", "ada", "note.add"), UUID.randomUUID());
  }

  /** An effect of one statement. */
  static String write(Connection transaction) throws SQLException {
    try (PreparedStatement insert = transaction.prepareStatement("INSERT INTO note VALUES ('n')")) {
      insert.executeUpdate();
      return "written";
    }
  }

  private Outcome<String> join(Connection transaction, MutationId id) throws Exception {
    return node.idempotency()
        .joinTransaction(transaction, id, HOW, (joined, context) -> write(joined));
  }

  @Test
  void joinTransaction_firstRun_addsTwoStatementsAndNoCommit() throws Exception {
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      try (Counting count = proxy.counting()) {
        assertThat(join(caller, id())).isInstanceOf(Outcome.Executed.class);
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(2 + 1);
        assertThat(commits(count)).as(count.toString()).isZero();
      }
      caller.commit();
    }
  }

  @Test
  void joinTransaction_replay_isOneStatement() throws Exception {
    MutationId id = id();
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      join(caller, id);
      caller.commit();
      try (Counting count = proxy.counting()) {
        assertThat(join(caller, id)).isInstanceOf(Outcome.Replayed.class);
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      }
      caller.rollback();
    }
  }

  @Test
  void joinTransaction_besideARival_isRefusedByOneStatement() throws Exception {
    MutationId id = id();
    try (Connection rival = database.connect();
        OccDatabase elsewhere = OccDatabase.open(database.dataSource());
        Connection caller = pool.getConnection()) {
      rival.setAutoCommit(false);
      elsewhere.idempotency().joinTransaction(rival, id, HOW, (joined, context) -> write(joined));
      caller.setAutoCommit(false);
      try (Counting count = proxy.counting()) {
        assertThat(join(caller, id)).isInstanceOf(Outcome.Refused.class);
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      }
      write(caller);
      caller.commit();
      rival.rollback();
    }
  }

  @Test
  void executeInTransaction_firstRun_commitsOnce() throws Exception {
    try (Counting count = proxy.counting()) {
      node.idempotency()
          .executeInTransaction(id(), HOW, (transaction, context) -> write(transaction));
      assertThat(commits(count)).as(count.toString()).isOne();
      assertThat(count.statements())
          .as(count.toString())
          .filteredOn(sql -> sql.contains("occ_mutation"))
          .hasSize(2);
    }
  }

  /** A read needs no transaction, so there is none to end. */
  @Test
  void executeInTransaction_replayOfWhatThisNodeHasSeenDone_isOneRoundTrip() throws Exception {
    MutationId id = id();
    assertThat(once(id)).isInstanceOf(Outcome.Executed.class);
    try (Counting count = proxy.counting()) {
      assertThat(once(id)).isInstanceOf(Outcome.Replayed.class);
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
    }
    try (OccDatabase other = OccDatabase.open(database.dataSource())) {
      other.idempotency().forget(id);
    }
    assertThat(once(id)).as("a hint decides nothing").isInstanceOf(Outcome.Executed.class);
  }

  private Outcome<String> once(MutationId id) throws Exception {
    return node.idempotency()
        .executeInTransaction(id, HOW, (transaction, context) -> write(transaction));
  }

  @Test
  void execute_firstRunAndReplay_areThreeStatementsAndOne() throws Exception {
    MutationId id = id();
    try (Counting count = proxy.counting()) {
      node.idempotency().execute(id, HOW, context -> "done");
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(3);
    }
    try (Counting count = proxy.counting()) {
      assertThat(node.idempotency().execute(id, HOW, context -> "again"))
          .isInstanceOf(Outcome.Replayed.class);
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
    }
  }

  private static long commits(Counting count) {
    return count.statements().stream()
        .filter(sql -> sql.toUpperCase(Locale.ROOT).contains("COMMIT"))
        .filter(sql -> !sql.toLowerCase(Locale.ROOT).contains("autocommit"))
        .count();
  }

  /** A purge that has not committed yet holds nobody up who inserts beside the rows that go. */
  @Test
  void purge_underWay_blocksNoInsert() throws Exception {
    for (int i = 0; i < 20; i++) {
      node.idempotency().execute(id(), HOW, context -> "old");
    }
    database.execute("UPDATE occ_mutation SET purge_after = 1");
    PlannedFault held = proxy.hold(sql -> sql.toUpperCase(Locale.ROOT).startsWith("COMMIT"));
    Running<PurgeReport> purge = Running.start(() -> node.idempotency().purge(100));
    held.awaitHappened();
    try (OccDatabase elsewhere = OccDatabase.open(database.dataSource());
        Connection impatient = database.connect();
        Statement statement = impatient.createStatement()) {
      impatient.setAutoCommit(false);
      statement.execute(lockWaitOfOneSecond());
      for (int i = 0; i < 10; i++) {
        // In the order of purging they come next after the rows that go: into the gap behind them.
        assertThat(
                elsewhere
                    .idempotency()
                    .joinTransaction(impatient, id(), HOW, (t, context) -> "new"))
            .isInstanceOf(Outcome.Executed.class);
      }
      impatient.commit();
    } finally {
      held.release();
    }
    assertThat(purge.result().removed()).isEqualTo(20);
  }

  /** A statement that lets the session wait for a lock for a second at most. */
  abstract String lockWaitOfOneSecond();
}
