/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.internal.ChangeDraft;

/** The statements of the change log's table. */
final class ChangeRows {

  /** A row: its number, the node that wrote it, and what it says. */
  record Row(long number, String node, ChangeDraft draft) {}

  /**
   * The end of the log.
   *
   * @param incarnation which life of which database this is
   * @param greatest the greatest visible number, or 0
   */
  record Head(UUID incarnation, long greatest) {}

  /** Tag names have no control characters, so a line break separates them. */
  private static final String SEPARATOR = "\n";

  private static final String COLUMNS =
      "id, source, kind, item_key, version, updated_by, tags, node";

  private final String insert;
  private final String after;
  private final String among;
  private final String numbers;
  private final String head;
  private final String oldest;
  private final String delete;

  ChangeRows(JdbcContext context) {
    String table = context.schema().table("change");
    String meta = context.schema().table("meta");
    String now = context.profile().nowMicros();
    this.insert =
        "INSERT INTO "
            + table
            + " (source, kind, item_key, version, updated_by, tags, node,"
            + " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, "
            + now
            + ")";
    this.after = "SELECT " + COLUMNS + " FROM " + table + " WHERE id > ? ORDER BY id LIMIT ?";
    this.among = "SELECT " + COLUMNS + " FROM " + table + " WHERE id IN (%s) ORDER BY id";
    this.numbers = "SELECT id FROM " + table + " WHERE id > ? AND id <= ? ORDER BY id";
    this.head =
        "SELECT incarnation, (SELECT MAX(id) FROM " + table + ") FROM " + meta + " WHERE id = 1";
    this.oldest =
        "SELECT id, " + now + " - created_at FROM " + table + " WHERE id < ? ORDER BY id LIMIT ?";
    this.delete = "DELETE FROM " + table + " WHERE id <= ?";
  }

  /** Adds a row and returns its number. */
  long insert(Connection connection, ChangeDraft draft, UUID node) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS)) {
      statement.setString(1, draft.source());
      statement.setInt(2, code(draft.kind()));
      statement.setString(3, draft.key());
      statement.setLong(4, draft.version());
      statement.setString(5, draft.updatedBy());
      statement.setString(6, text(draft.tags()));
      statement.setString(7, node.toString());
      statement.executeUpdate();
      try (ResultSet keys = statement.getGeneratedKeys()) {
        keys.next();
        return keys.getLong(1);
      }
    }
  }

  /** At most {@code limit} rows behind this number, ascending. */
  List<Row> after(Connection connection, long number, int limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(after)) {
      statement.setLong(1, number);
      statement.setInt(2, limit);
      return rows(statement);
    }
  }

  /** Those of these numbers that are visible, ascending. */
  List<Row> among(Connection connection, Collection<Long> wanted) throws SQLException {
    String marks = String.join(", ", Collections.nCopies(wanted.size(), "?"));
    try (PreparedStatement statement = connection.prepareStatement(among.formatted(marks))) {
      int index = 1;
      for (long number : wanted) {
        statement.setLong(index++, number);
      }
      return rows(statement);
    }
  }

  /** The visible numbers behind {@code from} up to {@code to}, ascending. */
  List<Long> numbers(Connection connection, long from, long to) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(numbers)) {
      statement.setLong(1, from);
      statement.setLong(2, to);
      List<Long> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(row.getLong(1));
        }
      }
      return found;
    }
  }

  Head head(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(head);
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        throw new SQLException("the meta table has no row; apply the DDL again");
      }
      return new Head(UUID.fromString(row.getString(1)), row.getLong(2));
    }
  }

  /**
   * Removes the oldest rows that are older than {@code retention}, at most {@code maxRows} of them
   * and never the newest row: its number is how a restored database is recognised.
   *
   * @return how many were removed
   */
  int purge(Connection connection, Duration retention, int maxRows) throws SQLException {
    long last = 0;
    try (PreparedStatement statement = connection.prepareStatement(oldest)) {
      statement.setLong(1, head(connection).greatest());
      statement.setInt(2, maxRows);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next() && row.getLong(2) > retention.toMillis() * 1_000) {
          last = row.getLong(1);
        }
      }
    }
    if (last == 0) {
      return 0;
    }
    try (PreparedStatement statement = connection.prepareStatement(delete)) {
      statement.setLong(1, last);
      return statement.executeUpdate();
    }
  }

  private static List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        ChangeDraft draft =
            new ChangeDraft(
                row.getString(2),
                kind(row.getInt(3)),
                row.getString(4),
                row.getLong(5),
                row.getString(6),
                tags(row.getString(7)));
        rows.add(new Row(row.getLong(1), row.getString(8), draft));
      }
    }
    return rows;
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

  static String text(Set<Tag> tags) {
    return tags.stream().sorted().map(Tag::name).collect(Collectors.joining(SEPARATOR));
  }

  private static Set<Tag> tags(@Nullable String text) {
    return text == null || text.isEmpty()
        ? Set.of()
        : text.lines().map(Tag::new).collect(Collectors.toUnmodifiableSet());
  }
}
