/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.change.ChangeRows;

/**
 * Writes on H2: a data change answers what it did ({@code FINAL TABLE}, {@code OLD TABLE}), and
 * where it did nothing the row is read, locked, in the same transaction. The second statement is a
 * call inside this process, not a round trip.
 */
public final class H2StoreDialect extends StoreDialect {
  private static final String UNMARK = "SET " + ForeignChangeTrigger.MARK + " = NULL";

  private final ChangeRows changes;

  /**
   * Keeps H2 from answering with the result that this session had last time. H2 takes that for
   * current from the moment when a transaction's rows can be seen until the transaction is on disk,
   * if the query last ran right before that moment. A cache that had heard of the change meanwhile,
   * and loads anew, would keep the old row for good. A query with a random number is never answered
   * from memory.
   */
  private static final String ANEW = ", RAND()";

  /** Before a write whose change is recorded: triggers of the table need not append it. */
  private final @Nullable String mark;

  private final String update;
  private final String insert;
  private final String raise;
  private final String delete;

  /** The statements for a table. */
  public H2StoreDialect(JdbcContext context, TableLayout layout) {
    super(layout, " FOR UPDATE", ANEW);
    this.changes = new ChangeRows(context);
    boolean mapped = layout.namespace() == null;
    this.mark =
        mapped
            ? "SET " + ForeignChangeTrigger.MARK + " = " + ForeignChangeTrigger.mark(layout)
            : null;
    String stored = "SELECT " + layout.storedColumns() + " FROM ";
    String stamp = "SELECT " + layout.versionRead() + ", " + layout.timeRead() + " FROM ";
    String where = " WHERE " + layout.key().equal();
    this.update =
        stored
            + ("FINAL TABLE (UPDATE " + layout.table() + " SET ")
            + (columns.assignments() + where);
    this.insert =
        stored
            + ("FINAL TABLE (" + columns.insertInto() + " VALUES (")
            + (columns.insertValues() + "))");
    this.raise =
        stored
            + ("FINAL TABLE (UPDATE " + layout.table() + " SET ")
            + (LateInserts.raisedTo(layout) + where + ")");
    this.delete = stamp + ("OLD TABLE (DELETE FROM " + layout.table() + where);
  }

  @Override
  public boolean writesInOneRoundTrip() {
    return false;
  }

  @Override
  public List<WriteOutcome> write(
      Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException {
    List<WriteOutcome> written = new ArrayList<>(writes.size());
    for (RowWrite write : writes) {
      WriteOutcome applied = applied(connection, write, floor);
      written.add(applied == null ? WriteOutcome.nothing(there(connection, write)) : applied);
    }
    return written;
  }

  private @Nullable WriteOutcome applied(Connection connection, RowWrite write, LongSupplier floor)
      throws SQLException {
    try (Mark marked = mark(connection, write.change() != null)) {
      return write.kind() == RowWrite.Kind.DELETE
          ? delete(connection, write)
          : put(connection, write, floor);
    }
  }

  @Override
  Row insertGenerating(Connection connection, RowWrite write, long floor, boolean recorded)
      throws SQLException {
    try (Mark marked = mark(connection, recorded)) {
      return super.insertGenerating(connection, write, floor, recorded);
    }
  }

  /** The mark of a session, which is taken away when this is closed. */
  private record Mark(Statement statement) implements AutoCloseable {
    @Override
    public void close() throws SQLException {
      try (statement) {
        statement.execute(UNMARK);
      }
    }
  }

  /** Marks the session if that is needed, or else returns null. */
  private @Nullable Mark mark(Connection connection, boolean recorded) throws SQLException {
    if (mark == null || !recorded) {
      return null;
    }
    Statement statement = connection.createStatement();
    statement.execute(mark);
    return new Mark(statement);
  }

  private @Nullable WriteOutcome delete(Connection connection, RowWrite write) throws SQLException {
    try (PreparedStatement statement = changing(connection, delete + condition(write), write, 0);
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        return null;
      }
      RowVersion stamp = stamp(row, 1);
      return WriteOutcome.deleted(stamp, record(connection, write, stamp.version()));
    }
  }

  /** The condition of an update or delete, and the end of its statement. */
  private String condition(RowWrite write) {
    return layout.expecting(write.expected()).sql() + ")";
  }

  private @Nullable WriteOutcome put(Connection connection, RowWrite write, LongSupplier floor)
      throws SQLException {
    Row left =
        write.kind() == RowWrite.Kind.INSERT
            ? insert(connection, write, floor)
            : changed(connection, update + condition(write), write, 0);
    return left == null
        ? null
        : WriteOutcome.applied(left, record(connection, write, left.version()));
  }

  private PreparedStatement changing(Connection connection, String sql, RowWrite write, long floor)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    try {
      columns.bindChange(statement, 1, write, floor);
      return statement;
    } catch (SQLException | RuntimeException failure) {
      statement.close();
      throw failure;
    }
  }

  private @Nullable Row changed(Connection connection, String sql, RowWrite write, long floor)
      throws SQLException {
    try (PreparedStatement statement = changing(connection, sql, write, floor)) {
      return left(statement, write);
    }
  }

  private @Nullable Row insert(Connection connection, RowWrite write, LongSupplier floor)
      throws SQLException {
    Row left = insertOnce(connection, write, floor.getAsLong() + 1);
    // H2's clock stands still inside a transaction, so this one may say less than a version that a
    // rival gave meanwhile and deleted. Now the key is ours, and whoever deleted it here has raised
    // the floor, also while the insert waited for that deletion.
    long now = floor.getAsLong();
    return left == null || !layout.beginsByTheClock() || least(left) > now
        ? left
        : raise(connection, write, now + 1);
  }

  private static long least(Row row) {
    Long time = row.updatedAt();
    return time == null ? row.version() : Math.min(row.version(), time);
  }

  private @Nullable Row insertOnce(Connection connection, RowWrite write, long floor)
      throws SQLException {
    // On H2 a duplicate key fails the statement alone and the transaction goes on; but what a
    // BEFORE
    // INSERT trigger did before the failure stays.
    Savepoint before = connection.setSavepoint();
    try {
      Row left = changed(connection, insert, write, floor);
      connection.releaseSavepoint(before);
      return left;
    } catch (SQLException error) {
      if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.DUPLICATE) {
        connection.rollback(before);
        return null;
      }
      throw error;
    }
  }

  private Row raise(Connection connection, RowWrite write, long floor) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(raise)) {
      layout
          .key()
          .bind(statement, LateInserts.bindRaisedTo(layout, statement, 1, floor), write.key());
      return Objects.requireNonNull(left(statement, write), "the row just made");
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

  private long record(Connection connection, RowWrite write, long version) throws SQLException {
    return write.change() == null ? 0 : changes.insert(connection, write.changeOf(version));
  }

  private @Nullable Row left(PreparedStatement statement, RowWrite write) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? layout.stored(row, 1, write) : null;
    }
  }
}
