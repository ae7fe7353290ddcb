/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.h2;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.store.ForeignChangeTrigger;
import org.occ4j.jdbc.internal.store.H2TriggerSettings;

/**
 * The changes of rows that were written past the library, in the writer's transaction. A write of
 * the library appends its change itself; it marks its session while it writes.
 */
record ForeignChanges(H2TriggerSettings settings, Connection connection) {
  private static final int PUT = 1;
  private static final int DELETE = 2;

  void append(@Nullable WrittenRow was, @Nullable WrittenRow is) throws SQLException {
    if (isOwn()) {
      return;
    }
    if (was != null && (is == null || !was.key().equals(is.key()))) {
      append(DELETE, was, null);
    }
    if (is != null) {
      append(PUT, is, is.updatedBy());
    }
  }

  private boolean isOwn() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet mark = statement.executeQuery("SELECT " + ForeignChangeTrigger.MARK)) {
      mark.next();
      return mark.getLong(1) == settings.mark();
    }
  }

  private void append(int kind, WrittenRow row, @Nullable String updatedBy) throws SQLException {
    String insert =
        ("INSERT INTO " + settings.log() + " " + ForeignChangeTrigger.COLUMNS)
            + (" VALUES (?, ?, ?, ?, ?, '', '', " + settings.now() + ")");
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setString(1, settings.source());
      statement.setInt(2, kind);
      statement.setString(3, cut(escaped(row.key()), ForeignChangeTrigger.KEY_LENGTH));
      statement.setLong(4, row.version());
      statement.setString(
          5, updatedBy == null ? null : cut(updatedBy, ForeignChangeTrigger.USER_LENGTH));
      statement.executeUpdate();
    }
  }

  /** As the library stores a key's text, see {@code ChangeRows}. */
  private static String escaped(String key) {
    return key.replace("\\", "\\\\").replace("\0", "\\0");
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }
}
