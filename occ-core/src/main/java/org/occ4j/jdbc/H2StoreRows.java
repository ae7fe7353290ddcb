/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.function.UnaryOperator.identity;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes on H2: a data change answers what it did ({@code FINAL TABLE}, {@code OLD TABLE}), and
 * where it did nothing the row is read, locked, in the same transaction. The second statement is a
 * call inside this process, not a round trip.
 */
final class H2StoreRows extends StoreRows {
  private final ChangeRows changes;
  private final JdbcContext context;
  private final String lock;
  private final String update;
  private final String insert;
  private final String raise;
  private final String delete;

  H2StoreRows(JdbcContext context, TableShape shape) {
    super(shape, " FOR UPDATE");
    this.context = context;
    this.changes = new ChangeRows(context);
    String stamp = "SELECT " + shape.versionRead() + ", " + shape.timeRead() + " FROM ";
    String where = " WHERE " + shape.ofKey();
    this.lock = "SELECT " + shape.columns() + " FROM " + shape.table() + where + " FOR UPDATE";
    this.update =
        stamp
            + ("FINAL TABLE (UPDATE " + shape.table() + " SET ")
            + (shape.assignments(identity(), identity()) + where + "%s)");
    this.insert =
        stamp
            + ("FINAL TABLE (INSERT INTO "
                + shape.table()
                + " ("
                + shape.insertColumns()
                + ") VALUES (")
            + (shape.insertValues(identity(), identity()) + "))");
    this.raise =
        stamp
            + ("FINAL TABLE (UPDATE " + shape.table() + " SET ")
            + (shape.raisedTo("?", identity(), identity()) + where + ")");
    this.delete = stamp + ("OLD TABLE (DELETE FROM " + shape.table() + where + "%s)");
  }

  @Override
  boolean writesInOneRoundTrip() {
    return false;
  }

  @Override
  List<Written> write(Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException {
    List<Written> written = new ArrayList<>(writes.size());
    for (RowWrite write : writes) {
      Stamp stamp = attempt(connection, write, floor);
      written.add(
          stamp == null
              ? Written.nothing(lock(connection, write.key()))
              : Written.applied(stamp, record(connection, write, stamp)));
    }
    return written;
  }

  private @Nullable Stamp attempt(Connection connection, RowWrite write, LongSupplier floor)
      throws SQLException {
    return switch (write.kind()) {
      case INSERT -> insert(connection, write, floor);
      case UPDATE -> update(connection, write);
      case DELETE -> delete(connection, write);
    };
  }

  private @Nullable Stamp update(Connection connection, RowWrite write) throws SQLException {
    String sql = update.formatted(shape.condition(write.expected()));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int index = shape.bindAssignments(statement, 1, write);
      index = shape.bindKey(statement, index, write.key());
      shape.bindCondition(statement, index, write.expected());
      return stampOf(statement);
    }
  }

  private @Nullable Stamp delete(Connection connection, RowWrite write) throws SQLException {
    String sql = delete.formatted(shape.condition(write.expected()));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int index = shape.bindKey(statement, 1, write.key());
      shape.bindCondition(statement, index, write.expected());
      return stampOf(statement);
    }
  }

  private @Nullable Stamp insert(Connection connection, RowWrite write, LongSupplier floor)
      throws SQLException {
    Stamp stamp = insertOnce(connection, write, floor.getAsLong() + 1);
    // The statement chose its version and may then have waited while the key was created and
    // deleted by a rival. Now the key is ours, and whoever deleted it here has raised the floor.
    // The clock does not tell: it stands still inside a transaction of H2.
    long now = floor.getAsLong();
    return stamp == null || !shape.beginsByTheClock() || least(stamp) > now
        ? stamp
        : raise(connection, write.key(), now + 1);
  }

  private static long least(Stamp stamp) {
    Long time = stamp.updatedAt();
    return time == null ? stamp.version() : Math.min(stamp.version(), time);
  }

  private @Nullable Stamp insertOnce(Connection connection, RowWrite write, long floor)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      shape.bindInsert(statement, 1, write, floor);
      return stampOf(statement);
    } catch (SQLException error) {
      // On H2 a duplicate key fails the statement alone; the transaction goes on.
      if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.DUPLICATE) {
        return null;
      }
      throw error;
    }
  }

  private Stamp raise(Connection connection, Object key, long floor) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(raise)) {
      int index = 1;
      for (int i = 0; i < shape.columnsOfStamp(); i++) {
        statement.setLong(index++, shape.time() == null ? floor : shape.time().ceiling(floor));
      }
      shape.bindKey(statement, index, key);
      return Objects.requireNonNull(stampOf(statement), "the row just made");
    }
  }

  private @Nullable Row lock(Connection connection, Object key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      shape.bindKey(statement, 1, key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? shape.row(row, 1) : null;
      }
    }
  }

  private long record(Connection connection, RowWrite write, Stamp stamp) throws SQLException {
    return write.change() == null
        ? 0
        : changes.insert(connection, write.changeOf(stamp.version()), context.node());
  }

  private static @Nullable Stamp stampOf(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? stamp(row, 1) : null;
    }
  }
}
