/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Placeholders;
import org.occ4j.jdbc.internal.Results;

/** The statements of the change log's table. */
public final class ChangeRows {

  /**
   * A row.
   *
   * @param node the one that wrote it
   * @param writtenAt when, in microseconds of the database's clock
   */
  public record Row(long number, String node, long writtenAt, ChangeDraft draft) {}

  /** A row's number, and how long ago it was written by the database's clock. */
  record Aged(long number, Duration age) {}

  /**
   * The end of the log.
   *
   * @param incarnation which life of which database this is
   * @param greatest the greatest visible number, or 0
   * @param writtenAt when the row that was asked about was written, in microseconds of the
   *     database's clock, or null if it is not there
   * @param mark what a cursor asked for besides, in the same statement
   */
  public record Head(
      UUID incarnation, long greatest, @Nullable Long writtenAt, @Nullable String mark) {}

  /**
   * What one statement read.
   *
   * @param rows in the order of their numbers
   */
  record Page(Head head, List<Row> rows) {

    /** How many of the rows are above this number. */
    long above(long number) {
      return rows.stream().filter(row -> row.number() > number).count();
    }
  }

  /** Tag names have no control characters, so a line break separates them. */
  private static final String SEPARATOR = "\n";

  /**
   * The end of a range. It excludes nothing, but tells a planner that has no statistics yet that
   * the range is narrow: PostgreSQL takes one without an end for a third of the table, and reads
   * all of it at each poll.
   */
  private static final long ALL_NUMBERS = Long.MAX_VALUE;

  private static final String COLUMNS =
      "id, source, kind, item_key, version, updated_by, tags, node, created_at";

  private final String table;
  private final String meta;
  private final String idColumn;
  private final ChangeDialect sql;
  private final String insert;
  private final String oldest;

  /** The rows of this database. */
  public ChangeRows(JdbcContext context) {
    this.table = context.schema().table("change");
    this.sql = new ChangeDialect(context);
    this.insert = sql.insert("?");
    this.meta = context.schema().table("meta");
    // Drivers that heed this name heed its case too.
    this.idColumn = context.engine().folded("id");
    String now = context.engine().nowMicros();
    this.oldest =
        "SELECT id, "
            + now
            + " - created_at FROM "
            + table
            + " WHERE id > ? AND id <= ? ORDER BY id FETCH FIRST ? ROWS ONLY";
  }

  // Writing.

  /** Adds a row and returns its number. */
  public long insert(Connection connection, ChangeDraft draft) throws SQLException {
    // The column is named: a driver that is only asked for "the keys" may return the whole row.
    try (PreparedStatement statement =
        connection.prepareStatement(insert, new String[] {idColumn})) {
      statement.setLong(sql.bind(statement, 1, draft), draft.version());
      statement.executeUpdate();
      try (ResultSet keys = statement.getGeneratedKeys()) {
        Results.require(keys.next(), "no number of a row");
        return keys.getLong(1);
      }
    }
  }

