/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.occ4j.testkit.TestDatabase;

/** The table of the application into which an edit with a statement of its own writes a row. */
final class AuditTable {
  private AuditTable() {}

  static void create(TestDatabase database) throws SQLException {
    database.execute(
        "CREATE TABLE audit (mutation_id VARCHAR(36) PRIMARY KEY, item_key VARCHAR(100) NOT NULL,"
            + " changed_by VARCHAR(100) NOT NULL, changed_at TIMESTAMP(6) NOT NULL)");
  }

  static void insert(Connection transaction, UUID id, String key) throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement(
            "INSERT INTO audit (mutation_id, item_key, changed_by, changed_at)"
                + " VALUES (?, ?, 'ada', CURRENT_TIMESTAMP(6))")) {
      insert.setString(1, id.toString());
      insert.setString(2, key);
      insert.executeUpdate();
    }
  }

  static long count(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM audit")) {
      row.next();
      return row.getLong(1);
    }
  }
}
