/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/**
 * Why no promise is made for writes to a table of H2 that somebody alters meanwhile: the engine
 * itself loses rows that it has acknowledged, by plain JDBC.
 */
class H2AlterTest {
  private static final int MOST_ROUNDS = 100;

  @Test
  void insert_whileTheTableIsAltered_isLostByTheEngineThoughAcknowledged() throws Exception {
    TestDatabase database = Engine.H2_MEMORY.server().newDatabase();
    database.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, spare INT)");
    AtomicBoolean altered = new AtomicBoolean();
    Running<Set<Long>> writer = Running.start(() -> acknowledged(database, altered));
    long lost = 0;
    for (int round = 0; round < MOST_ROUNDS && lost == 0; round++) {
      database.execute("ALTER TABLE t ADD COLUMN extra INT", "ALTER TABLE t DROP COLUMN extra");
      lost = holesIn(database);
    }
    altered.set(true);
    Set<Long> acknowledged = writer.result();
    acknowledged.removeAll(present(database));
    assertThat(acknowledged).as("if this is empty, H2 has been mended").isNotEmpty();
  }

  private static Set<Long> acknowledged(TestDatabase database, AtomicBoolean enough)
      throws SQLException {
    Set<Long> done = new HashSet<>();
    try (Connection connection = database.connect()) {
      for (long id = 1; !enough.get(); id++) {
        try (PreparedStatement insert =
            connection.prepareStatement("INSERT INTO t (id) VALUES (?)")) {
          insert.setLong(1, id);
          insert.executeUpdate();
          done.add(id);
        } catch (SQLException tableNotFoundAtThatMoment) {
          id--;
        }
      }
    }
    return done;
  }

  /** The writer leaves none. */
  private static long holesIn(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, "SELECT COALESCE(MAX(id), 0) - COUNT(*) FROM t");
    }
  }

  private static Set<Long> present(TestDatabase database) throws SQLException {
    Set<Long> ids = new HashSet<>();
    try (Connection connection = database.connect();
        ResultSet row = connection.createStatement().executeQuery("SELECT id FROM t")) {
      while (row.next()) {
        ids.add(row.getLong(1));
      }
    }
    return ids;
  }
}
