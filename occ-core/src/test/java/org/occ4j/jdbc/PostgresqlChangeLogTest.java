/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.StoreUnavailableException;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlChangeLogTest extends JdbcChangeLogContract {
  PostgresqlChangeLogTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  void kill(Connection victim) throws SQLException {
    long backend = Sql.number(victim, "SELECT pg_backend_pid()");
    database().execute("SELECT pg_terminate_backend(" + backend + ")");
  }

  @Test
  void append_inATransactionThatIsOpenForHours_isTold() throws Exception {
    FakeTicker ticker = new FakeTicker();
    JdbcChangeLog log =
        node(OccDatabase.builder(database().dataSource())
                .pollInterval(Duration.ofHours(1))
                .ticker(ticker))
            .changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    try (Connection slow = transaction()) {
      append(log, slow, "slow");
      for (int minutes = 0; minutes < 180; minutes += 4) {
        publish(node().changes(), "k" + minutes);
        log.poll();
        ticker.advance(Duration.ofMinutes(4));
      }
      slow.commit();
    }
    log.poll();
    assertThat(there.changes()).hasSize(46);
    assertThat(there.keys()).endsWith("slow");
    assertThat(there.missed()).isEmpty();
  }

  /** Rows of a dump carry the transaction numbers of the server that it was taken from. */
  @Test
  void poll_rowsWithTransactionNumbersOfAnotherServer_areHistory() throws Exception {
    JdbcChangeLog writer = node().changes();
    publish(writer, "restored");
    publish(writer, "restored too");
    database().execute("UPDATE occ_change SET xact = '1000000000'");
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    publish(writer, "new");
    log.poll();
    log.poll();
    assertThat(there.keys()).containsExactly("new");
  }

  @Test
  void poll_overALongLogWithoutStatistics_readsOnlyWhatIsNew() throws Exception {
    // A database of its own: the sessions of other tests report late what they have read.
    TestDatabase alone = Engine.POSTGRESQL.server().newDatabase();
    long before;
    try (OccDatabase writer = open(alone);
        HikariDataSource one = alone.pool(1)) {
      alone.execute(
          "ALTER TABLE occ_change SET (autovacuum_enabled = false)",
          "INSERT INTO occ_change (source, kind, item_key, version, tags, node, created_at)"
              + " SELECT 'old', 1, 'k' || n, 1, '', 'elsewhere', 0"
              + " FROM generate_series(1, 20000) n");
      before = rowsRead(alone);
      JdbcChangeLog log =
          node(OccDatabase.builder(one).pollInterval(Duration.ofHours(1))).changes();
      RecordingFollower there = new RecordingFollower();
      log.followDirectly(there);
      // More than the driver runs before it lets the server keep a plan.
      for (int i = 0; i < 20; i++) {
        publish(writer.changes(), "k" + i);
        log.poll();
      }
      assertThat(there.changes()).hasSize(20);
    }
    assertThat(rowsRead(alone) - before).isLessThan(5_000);
  }

  /** By all sessions that have ended. */
  private static long rowsRead(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(
          connection,
          "SELECT COALESCE(seq_tup_read + idx_tup_fetch, 0) FROM pg_stat_user_tables"
              + " WHERE relname = 'occ_change'");
    }
  }

  /**
   * A server that crashes gives out transaction numbers again of which nothing had reached the
   * disk, and a snapshot of before the crash calls them seen.
   */
  @Test
  void poll_afterACrashThatSetTransactionNumbersBack_losesNothing() throws Exception {
    try (DatabaseProcess server = Engine.POSTGRESQL.startProcess()) {
      TestDatabase crashing = server.newDatabase();
      crashing.execute("ALTER SYSTEM SET wal_writer_delay = '10s'", "SELECT pg_reload_conf()");
      try (OccDatabase here = open(crashing);
          OccDatabase there = open(crashing)) {
        RecordingFollower follower = new RecordingFollower();
        here.changes().followDirectly(follower);
        publish(there.changes(), "before");
        takeNumbersInVain(crashing);
        here.changes().poll();
        String snapshot;
        try (Connection connection = crashing.connect()) {
          snapshot = Sql.text(connection, "SELECT pg_current_snapshot()");
        }
        server.kill();
        server.restart();
        publish(there.changes(), "after");
        assertThat(newTo(snapshot, crashing)).as("what the snapshot alone would find").isZero();
        here.changes().poll();
        assertThat(follower.keys()).containsExactly("before", "after");
        assertThat(follower.missed()).isEmpty();
      }
    }
  }

  @Test
  void poll_onAStandby_isRefusedInsteadOfLosingWhatIsOpenOnThePrimary() throws Exception {
    try (DatabaseProcess server = Engine.POSTGRESQL.startProcess()) {
      TestDatabase failing = server.newDatabase();
      try (OccDatabase here = open(failing)) {
        here.changes().followDirectly(new RecordingFollower());
        Path data;
        try (Connection connection = failing.connect()) {
          data = Path.of(Sql.text(connection, "SHOW data_directory"));
        }
        server.kill();
        Files.createFile(data.resolve("standby.signal"));
        server.restart();
        assertThatThrownBy(here.changes()::poll)
            .isInstanceOf(StoreUnavailableException.class)
            .hasMessageContaining("standby");
      }
    }
  }

  private static OccDatabase open(TestDatabase database) {
    return OccDatabase.builder(database.dataSource())
        .pollInterval(Duration.ofHours(1))
        .createSchema()
        .open();
  }

  private static void takeNumbersInVain(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < 500; i++) {
        Sql.text(connection, "SELECT pg_current_xact_id()");
        connection.rollback();
      }
    }
  }

  private static long newTo(String snapshot, TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(
          connection,
          "SELECT COUNT(*) FROM occ_change WHERE NOT pg_visible_in_snapshot(xact, '%s')"
              .formatted(snapshot));
    }
  }
}
