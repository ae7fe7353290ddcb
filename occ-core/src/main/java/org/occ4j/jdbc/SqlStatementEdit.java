/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.jdbc.internal.pipeline.StatementEdit;
import org.occ4j.mutation.Rejection;

/** An edit of the application, as the pipeline runs it. */
record SqlStatementEdit<K, V>(SqlEdit<K, V> edit, SqlEdit.@Nullable AfterWrite<K, V> after)
    implements StatementEdit<K, V> {

  SqlStatementEdit(SqlEdit<K, V> edit) {
    this(edit, edit.afterWrite());
  }

  @Override
  public @Nullable V apply(K key, @Nullable Versioned<V> before, Connection transaction)
      throws SQLException, Rejection {
    return edit.apply(key, before, transaction);
  }

  @Override
  public boolean hasAfterWrite() {
    return after != null;
  }

  @Override
  public void afterWrite(
      K key, @Nullable Versioned<V> before, @Nullable Versioned<V> now, Connection transaction)
      throws SQLException {
    if (after != null) {
      after.run(key, before, now, transaction);
    }
  }
}
