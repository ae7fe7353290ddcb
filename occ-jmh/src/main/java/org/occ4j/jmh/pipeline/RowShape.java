/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.occ4j.Codec;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.TestDatabase;

/**
 * Rows of one kind: the values in them, which every rival edits in the same way, and their columns.
 * Each row has a version, the time and the writer of its last change besides.
 *
 * @param <V> the values
 */
interface RowShape<V> {

  /** The value whose count is zero. */
  V zero();

  /** The edit of every rival. */
  V plusOne(V value);

  /** How often a value was edited. */
  long count(V value);

  /** How an answer is kept. */
  Codec<V> codec();

  /** Where this library's pipeline has the rows; makes the table if it is the application's. */
  JdbcVersionedStore<String, V> store(OccDatabase database, TestDatabase direct)
      throws SQLException;

  // The hand-written transaction's.

  /** Makes the table of the hand-written transaction. */
  void create(TestDatabase direct) throws SQLException;

  /** The name of that table. */
  String table();

  /** The columns of its primary key. */
  List<String> keyColumns();

  /** The columns of its values. */
  List<String> valueColumns();

  /** Binds a key from {@code index} on; returns the index behind it. */
  int bindKey(PreparedStatement statement, int index, String key) throws SQLException;

  /** Binds a value from {@code index} on; returns the index behind it. */
  int bindValue(PreparedStatement statement, int index, V value) throws SQLException;

  /** Reads a value, whose columns begin at {@code index}. */
  V value(ResultSet row, int index) throws SQLException;
}
