/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Engine;

/** How the contents of a column travel through JDBC. Stateless. */
public interface ColumnBinding {

  /** Bytes, as the library's own tables hold them. */
  ColumnBinding BYTES =
      new ColumnBinding() {
        @Override
        public boolean isText() {
          return false;
        }

        @Override
        public void bind(
            PreparedStatement statement, int index, @Nullable Object raw, Engine engine)
            throws SQLException {
          if (raw == null) {
            statement.setNull(index, Types.VARBINARY);
          } else {
            statement.setBytes(index, (byte[]) raw);
          }
        }

        @Override
        public @Nullable Object read(ResultSet row, int index, Engine engine) throws SQLException {
          return row.getBytes(index);
        }
      };

  /** Whether the column holds text, which engines compare and order in ways of their own. */
  boolean isText();

  /** What is selected of the column, given quoted, so that {@link #read} can read it. */
  default String selected(String column) {
    return column;
  }

  /** Binds a content, or NULL. */
  void bind(PreparedStatement statement, int index, @Nullable Object raw, Engine engine)
      throws SQLException;

  /** Reads a content, or null for NULL. */
  @Nullable Object read(ResultSet row, int index, Engine engine) throws SQLException;
}
