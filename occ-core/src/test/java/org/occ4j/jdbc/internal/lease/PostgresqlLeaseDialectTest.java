/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.internal.lease.LeaseDialect.AcquireRequest;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** What the statements on leases leave behind in PostgreSQL: neither errors nor locks. */
@Tag(Engine.POSTGRESQL_TAG)
@Timeout(120)
class PostgresqlLeaseDialectTest {
  private static final String NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
  private static final Duration LENGTH = Duration.ofMinutes(10);
  private static final int CONTENDERS = 4;
  private static final int KEYS = 50;

  private final LeaseDialect sql = new PostgresqlLeaseDialect("\"occ_mutex\"", NOW);
  private TestDatabase database;

  @BeforeEach
  void create() {
    database = Engine.POSTGRESQL.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
  }

  private boolean isGranted(Connection connection, String key) throws SQLException {
    return isGranted(connection, key, UUID.randomUUID().toString());
  }

  private boolean isGranted(Connection connection, String key, String nonce) throws SQLException {
    AcquireRequest bid = new AcquireRequest(rows(key), nonce, nonce, "test", LENGTH);
    return sql.acquire(connection, "orders", bid).isGranted();
  }

  private static List<LeaseKey> rows(String key) {
    return List.of(LeaseKey.of(key.getBytes(UTF_8)));
  }

  private boolean release(Connection connection, String key, String nonce) throws SQLException {
    return sql.release(connection, "orders", rows(key), nonce, false);
  }

  private static @Nullable String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  // What is not written

  private interface Attempt {
    boolean isGranted(Connection connection) throws SQLException;
  }

