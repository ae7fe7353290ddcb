/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.occ4j.testkit.Engine;

/** Queries of one value, for tests. */
final class Sql {
  private Sql() {}

  static long number(Connection connection, String query) throws SQLException {
    return Long.parseLong(text(connection, query));
  }

  static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).as(query).isTrue();
      return row.getString(1);
    }
  }

  /** How many sessions wait for another one. */
  static String waitingSessions(Engine engine) {
    return switch (engine) {
      case H2, H2_MEMORY ->
          // An insert that waits for the like of it has no blocker, but it is executing.
          "SELECT COUNT(*) FROM INFORMATION_SCHEMA.SESSIONS"
              + " WHERE BLOCKER_ID IS NOT NULL OR EXECUTING_STATEMENT LIKE '%TABLE (INSERT INTO%'";
      case POSTGRESQL ->
          "SELECT COUNT(*) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND wait_event_type = 'Lock'";
      case MARIADB, MARIADB_MYSQL_DRIVER ->
          // Not innodb_trx, which goes stale while it is asked more often than ten times a second.
          "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS"
              + " WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'";
    };
  }
}
