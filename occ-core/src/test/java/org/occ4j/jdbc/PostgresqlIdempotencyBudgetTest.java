/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlIdempotencyBudgetTest extends IdempotencyBudgetContract {
  PostgresqlIdempotencyBudgetTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  String lockWaitOfOneSecond() {
    return "SET SESSION lock_timeout = '1s'";
  }

  @Test
  void joinTransaction_firstRun_insertsOneRowAndTouchesNoOther() throws Exception {
    MutationId id = id();
    try (OccDatabase node = OccDatabase.open(database.dataSource())) {
      try (Connection caller = database.connect()) {
        caller.setAutoCommit(false);
        node.idempotency().joinTransaction(caller, id, HOW, (t, context) -> write(t));
        assertThat(touched(caller)).isEqualTo("1 0 0");
        caller.commit();
      }
      // Another session, for the counters of a session are not emptied at each commit.
      try (Connection caller = database.connect()) {
        caller.setAutoCommit(false);
        node.idempotency().joinTransaction(caller, id, HOW, (t, context) -> write(t));
        assertThat(touched(caller)).isEqualTo("0 0 0");
        assertThat(text(caller, "SELECT pg_current_xact_id_if_assigned() IS NULL")).isEqualTo("t");
        assertThat(
                text(
                    caller,
                    "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'"
                        + " AND pid = pg_backend_pid()"))
            .as("a replay takes no lock")
            .isEqualTo("0");
        caller.rollback();
      }
    }
  }

  /** BEGIN travels with the look and COMMIT with the answer; the effect is between. */
  @Test
  void executeInTransaction_firstRun_isTwoRoundTripsBesideTheEffect() throws Exception {
    try (Counting count = proxy.counting()) {
      node.idempotency().executeInTransaction(id(), HOW, (t, context) -> write(t));
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(2 + 1);
    }
  }

  /** Rows of the mutation table that this transaction has inserted, updated and deleted. */
  private static String touched(Connection transaction) throws SQLException {
    return text(
        transaction,
        "SELECT n_tup_ins || ' ' || n_tup_upd || ' ' || n_tup_del FROM pg_stat_xact_user_tables"
            + " WHERE relname = 'occ_mutation'");
  }

  /** On a server of its own, with nobody else that would write to the log. */
  @Test
  void replays_write_nothingToTheLog() throws Exception {
    try (DatabaseProcess server = Engine.POSTGRESQL.startProcess()) {
      TestDatabase quiet = server.newDatabase();
      quiet.execute(
          "ALTER SYSTEM SET wal_level = minimal",
          "ALTER SYSTEM SET max_wal_senders = 0",
          "ALTER SYSTEM SET autovacuum = off",
          "ALTER SYSTEM SET checkpoint_timeout = '1d'");
      server.restart();
      try (OccDatabase node = OccDatabase.builder(quiet.dataSource()).createSchema().open();
          Connection observer = quiet.connect();
          Connection caller = quiet.connect()) {
        caller.setAutoCommit(false);
        MutationId id = id();
        String empty = text(observer, "SELECT pg_current_wal_lsn()");
        node.idempotency().executeInTransaction(id, HOW, (t, context) -> "answer");
        String before = text(observer, "SELECT pg_current_wal_lsn()");
        assertThat(before).as("what writes is seen to write").isNotEqualTo(empty);
        for (int i = 0; i < 20; i++) {
          assertThat(node.idempotency().executeInTransaction(id, HOW, (t, context) -> "again"))
              .isInstanceOf(Outcome.Replayed.class);
          assertThat(node.idempotency().execute(id, HOW, context -> "again"))
              .isInstanceOf(Outcome.Replayed.class);
          assertThat(node.idempotency().joinTransaction(caller, id, HOW, (t, context) -> "again"))
              .isInstanceOf(Outcome.Replayed.class);
          caller.commit();
        }
        assertThat(text(observer, "SELECT pg_current_wal_lsn()")).isEqualTo(before);
        assertThat(text(observer, "SELECT pg_current_wal_insert_lsn()")).isEqualTo(before);
      }
    }
  }

  private static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }
}