  /** Whether an attempt at a held key wrote something, were it a lock: then it has a number. */
  private boolean failsAndWrites(Attempt attempt) throws SQLException {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      assertThat(attempt.isGranted(connection)).isFalse();
      boolean wrote = text(connection, "SELECT pg_current_xact_id_if_assigned()") != null;
      connection.rollback();
      return wrote;
    }
  }

  /** The first by the statement for a key that may be new, the second by that for a known one. */
  @Test
  void acquire_keyIsHeld_writesNothing() throws Exception {
    try (OccDatabase node = OccDatabase.open(database.dataSource())) {
      node.mutex("orders").acquire("task:42");
      assertThat(failsAndWrites(connection -> isGranted(connection, "task:42"))).isFalse();
      assertThat(failsAndWrites(connection -> isGranted(connection, "task:42"))).isFalse();
      assertThat(failsAndWrites(PostgresqlLeaseDialectTest::upsert)).as("the twin").isTrue();
    }
  }

  /** The usual way to take a row in one statement: locks the row that it then does not take. */
  private static boolean upsert(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(
              "INSERT INTO occ_mutex VALUES ('orders', 'task:42', 1, 'n', 'h', 0, 0)"
                  + " ON CONFLICT (namespace, lock_key) DO UPDATE SET owner = 'n'"
                  + " WHERE occ_mutex.expires_at < 0")
          > 0;
    }
  }

  /** With either statement, though the key is free: the lock may be that of a long transaction. */
  @Test
  void acquire_rowLockedByATransaction_isPassedOver() throws Exception {
    try (Connection owner = database.connect();
        Connection asker = database.connect()) {
      assertThat(isGranted(owner, "task:42", "first")).isTrue();
      assertThat(release(owner, "task:42", "first")).isTrue();
      owner.setAutoCommit(false);
      text(owner, "SELECT token FROM occ_mutex FOR SHARE");
      assertThat(isGranted(asker, "task:42")).as("known").isFalse();
      assertThat(
              new PostgresqlLeaseDialect("\"occ_mutex\"", NOW)
                  .acquire(
                      asker,
                      "orders",
                      new AcquireRequest(rows("task:42"), "n", "n", "test", LENGTH))
                  .isGranted())
          .as("not known")
          .isFalse();
      owner.rollback();
      assertThat(isGranted(asker, "task:42")).isTrue();
    }
  }

  @Test
  void acquire_knownRowWasDeleted_isGranted() throws Exception {
    try (Connection connection = database.connect()) {
      for (int i = 0; i < 2; i++) {
        assertThat(isGranted(connection, "task:42")).isTrue();
        assertThat(isGranted(connection, "task:42")).as("held").isFalse();
        database.execute("DELETE FROM occ_mutex");
      }
    }
  }

  @Test
  void release_doesNotWaitForTheDisk_andNothingElseIsSpared() throws Exception {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      assertThat(isGranted(connection, "task:42", "first")).isTrue();
      assertThat(text(connection, "SHOW synchronous_commit")).isEqualTo("on");
      connection.commit();
      assertThat(release(connection, "task:42", "first")).isTrue();
      assertThat(text(connection, "SHOW synchronous_commit")).isEqualTo("off");
      connection.commit();
      assertThat(text(connection, "SHOW synchronous_commit")).isEqualTo("on");
      assertThat(isGranted(connection, "task:42")).isTrue();
    }
  }

  // New keys

  /** A duplicate would come out as an SQLException here, and as an error in the server's log. */
  @Test
  void acquire_newKeyInsertedByAnotherMeanwhile_isHeldWithoutAnError() throws Exception {
    try (Connection one = database.connect();
        Connection other = database.connect()) {
      one.setAutoCommit(false);
      assertThat(isGranted(one, "task:42")).isTrue();
      assertThat(isGranted(other, "task:42")).as("not committed yet").isFalse();
      one.commit();
      assertThat(isGranted(other, "task:42")).as("committed").isFalse();
    }
  }

  private record Race(int granted, int errors) {
    Race plus(Race other) {
      return new Race(granted + other.granted, errors + other.errors);
    }
  }

  private interface Way {
    boolean isGranted(Connection connection, String key) throws SQLException;
  }

  @Test
  void acquire_newKeysRaced_oneIsGrantedEachWithoutAnError() throws Exception {
    assertThat(race(this::isGranted)).isEqualTo(new Race(KEYS, 0));
  }

  /** The broken twin: it inserts blindly and takes the duplicate for an answer. */
  @Test
  void blindInsert_newKeysRaced_isCaught() throws Exception {
    assertThat(race(PostgresqlLeaseDialectTest::insertBlindly))
        .isEqualTo(new Race(KEYS, KEYS * (CONTENDERS - 1)));
  }

  private static boolean insertBlindly(Connection connection, String key) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO occ_mutex VALUES ('o', ?, 1, 'n', 'h', 0, 0)")) {
      insert.setBytes(1, key.getBytes(UTF_8));
      return insert.executeUpdate() == 1;
    }
  }

  private Race race(Way way) throws Exception {
    List<Running<Race>> contenders = new ArrayList<>();
    for (int i = 0; i < CONTENDERS; i++) {
      contenders.add(Running.start(() -> acquireEveryKey(way)));
    }
    Race all = new Race(0, 0);
    for (Running<Race> contender : contenders) {
      all = all.plus(contender.result());
    }
    return all;
  }

  private Race acquireEveryKey(Way way) throws SQLException {
    Race race = new Race(0, 0);
    try (Connection connection = database.connect()) {
      for (int i = 0; i < KEYS; i++) {
        try {
          race = race.plus(new Race(way.isGranted(connection, "key " + i) ? 1 : 0, 0));
        } catch (SQLException error) {
          race = race.plus(new Race(0, 1));
        }
      }
    }
    return race;
  }

  // Locks

  /** A lock of a session would outlive its holder on a pooled connection. */
  @Test
  void hold_anyStage_hasNoLockInTheDatabase() throws Exception {
    try (OccDatabase node = OccDatabase.open(database.dataSource());
        Connection looker = database.connect()) {
      JdbcKeyedMutex<String> mutex = node.mutex("orders");
      try (Hold<String> hold = mutex.acquire("task:42")) {
        assertThat(hold.isValid()).isTrue();
        assertThat(advisoryLocks(looker)).isZero();
      }
      assertThat(advisoryLocks(looker)).isZero();
    }
  }

  /** The broken twin: a lock of the session, on a connection that goes back to its pool. */
  @Test
  void sessionLock_onAPooledConnection_isCaughtAfterItsHolderIsGone() throws Exception {
    try (HikariDataSource pool = database.pool(1);
        Connection looker = database.connect()) {
      try (Connection borrowed = pool.getConnection()) {
        text(borrowed, "SELECT pg_advisory_lock(42)");
      }
      assertThat(advisoryLocks(looker)).isEqualTo(1);
    }
  }

  private static long advisoryLocks(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT COUNT(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                    + " WHERE locktype = 'advisory' AND d.datname = current_database()")) {
      row.next();
      return row.getLong(1);
    }
  }
}