  /**
   * On PostgreSQL: adds a row as {@link #insert} does; or, if the last row of this transaction is
   * the one that a trigger has added for the same change, makes that one say all of it.
   *
   * @return the row's number
   */
  public long insertOrTakeOver(Connection connection, ChangeDraft draft) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.insertOrTakeOver())) {
      sql.bindInsertOrTakeOver(statement, draft);
      try (ResultSet row = statement.executeQuery()) {
        Results.require(row.next(), "no number of a row");
        return row.getLong(1);
      }
    }
  }

  /**
   * Removes the oldest rows that are older than {@code retention}, at most {@code maxRows} of them.
   * The newest of those stays: it is where the cursor of whoever has read within the retention may
   * be, and a cursor whose row is gone is how a restored database is recognised.
   *
   * @return how many were removed
   */
  public int purge(Connection connection, Duration retention, int maxRows) throws SQLException {
    List<Long> old = new ArrayList<>();
    for (Aged row : aged(connection, 0, ALL_NUMBERS, maxRows + 1)) {
      if (row.age().compareTo(retention) <= 0) {
        break;
      }
      old.add(row.number());
    }
    if (old.size() < 2) {
      return 0;
    }
    old.remove(old.size() - 1);
    // By their numbers and not by a range: a range would wait for the transaction that has a row in
    // it and is still open, and would hold up the poller as long.
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM " + table + " WHERE id IN " + Placeholders.inBrackets(old))) {
      bind(statement, 1, old);
      return statement.executeUpdate();
    }
  }

  // Reading.

  /**
   * The end of the log, and its newest row asked about.
   *
   * @param mark an SQL expression
   */
  public Head head(Connection connection, String mark) throws SQLException {
    String query =
        ("SELECT m.incarnation, c.id, c.created_at, %s FROM %s m LEFT JOIN %s c"
                + " ON c.id = (SELECT MAX(id) FROM %s) WHERE m.id = 1")
            .formatted(mark, meta, table, table);
    try (PreparedStatement statement = connection.prepareStatement(query);
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        throw noMetaRow();
      }
      return headOf(row);
    }
  }

  /**
   * The end of the log, the first rows above a number, and late ones, by one statement; asks about
   * the row of that number.
   *
   * @param mark an SQL expression
   * @param late conditions, no row fulfilling two of them and none above {@code number}
   * @param lateValues what is bound to the conditions, one after the other
   */
  Page read(
      Connection connection,
      String mark,
      long number,
      int limit,
      List<String> late,
      List<? extends Object> lateValues)
      throws SQLException {
    String rows =
        "(SELECT %s FROM %s WHERE id > ? AND id <= %d ORDER BY id FETCH FIRST ? ROWS ONLY)"
                .formatted(COLUMNS, table, ALL_NUMBERS)
            + late.stream()
                .map(" UNION ALL (SELECT %s FROM %s WHERE ".formatted(COLUMNS, table)::concat)
                .map(select -> select + ")")
                .collect(Collectors.joining());
    String query =
        ("SELECT m.incarnation, (SELECT MAX(id) FROM %s),"
                + " (SELECT created_at FROM %s WHERE id = ?), %s, c.*"
                + " FROM %s m LEFT JOIN (%s) c ON 1 = 1 WHERE m.id = 1")
            .formatted(table, table, mark, meta, rows);
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setLong(1, number);
      statement.setLong(2, number);
      statement.setInt(3, limit);
      bind(statement, 4, lateValues);
      return page(statement);
    }
  }

  private static Page page(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        throw noMetaRow();
      }
      Head head = headOf(row);
      List<Row> rows = new ArrayList<>();
      do {
        if (row.getString(5) != null) {
          rows.add(rowOf(row, 5));
        }
      } while (row.next());
      rows.sort(Comparator.comparingLong(Row::number));
      return new Page(head, rows);
    }
  }

  /**
   * SQL of MariaDB that yields how many numbers above {@code from} up to {@code to} are visible,
   * their sum and their exclusive or, with blanks between.
   */
  String sumBetween(long from, long to) {
    return "(SELECT CONCAT_WS(' ', COUNT(*), COALESCE(SUM(id), 0), BIT_XOR(id)) FROM "
        + (table + " WHERE id > " + from + " AND id <= " + to + ")");
  }

  /** Those of these numbers that are visible. */
  List<Row> among(Connection connection, Collection<Long> wanted) throws SQLException {
    String query =
        "SELECT %s FROM %s WHERE id IN %s"
            .formatted(COLUMNS, table, Placeholders.inBrackets(wanted));
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      bind(statement, 1, wanted);
      List<Row> rows = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          rows.add(rowOf(row, 1));
        }
      }
      return rows;
    }
  }

  /** The first visible numbers above {@code from} up to {@code to}, ascending. */
  List<Aged> aged(Connection connection, long from, long to, int limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(oldest)) {
      bind(statement, 1, List.of(from, to, (long) limit));
      List<Aged> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(new Aged(row.getLong(1), Duration.of(row.getLong(2), ChronoUnit.MICROS)));
        }
      }
      return found;
    }
  }

  private static void bind(
      PreparedStatement statement, int first, Collection<? extends Object> values)
      throws SQLException {
    int index = first;
    for (Object value : values) {
      if (value instanceof Long number) {
        statement.setLong(index++, number);
      } else {
        statement.setString(index++, value.toString());
      }
    }
  }

  private static SQLException noMetaRow() {
    return new SQLException("the meta table has no row; apply the DDL again");
  }

  private static Head headOf(ResultSet row) throws SQLException {
    UUID incarnation = UUID.fromString(row.getString(1));
    long greatest = row.getLong(2);
    long writtenAt = row.getLong(3);
    return new Head(incarnation, greatest, row.wasNull() ? null : writtenAt, row.getString(4));
  }

  /** The row whose first column has this index. */
  private static Row rowOf(ResultSet row, int id) throws SQLException {
    ChangeDraft draft =
        new ChangeDraft(
            row.getString(id + 1),
            kind(row.getInt(id + 2)),
            keyOf(row.getString(id + 3)),
            row.getLong(id + 4),
            row.getString(id + 5),
            tags(row.getString(id + 6)));
    return new Row(row.getLong(id), row.getString(id + 7), row.getLong(id + 8), draft);
  }

  /** Stored numbers, apart from the order in which the constants happen to stand. */
  static int code(Change.Kind kind) {
    return switch (kind) {
      case PUT -> 1;
      case DELETE -> 2;
      case INVALIDATE -> 3;
      case MARK_STALE -> 4;
    };
  }

  private static Change.Kind kind(int code) throws SQLException {
    for (Change.Kind kind : Change.Kind.values()) {
      if (code(kind) == code) {
        return kind;
      }
    }
    throw new SQLException("unknown kind of change " + code + "; written by a newer version?");
  }

  /** The text of a key as it is stored: PostgreSQL keeps no U+0000 in a text. */
  static @Nullable String keyText(@Nullable String key) {
    return key == null ? null : key.replace("\\", "\\\\").replace("\0", "\\0");
  }

  private static @Nullable String keyOf(@Nullable String stored) {
    if (stored == null || stored.indexOf('\\') < 0) {
      return stored;
    }
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < stored.length(); i++) {
      char c = stored.charAt(i);
      boolean escape = c == '\\' && i + 1 < stored.length();
      key.append(!escape ? c : stored.charAt(++i) == '0' ? '\0' : stored.charAt(i));
    }
    return key.toString();
  }

  static String text(Set<Tag> tags) {
    return tags.stream().sorted().map(Tag::name).collect(Collectors.joining(SEPARATOR));
  }

  private static Set<Tag> tags(@Nullable String text) {
    return text == null || text.isEmpty()
        ? Set.of()
        : text.lines().map(Tag::new).collect(Collectors.toUnmodifiableSet());
  }
}
