/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeDraft;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.change.ChangeRows;

/**
 * The statements of one store's table. What reads is the same on every engine; how a write answers
 * in one round trip is each engine's own.
 *
 * <p>The rule of every write: the statement that changes the row has the expectation in its
 * condition (G1), and what is there after a write that did nothing is read <em>after</em> it, by a
 * statement that sees what made it fail.
 */
public abstract class StoreDialect {

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
  public record RowVersion(long version, @Nullable Long updatedAt) {}

  /**
   * What became of a write.
   *
   * @param stamp what it gave the row, or null if it did nothing
   * @param current the row that is there then: the one that it left, or if it did nothing the one
   *     that made it so; null if there is none
   * @param change the number of the change that was appended, or 0
   */
  public record WriteOutcome(@Nullable RowVersion stamp, @Nullable Row current, long change) {
    /** A row was made or changed. */
    static WriteOutcome applied(Row left, long change) {
      return new WriteOutcome(new RowVersion(left.version(), left.updatedAt()), left, change);
    }

    /** A row was deleted. */
    static WriteOutcome deleted(RowVersion stamp, long change) {
      return new WriteOutcome(stamp, null, change);
    }

    static WriteOutcome nothing(@Nullable Row current) {
      return new WriteOutcome(null, current, 0);
    }
  }

  /** In whose transaction statements run. */
  public enum Mode {
    /** In auto-commit: what {@link #write} does is a transaction of its own. */
    AUTO_COMMIT,
    /** In a transaction that somebody else ends. */
    IN_TRANSACTION
  }

  /** So many columns of keys go into one statement; the engines take some ten thousand. */
  private static final int MAX_PARAMETERS_PER_STATEMENT = 30_000;

  /** So often a statement names a column at most, with what is around it. */
  private static final int NAMINGS = 6;

  private static final int COMMON_TEXT = 8_192;

  /** The table. */
  public final TableLayout layout;

  /**
   * How many bytes more than is common the statement of one write has, because it names many
   * columns, or long ones: each of them several times.
   */
  final long uncommonText;

  /** Its columns as writes fill them. */
  public final WriteColumns columns;

  private final String selected;
  private final String selectOne;
  private final String select;
  private final String inOrderLocked;

  /**
   * Statements that read.
   *
   * @param lock the engine's way to lock
   * @param anew a column more for an engine that would else answer from memory, or nothing
   */
  StoreDialect(TableLayout layout, String lock, String anew) {
    this.layout = layout;
    this.columns = new WriteColumns(layout);
    this.uncommonText = Math.max(0, NAMINGS * layout.columns().length() - COMMON_TEXT);
    this.selected = "SELECT " + layout.columns() + anew + " FROM " + layout.table();
    this.select = selected + " WHERE ";
    this.selectOne = select + layout.key().equal();
    // In the order of the keys, so that two commits lock in one order and cannot deadlock.
    this.inOrderLocked = " ORDER BY " + layout.key().order() + lock;
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
  public abstract List<WriteOutcome> write(
      Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException;

  /**
   * Makes a row whose key the database generates.
   *
   * @param write an insert, whose key is of no meaning
   * @param floor as in {@link #write}
   * @param recorded whether the change is recorded after it, by {@link #recordGenerated}
   * @return the row, as it was left
   */
  Row insertGenerating(Connection connection, RowWrite write, long floor, boolean recorded)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(generating())) {
      return generated(statement, new Results(statement), write, floor);
    }
  }

  /** Such an insert, which answers the row. */
  final String generating() {
    String insert =
        ("INSERT INTO " + layout.table() + " (" + columns.keylessColumns() + ") VALUES (")
            + (columns.keylessValues() + ")");
    return layout.engine().answering(insert, layout.columns());
  }

  /** The answer to {@link #generating}. */
  final Row generated(PreparedStatement statement, Results results, RowWrite write, long floor)
      throws SQLException {
    columns.bindKeyless(statement, 1, write, floor);
    ResultSet row = results.next();
    return Results.read(
        () -> {
          Results.require(row.next(), "no row that was inserted");
          return layout.row(row, 1);
        });
  }

  /** Appends the change of such an insert; returns its number. */
  long recordGenerated(Connection connection, ChangeRows changes, ChangeDraft change)
      throws SQLException {
    return changes.insert(connection, change);
  }

