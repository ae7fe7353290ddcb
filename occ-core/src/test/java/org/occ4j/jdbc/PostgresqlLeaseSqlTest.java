/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** What the statements on leases leave behind in PostgreSQL: neither errors nor locks. */
@Tag(Engine.POSTGRESQL_TAG)
@Timeout(120)
class PostgresqlLeaseSqlTest {
  private static final String NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
  private static final Duration LENGTH = Duration.ofMinutes(10);
  private static final int CONTENDERS = 4;
  private static final int KEYS = 50;

  private final LeaseSql sql = new LeasePostgresql("\"occ_mutex\"", NOW);
  private TestDatabase database;

  @BeforeEach
  void create() {
    database = Engine.POSTGRESQL.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema();
  }

  private boolean isGranted(Connection connection, String key) throws SQLException {
    String nonce = UUID.randomUUID().toString();
    List<LeaseKey> rows = List.of(LeaseKey.of(key.getBytes(UTF_8)));
    return sql.acquire(connection, "orders", new LeaseBid(rows, nonce, nonce, "test", LENGTH))
        .isGranted();
  }

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

  @Test
  void acquire_newKeysRaced_oneIsGrantedEachWithoutAnError() throws Exception {
    List<Running<Integer>> contenders = new ArrayList<>();
    for (int i = 0; i < CONTENDERS; i++) {
      contenders.add(Running.start(this::acquireEveryKey));
    }
    int granted = 0;
    for (Running<Integer> contender : contenders) {
      granted += contender.result();
    }
    assertThat(granted).isEqualTo(KEYS);
  }

  private int acquireEveryKey() throws SQLException {
    int granted = 0;
    try (Connection connection = database.connect()) {
      for (int i = 0; i < KEYS; i++) {
        granted += isGranted(connection, "key " + i) ? 1 : 0;
      }
    }
    return granted;
  }

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
