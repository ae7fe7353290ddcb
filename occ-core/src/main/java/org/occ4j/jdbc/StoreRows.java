/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;

/**
 * The statements of one namespace of the library's own store table.
 *
 * <p>Each write is one statement that checks the expectation and answers what it did; only a write
 * that did nothing is followed by a read of what is there.
 */
final class StoreRows {

  /** A row as it lies in the table. */
  @SuppressWarnings("ArrayRecordComponent") // never compared; decoded by the caller at once
  record Row(byte[] key, long version, long updatedAt, @Nullable String updatedBy, byte[] payload) {

    /** The row as an expectation sees it. */
    Versioned<byte[]> undecoded() {
      return new Versioned<>(payload, version, Timestamps.ofMicros(updatedAt), updatedBy);
    }
  }

  /** What a write gave its row. */
  record Stamp(long version, long updatedAt) {}

  private static final String COLUMNS = "item_key, version, updated_at, updated_by, payload";

  private final String namespace;
  private final String selectOne;
  private final String selectForUpdate;
  private final String selectAmong;
  private final String update;
  private final String insert;
  private final String raise;
  private final String delete;
  private final String scan;

  StoreRows(JdbcContext context, String namespace) {
    this.namespace = namespace;
    String table = context.schema().table("store");
    String now = context.profile().nowMicros();
    String ofKey = " WHERE namespace = ? AND item_key = ?";
    this.selectOne = "SELECT " + COLUMNS + " FROM " + table + ofKey;
    this.selectForUpdate = selectOne + " FOR UPDATE";
    this.selectAmong =
        "SELECT " + COLUMNS + " FROM " + table + " WHERE namespace = ? AND item_key IN (%s)";
    // A tick is added so that two writes of a row never share a time, whatever the clock does.
    this.update =
        "SELECT version, updated_at FROM FINAL TABLE (UPDATE "
            + table
            + " SET version = version + 1, updated_at = GREATEST("
            + now
            + ", updated_at + 1), updated_by = ?, payload = ?"
            + ofKey
            + "%s)";
    // G2: epoch-seeded, so a key that comes back begins above its earlier life; the floor covers
    // a clock that stands still inside a transaction. See TableStore for an insert that waited.
    this.insert =
        "SELECT version, updated_at FROM FINAL TABLE (INSERT INTO "
            + table
            + " (namespace, item_key, version, updated_at, updated_by, payload)"
            + " VALUES (?, ?, GREATEST("
            + now
            + ", ?), GREATEST("
            + now
            + ", ?), ?, ?))";
    this.raise =
        "SELECT version, updated_at FROM FINAL TABLE (UPDATE "
            + table
            + " SET version = GREATEST(version, ?), updated_at = GREATEST(updated_at, ?)"
            + ofKey
            + ")";
    this.delete = "SELECT version, updated_at FROM OLD TABLE (DELETE FROM " + table + ofKey + "%s)";
    this.scan =
        "SELECT "
            + COLUMNS
            + " FROM "
            + table
            + " WHERE namespace = ?%s%s ORDER BY item_key LIMIT ?";
  }

  @Nullable Row find(Connection connection, byte[] key) throws SQLException {
    return find(connection, selectOne, key);
  }

  /** The row, locked until the end of the transaction, so that what is checked stays true. */
  @Nullable Row lock(Connection connection, byte[] key) throws SQLException {
    return find(connection, selectForUpdate, key);
  }

  private @Nullable Row find(Connection connection, String sql, byte[] key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, namespace);
      statement.setBytes(2, key);
      List<Row> rows = rows(statement);
      return rows.isEmpty() ? null : rows.get(0);
    }
  }

  /** Those of these keys that have a row, read at one moment. */
  List<Row> among(Connection connection, List<byte[]> keys) throws SQLException {
    String marks = String.join(", ", Collections.nCopies(keys.size(), "?"));
    try (PreparedStatement statement = connection.prepareStatement(selectAmong.formatted(marks))) {
      statement.setString(1, namespace);
      for (int i = 0; i < keys.size(); i++) {
        statement.setBytes(i + 2, keys.get(i));
      }
      return rows(statement);
    }
  }

  /** Rows in unsigned byte order of the key. */
  List<Row> scan(
      Connection connection, byte @Nullable [] after, byte @Nullable [] through, int limit)
      throws SQLException {
    String sql =
        scan.formatted(
            after == null ? "" : " AND item_key > ?", through == null ? "" : " AND item_key <= ?");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int index = 1;
      statement.setString(index++, namespace);
      if (after != null) {
        statement.setBytes(index++, after);
      }
      if (through != null) {
        statement.setBytes(index++, through);
      }
      statement.setInt(index, limit);
      return rows(statement);
    }
  }

  /** Changes a row that is as expected; null if there is none. */
  @Nullable Stamp update(
      Connection connection,
      byte[] key,
      byte[] payload,
      Expected expected,
      @Nullable String updatedBy)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(update.formatted(condition(expected)))) {
      statement.setString(1, updatedBy);
      statement.setBytes(2, payload);
      statement.setString(3, namespace);
      statement.setBytes(4, key);
      bindCondition(statement, 5, expected);
      return stamp(statement);
    }
  }

  /**
   * Makes a row; null if there is one already.
   *
   * @param floor neither the version nor the micros of updated_at may be below
   */
  @Nullable Stamp insert(
      Connection connection, byte[] key, byte[] payload, long floor, @Nullable String updatedBy)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setString(1, namespace);
      statement.setBytes(2, key);
      statement.setLong(3, floor);
      statement.setLong(4, floor);
      statement.setString(5, updatedBy);
      statement.setBytes(6, payload);
      return stamp(statement);
    } catch (SQLException error) {
      // On H2 a duplicate key fails the statement alone; the transaction goes on.
      if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.DUPLICATE) {
        return null;
      }
      throw error;
    }
  }

  /** Raises the version and the time of a row to at least {@code floor}. */
  @Nullable Stamp raise(Connection connection, byte[] key, long floor) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(raise)) {
      statement.setLong(1, floor);
      statement.setLong(2, floor);
      statement.setString(3, namespace);
      statement.setBytes(4, key);
      return stamp(statement);
    }
  }

  /** Removes a row that is as expected; what it was, or null if there is none. */
  @Nullable Stamp delete(Connection connection, byte[] key, Expected expected) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(delete.formatted(condition(expected)))) {
      statement.setString(1, namespace);
      statement.setBytes(2, key);
      bindCondition(statement, 3, expected);
      return stamp(statement);
    }
  }

  private static String condition(Expected expected) {
    if (expected instanceof Expected.Version) {
      return " AND version = ?";
    }
    return expected instanceof Expected.UpdatedAt ? " AND updated_at = ?" : "";
  }

  private static void bindCondition(PreparedStatement statement, int index, Expected expected)
      throws SQLException {
    if (expected instanceof Expected.Version version) {
      statement.setLong(index, version.version());
    } else if (expected instanceof Expected.UpdatedAt updatedAt) {
      statement.setLong(index, Timestamps.toMicros(updatedAt.instant()));
    }
  }

  private static @Nullable Stamp stamp(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? new Stamp(row.getLong(1), row.getLong(2)) : null;
    }
  }

  private static List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        rows.add(
            new Row(
                row.getBytes(1),
                row.getLong(2),
                row.getLong(3),
                row.getString(4),
                row.getBytes(5)));
      }
    }
    return rows;
  }
}
