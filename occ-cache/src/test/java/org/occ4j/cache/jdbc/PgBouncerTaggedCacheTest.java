/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PgBouncer;
import org.occ4j.testkit.TestDatabase;

/**
 * The contract behind pgBouncer in transaction mode, where all connections share two sessions of
 * the server: whatever the feed or the cache left in a session would be somebody else's next.
 */
@Tag(Engine.POSTGRESQL_TAG)
class PgBouncerTaggedCacheTest extends JdbcTaggedCacheContract {
  private static final int SESSIONS = 2;

  private static @Nullable PgBouncer bouncer;

  PgBouncerTaggedCacheTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  TestDatabase newDatabase() {
    bouncer = PgBouncer.startOrSkip(super.newDatabase(), SESSIONS);
    return bouncer.database();
  }

  @AfterAll
  static void stopBouncer() {
    if (bouncer != null) {
      bouncer.close();
      bouncer = null;
    }
  }

  @Test
  void connections_shareFewerSessionsThanTheyAre() throws SQLException {
    List<Connection> opened = new ArrayList<>();
    Set<String> sessions = new HashSet<>();
    try {
      for (int i = 0; i < 3 * SESSIONS; i++) {
        Connection connection = database().connect();
        opened.add(connection);
        sessions.add(session(connection));
      }
    } finally {
      for (Connection connection : opened) {
        connection.close();
      }
    }
    assertThat(sessions).hasSizeLessThanOrEqualTo(SESSIONS);
  }

  private static String session(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return row.getString(1);
    }
  }
}