  /**
   * Makes sure that nothing but rows of their keys keeps inserts from being done, since each
   * further try would meet it again. The library's own table has nothing of the kind. Each is tried
   * as plainly as can be, after the writes that come before it, so that the database names what
   * refuses the row; all of it is taken back.
   *
   * @throws SQLException what the database says of another unique index
   * @throws org.occ4j.DataRejectedException if no row was made, as by a trigger that suppresses it
   */
  final void requireInsertable(Connection connection, List<RowWrite> writes, LongSupplier floor)
      throws SQLException {
    if (layout.namespace() != null) {
      return;
    }
    Savepoint before = connection.setSavepoint();
    for (RowWrite write : writes) {
      if (write.kind() != RowWrite.Kind.INSERT) {
        write(connection, List.of(write), floor, Mode.IN_TRANSACTION);
        continue;
      }
      SQLException duplicate = duplicateOfPlain(connection, write, floor.getAsLong() + 1);
      if (duplicate != null) {
        connection.rollback(before);
        // With a lock, for a snapshot that is older would not show a row of the key.
        if (lock(connection, List.of(write.key())).isEmpty()) {
          throw duplicate;
        }
        return;
      }
    }
    connection.rollback(before);
  }

  private @Nullable SQLException duplicateOfPlain(Connection connection, RowWrite write, long floor)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            columns.insertInto() + " VALUES (" + columns.insertValues() + ")")) {
      columns.bindChange(statement, 1, write, floor);
      layout.requireMade(statement.executeUpdate());
      return null;
    } catch (SQLException error) {
      if (SqlErrors.meaningOf(error) != SqlErrors.Meaning.DUPLICATE) {
        throw error;
      }
      return error;
    }
  }

  @Nullable Row find(Connection connection, Object key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(selectOne)) {
      layout.key().bind(statement, 1, key);
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

  /**
   * Whether what a commit has only read can be made to stay as it is until its end, by {@link
   * #hold}.
   */
  boolean holdsWhatIsRead() {
    return true;
  }

  /** Makes sure that these rows, which are locked, stay as they are until the transaction ends. */
  void hold(Connection connection, List<Object> keys) throws SQLException {}

  private List<Row> among(Connection connection, String end, List<Object> keys)
      throws SQLException {
    List<Row> found = new ArrayList<>();
    for (List<Object> part : parts(keys)) {
      String query = select + layout.key().in(part.size()) + end;
      try (PreparedStatement statement = connection.prepareStatement(query)) {
        layout.key().bindIn(statement, part);
        found.addAll(rows(statement));
      }
    }
    return found;
  }

  /** As many keys at a time as one statement takes. */
  final List<List<Object>> parts(List<Object> keys) {
    int most = MAX_PARAMETERS_PER_STATEMENT / layout.key().columns().size();
    List<List<Object>> parts = new ArrayList<>();
    for (int from = 0; from < keys.size(); from += most) {
      parts.add(keys.subList(from, Math.min(keys.size(), from + most)));
    }
    return parts;
  }

  /** Rows in unsigned byte order of the key. */
  List<Row> scan(
      Connection connection,
      KeyPrefix prefix,
      @Nullable Object after,
      @Nullable Object through,
      int limit)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(scanSql(prefix, after != null, through != null))) {
      int index = layout.key().bindNamespace(statement, 1);
      index = layout.key().bindPrefix(statement, index, prefix);
      if (after != null) {
        index = layout.key().bindBound(statement, index, after);
      }
      if (through != null) {
        index = layout.key().bindBound(statement, index, through);
      }
      statement.setInt(index, limit);
      return rows(statement);
    }
  }

  private String scanSql(KeyPrefix prefix, boolean after, boolean through) {
    List<String> conditions = new ArrayList<>();
    if (layout.namespace() != null) {
      conditions.add("namespace = ?");
    }
    String beginning = layout.key().startingWith(prefix);
    if (!beginning.isEmpty()) {
      conditions.add(beginning);
    }
    if (after) {
      conditions.add(layout.key().above());
    }
    if (through) {
      conditions.add(layout.key().upTo());
    }
    String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    return selected + where + (" ORDER BY " + layout.key().order() + " FETCH FIRST ? ROWS ONLY");
  }

  private List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        rows.add(layout.row(row, 1));
      }
    }
    return rows;
  }

  /** The stamp in two columns. */
  public static RowVersion stamp(ResultSet row, int first) throws SQLException {
    long version = row.getLong(first);
    long at = row.getLong(first + 1);
    return new RowVersion(version, row.wasNull() ? null : at);
  }
}
