/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.function.UnaryOperator.identity;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
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
  private final String update;
  private final String insert;
  private final String raise;
  private final String delete;

  H2StoreRows(JdbcContext context, TableShape shape) {
    super(shape, " FOR UPDATE");
    this.changes = new ChangeRows(context);
    String stamp = "SELECT " + shape.versionRead() + ", " + shape.timeRead() + " FROM ";
    String where = " WHERE " + shape.ofKey();
    this.update =
        stamp
            + ("FINAL TABLE (UPDATE " + shape.table() + " SET ")
            + (shape.assignments(identity(), identity()) + where);
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
            + (shape.raisedTo() + where + ")");
    this.delete = stamp + ("OLD TABLE (DELETE FROM " + shape.table() + where);
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
              ? Written.nothing(there(connection, write))
              : Written.applied(stamp, record(connection, write, stamp)));
    }
    return written;
  }

  private @Nullable Stamp attempt(Connection connection, RowWrite write, LongSupplier floor)
      throws SQLException {
    return switch (write.kind()) {
      case INSERT -> insert(connection, write, floor);
      case UPDATE -> changed(connection, update + condition(write) + ")", write, 0);
      case DELETE -> changed(connection, delete + condition(write) + ")", write, 0);
    };
  }

  private String condition(RowWrite write) {
    return shape.condition(write.expected());
  }

  private @Nullable Stamp changed(Connection connection, String sql, RowWrite write, long floor)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      shape.bindChange(statement, 1, write, floor);
      return stampOf(statement);
    }
  }

  private @Nullable Stamp insert(Connection connection, RowWrite write, LongSupplier floor)
      throws SQLException {
    Stamp stamp = insertOnce(connection, write, floor.getAsLong() + 1);
    // H2's clock stands still inside a transaction, so this one may say less than a version that a
    // rival gave meanwhile and deleted. Now the key is ours, and whoever deleted it here has raised
    // the floor, also while the insert waited for that deletion.
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
    try {
      return changed(connection, insert, write, floor);
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
      shape.bindKey(statement, shape.bindRaisedTo(statement, 1, floor), key);
      return Objects.requireNonNull(stampOf(statement), "the row just made");
    }
  }

  private @Nullable Row there(Connection connection, RowWrite write) throws SQLException {
    List<Row> found = lock(connection, List.of(write.key()));
    if (!found.isEmpty()) {
      return found.get(0);
    }
    if (write.kind() == RowWrite.Kind.INSERT && readsASnapshot(connection)) {
      // The insert met a row that is not in the snapshot, and never will be: trying again here
      // would go on for ever. For other rows that are newer than its snapshot H2 says this itself.
      throw new SQLTransactionRollbackException(
          "the key was created after the snapshot of the transaction", "40001");
    }
    return null;
  }

  private static boolean readsASnapshot(Connection connection) throws SQLException {
    return connection.getTransactionIsolation() > Connection.TRANSACTION_READ_COMMITTED;
  }

  private long record(Connection connection, RowWrite write, Stamp stamp) throws SQLException {
    return write.change() == null ? 0 : changes.insert(connection, write.changeOf(stamp.version()));
  }

  private static @Nullable Stamp stampOf(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? stamp(row, 1) : null;
    }
  }
}
