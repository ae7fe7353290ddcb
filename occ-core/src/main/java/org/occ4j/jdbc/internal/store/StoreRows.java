/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.change.ChangeRows;

/**
 * The statements of one store's table. What reads is the same on every engine; how a write answers
 * in one round trip is each engine's own.
 *
 * <p>The rule of every write: the statement that changes the row has the expectation in its
 * condition (G1), and what is there after a write that did nothing is read <em>after</em> it, by a
 * statement that sees what made it fail.
 */
public abstract class StoreRows {

  /** A row as it lies in the table. */
  @SuppressWarnings("ArrayRecordComponent") // never compared; decoded by the caller at once
  public record Row(
      Object key,
      long version,
      @Nullable Long updatedAt,
      @Nullable String updatedBy,
      @Nullable Object[] values) {

    /** The row as an expectation sees it. */
    public Versioned<Object> undecoded() {
      return new Versioned<>(
          values, version, updatedAt == null ? null : Timestamps.ofMicros(updatedAt), updatedBy);
    }
  }

  /** The version and time that a write gave its row; of a delete, what the row had. */
  public record Stamp(long version, @Nullable Long updatedAt) {}

  /**
   * What became of a write.
   *
   * @param stamp what it gave the row, or null if it did nothing
   * @param current the row that is there then: the one that it left, or if it did nothing the one
   *     that made it so; null if there is none
   * @param change the number of the change that was appended, or 0
   */
  public record Written(@Nullable Stamp stamp, @Nullable Row current, long change) {
    /** A row was made or changed. */
    static Written applied(Row left, long change) {
      return new Written(new Stamp(left.version(), left.updatedAt()), left, change);
    }

    /** A row was deleted. */
    static Written deleted(Stamp stamp, long change) {
      return new Written(stamp, null, change);
    }

    static Written nothing(@Nullable Row current) {
      return new Written(null, current, 0);
    }
  }

  /** In whose transaction statements run. */
  public enum Mode {
    /** In auto-commit: what {@link #write} does is a transaction of its own. */
    ALONE,
    /** In a transaction that somebody else ends. */
    JOINED
  }

  /** So many keys go into one statement; the engines take some ten thousand parameters. */
  private static final int MAX_KEYS_PER_STATEMENT = 30_000;

  /** The table. */
  public final TableShape shape;

  private final String selectOne;
  private final String selectAmong;
  private final String inOrderLocked;

  /** Statements that read, and the engine's way to lock. */
  StoreRows(TableShape shape, String lock) {
    this.shape = shape;
    String select = "SELECT " + shape.columns() + " FROM " + shape.table() + " WHERE ";
    this.selectOne = select + shape.ofKey();
    this.selectAmong = select + shape.amongKeys();
    // In the order of the keys, so that two commits lock in one order and cannot deadlock.
    this.inOrderLocked = " ORDER BY " + shape.keyInOrder(shape.key().name()) + lock;
  }

  /** The statements of an engine. */
  public static StoreRows of(JdbcContext context, TableShape shape) {
    return switch (shape.engine().family()) {
      case POSTGRESQL -> new PostgresqlStoreRows(context, shape);
      case MARIADB -> new MariadbStoreRows(context, shape);
      case H2 -> new H2StoreRows(context, shape);
    };
  }

  /** Whether {@link #write} is one round trip, and a transaction of its own in auto-commit. */
  public abstract boolean writesInOneRoundTrip();

  /**
   * Carries out writes of different keys, given in the order of their keys.
   *
   * @param floor the greatest version, or micros of a time, that was deleted here; a new row's must
   *     exceed it
   * @return what became of each
   */
  public abstract List<Written> write(
      Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException;

  @Nullable Row find(Connection connection, Object key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(selectOne)) {
      shape.bindKey(statement, 1, key);
      List<Row> rows = rows(statement);
      return rows.isEmpty() ? null : rows.get(0);
    }
  }

  /** Those of these keys that have a row; read at one moment, up to some ten thousand. */
  List<Row> among(Connection connection, List<Object> keys) throws SQLException {
    return among(connection, "", keys);
  }

  /**
   * Those of these keys that have a row, locked until the end of the transaction, so that what is
   * checked stays true.
   */
  public List<Row> lock(Connection connection, List<Object> keys) throws SQLException {
    return among(connection, inOrderLocked, keys);
  }

  private List<Row> among(Connection connection, String end, List<Object> keys)
      throws SQLException {
    List<Row> found = new ArrayList<>();
    for (int from = 0; from < keys.size(); from += MAX_KEYS_PER_STATEMENT) {
      List<Object> part = keys.subList(from, Math.min(keys.size(), from + MAX_KEYS_PER_STATEMENT));
      String query = selectAmong + ChangeRows.marks(part) + end;
      try (PreparedStatement statement = connection.prepareStatement(query)) {
        int index = shape.bindNamespace(statement, 1);
        for (Object key : part) {
          shape.key().type().bind(statement, index++, key, shape.engine());
        }
        found.addAll(rows(statement));
      }
    }
    return found;
  }

  /** Rows in unsigned byte order of the key. */
  List<Row> scan(Connection connection, @Nullable Object after, @Nullable Object through, int limit)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(scanSql(after != null, through != null))) {
      int index = shape.bindNamespace(statement, 1);
      if (after != null) {
        shape.key().type().bind(statement, index++, after, shape.engine());
      }
      if (through != null) {
        shape.key().type().bind(statement, index++, through, shape.engine());
      }
      statement.setInt(index, limit);
      return rows(statement);
    }
  }

  private String scanSql(boolean after, boolean through) {
    String key = shape.keyInOrder(shape.key().name());
    String bound = shape.keyInOrder("?");
    List<String> conditions = new ArrayList<>();
    if (shape.namespace() != null) {
      conditions.add("namespace = ?");
    }
    if (after) {
      conditions.add(key + " > " + bound);
    }
    if (through) {
      conditions.add(key + " <= " + bound);
    }
    String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    return "SELECT "
        + shape.columns()
        + " FROM "
        + shape.table()
        + where
        + (" ORDER BY " + key + " FETCH FIRST ? ROWS ONLY");
  }

  private List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        rows.add(shape.row(row, 1));
      }
    }
    return rows;
  }

  /** The stamp in two columns. */
  public static Stamp stamp(ResultSet row, int first) throws SQLException {
    long version = row.getLong(first);
    long at = row.getLong(first + 1);
    return new Stamp(version, row.wasNull() ? null : at);
  }
}
