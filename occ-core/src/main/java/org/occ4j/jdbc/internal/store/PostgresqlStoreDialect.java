/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.occ4j.change.ChangeDraft;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.change.ChangeDialect;
import org.occ4j.jdbc.internal.change.ChangeRows;

/**
 * Writes on PostgreSQL: several statements in one {@code PreparedStatement}, which the driver sends
 * under one Sync, so they are one round trip and, in auto-commit, one transaction.
 *
 * <p>The change comes first, what is there comes second. Both in one statement (a CTE) would be
 * wrong: a statement has one snapshot, so a change that waited for a rival and then did nothing
 * would be answered with the row as it was <em>before</em> the rival, or with one that is deleted.
 * Under READ COMMITTED a second statement has a snapshot of its own. Nothing here locks a row that
 * it does not change: a lock writes to the log, and a conflict must not cost a flush.
 */
public final class PostgresqlStoreDialect extends StoreDialect {

  /**
   * Whether this transaction wrote the row. Only its outermost level is compared; under a savepoint
   * the row counts as another's, which costs an echo of the value and nothing else.
   */
  private static final String MINE =
      "xmin IS NOT DISTINCT FROM CAST(pg_current_xact_id_if_assigned() AS xid)";

  /** A serialization failure: the whole transaction has to be run again. */
  private static final String TO_RUN_AGAIN = "40001";

  private final ChangeDialect changes;
  final String update;

  /** Deletes the row that is as expected. */
  public final String delete;

  /** Inserts a row, or fails where one is. */
  public final String insertOrFail;

  final String insert;

  /** What a statement answers as the stamp that it gave: {@code v} and {@code a}. */
  public final String stamp;

  /** Chooses the version of a row that this transaction inserted again, if it is late (G2). */
  public final String raiseIfLate;

  private final String raise;
  private final String lateForLong;
  private final String current;
  private final String firesTrigger;

  /** The statements for a table. */
  public PostgresqlStoreDialect(JdbcContext context, TableLayout layout) {
    super(layout, " FOR NO KEY UPDATE", "");
    this.changes = new ChangeDialect(context);
    String where = " WHERE " + layout.key().equal();
    this.update = ("UPDATE " + layout.table() + " SET ") + (columns.assignments() + where);
    this.delete = "DELETE FROM " + layout.table() + where;
    // Where the key is seen to be taken no row is tried, for that would fire a BEFORE trigger.
    this.insertOrFail =
        (columns.insertInto() + " SELECT ")
            + columns.insertValues()
            + (" WHERE NOT EXISTS (SELECT 1 FROM " + layout.table() + where + ")");
    this.insert = (insertOrFail + " ON CONFLICT (") + layout.key().names() + ") DO NOTHING";
    // A value that this transaction has just written is not sent back.
    this.current =
        "SELECT "
            + layout.columns(column -> "CASE WHEN " + MINE + " THEN NULL ELSE " + column + " END")
            + (", " + MINE + " FROM " + layout.table() + where);
    this.firesTrigger =
        ("SELECT CASE WHEN " + UpdateTriggers.beforeInsertInPostgresql(layout) + " THEN NOT EXISTS")
            + (" (SELECT 1 FROM " + layout.table() + where + ") ELSE FALSE END");
    this.stamp = layout.versionRead() + " AS v, " + layout.timeRead() + " AS a";
    String given = layout.versionRead();
    String late = LateInserts.isLate(layout, given, LateInserts.OVERTAKEN_MICROS);
    this.lateForLong = LateInserts.isLate(layout, given, LateInserts.OVERTAKEN_FOR_LONG_MICROS);
    String raised =
        ("UPDATE " + layout.table() + " SET " + LateInserts.raisedToNow(layout) + where)
            + (" AND NOT " + UpdateTriggers.inPostgresql(layout));
    this.raise = raised + " RETURNING " + layout.storedColumns();
    this.raiseIfLate =
        raised + (" AND " + MINE + " AND " + late + " RETURNING " + layout.storedColumns());
  }

  @Override
  public boolean writesInOneRoundTrip() {
    return true;
  }

  @Override
  public List<WriteOutcome> write(
      Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException {
    if (mode == Mode.AUTO_COMMIT
        && writes.stream().anyMatch(write -> write.kind() == RowWrite.Kind.INSERT)) {
      try {
        return write(connection, writes, floor, mode, insertOrFail);
      } catch (SQLException error) {
        // A rival inserted a key, or another unique index refuses a row. The failure has undone all
        // of the writes, and whatever a BEFORE INSERT trigger did; now the rival's row is seen.
        if (SqlErrors.meaningOf(error) != SqlErrors.Meaning.DUPLICATE) {
          throw error;
        }
      }
    }
    return write(connection, writes, floor, mode, insert);
  }

  private List<WriteOutcome> write(
      Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode, String inserting)
      throws SQLException {
    String sql =
        writes.stream()
            .map(write -> statements(write, mode, inserting))
            .collect(Collectors.joining("; "));
    List<Answer> answers = new ArrayList<>(writes.size());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int index = 1;
      for (RowWrite write : writes) {
        if (looksFirst(write, mode)) {
          index = layout.key().bind(statement, index, write.key());
        }
        index = bind(statement, index, write, floor.getAsLong() + 1);
      }
      Results results = new Results(statement);
      for (RowWrite write : writes) {
        answers.add(read(results, write, looksFirst(write, mode)));
      }
    }
    List<WriteOutcome> written = new ArrayList<>(writes.size());
    for (int i = 0; i < answers.size(); i++) {
      written.add(settled(connection, writes.get(i), answers.get(i)));
    }
    return written;
  }

  // The statements of one write: the change, the raise of an insert, and what is there.

  private String statements(RowWrite write, Mode mode, String inserting) {
    String change =
        switch (write.kind()) {
          case UPDATE -> update + layout.expecting(write.expected()).sql();
          case DELETE -> delete + layout.expecting(write.expected()).sql();
          case INSERT -> inserting;
        };
    String raising = raisesInsert(write) ? raising(raiseIfLate, write) + "; " : "";
    return (looksFirst(write, mode) ? firesTrigger + "; " : "")
        + (answering(change, write, mode) + "; " + raising + current);
  }

  /**
   * Whether it is asked first if a row is there. An insert that waits for a rival's has fired its
   * triggers, and then does nothing; in a transaction that goes on what they did would stay.
   */
  private static boolean looksFirst(RowWrite write, Mode mode) {
    return write.kind() == RowWrite.Kind.INSERT && mode == Mode.IN_TRANSACTION;
  }

  /**
   * The change, answering the number of its row in the change log, whether its version is late, and
   * what it left.
   */
  private String answering(String change, RowWrite write, Mode mode) {
    boolean leavesNothing = write.kind() == RowWrite.Kind.DELETE;
    String isLate = raisesLater(write, mode) ? lateForLong : "FALSE";
    String left = isLate + " AS l, " + (leavesNothing ? stamp : layout.storedColumns());
    return write.change() == null
        ? change + " RETURNING 0, " + left
        : changes.appending(
            change + " RETURNING " + left,
            "w.l, " + (leavesNothing ? "w.v, w.a" : layout.storedNames()));
  }

  /**
   * Under a savepoint {@link #MINE} does not know the row, so there a second round trip raises it.
   */
  private boolean raisesLater(RowWrite write, Mode mode) {
    return raisesInsert(write) && mode == Mode.IN_TRANSACTION;
  }

  /** A transaction of its own ends with this round trip, so the raise is part of it. */
  private boolean raisesInsert(RowWrite write) {
    return write.kind() == RowWrite.Kind.INSERT && layout.beginsByTheClock();
  }

  private String raising(String statement, RowWrite write) {
    return write.change() == null ? statement : changes.correcting(statement, layout.storedNames());
  }

  private int bindRaising(PreparedStatement statement, int first, RowWrite write)
      throws SQLException {
    int index = layout.key().bind(statement, first, write.key());
    return write.change() == null
        ? index
        : ChangeDialect.bindCorrection(statement, index, write.change());
  }

  /** Binds an update, a delete, or an insert. */
  public int bindChange(PreparedStatement statement, int first, RowWrite write, long floor)
      throws SQLException {
    int index = columns.bindChange(statement, first, write, floor);
    return write.kind() == RowWrite.Kind.INSERT
        ? layout.key().bind(statement, index, write.key())
        : index;
  }

  private int bind(PreparedStatement statement, int first, RowWrite write, long floor)
      throws SQLException {
    int index = bindChange(statement, first, write, floor);
    if (write.change() != null) {
      index = changes.bind(statement, index, write.change());
    }
    if (raisesInsert(write)) {
      index = bindRaising(statement, index, write);
    }
    return layout.key().bind(statement, index, write.key());
  }

  // The answers.

  /**
   * What the statements of one write said.
   *
   * @param applied what became of it if it was applied, else null
   * @param late whether its version is to be chosen again
   * @param found what was there afterwards, or null
   * @param foundMine whether {@code found} was written by this transaction and lacks its value
   * @param inVain whether an insert fired triggers and then did nothing
   */
  private record Answer(
      @Nullable WriteOutcome applied,
      boolean late,
      @Nullable Row found,
      boolean foundMine,
      boolean inVain) {

    /** This one, of an insert that has fired triggers. */
    Answer ofTriggers() {
      return new Answer(applied, late, found, foundMine, applied == null && found != null);
    }
  }

  private Answer read(Results results, RowWrite write, boolean lookedFirst) throws SQLException {
    ResultSet first = results.next(); // The driver has the answers to all statements now.
    return Results.read(
        () -> {
          boolean fires = lookedFirst && first.next() && first.getBoolean(1);
          Answer answer = read(lookedFirst ? results.next() : first, results, write);
          return fires ? answer.ofTriggers() : answer;
        });
  }

  private Answer read(ResultSet changed, Results results, RowWrite write) throws SQLException {
    WriteOutcome applied = null;
    boolean isLate = false;
    if (changed.next()) {
      isLate = changed.getBoolean(2);
      applied = applied(changed, write);
    }
    if (raisesInsert(write)) {
      WriteOutcome raised = raised(results.next(), write, applied);
      isLate &= raised == null;
      applied = raised == null ? applied : raised;
    }
    ResultSet there = results.next();
    if (!there.next()) {
      return new Answer(applied, isLate, null, false, false);
    }
    boolean mine = there.getBoolean(1 + layout.width());
    return new Answer(applied, isLate, mine ? null : layout.row(there, 1), mine, false);
  }

  private WriteOutcome applied(ResultSet row, RowWrite write) throws SQLException {
    return write.kind() == RowWrite.Kind.DELETE
        ? WriteOutcome.deleted(stamp(row, 3), row.getLong(1))
        : WriteOutcome.applied(layout.stored(row, 3, write), row.getLong(1));
  }

  /** What became of an insert that was raised, or null. */
  private @Nullable WriteOutcome raised(
      ResultSet row, RowWrite write, @Nullable WriteOutcome applied) throws SQLException {
    return applied != null && row.next()
        ? WriteOutcome.applied(layout.stored(row, 1, write), applied.change())
        : null;
  }

  private @Nullable WriteOutcome raise(
      Connection connection, RowWrite write, @Nullable WriteOutcome applied) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(raising(raise, write))) {
      bindRaising(statement, 1, write);
      try (ResultSet row = statement.executeQuery()) {
        // A row that only held its key absent was removed again by the same round trip.
        WriteOutcome raised = raised(row, write, applied);
        return raised == null ? applied : raised;
      }
    }
  }

  private WriteOutcome settled(Connection connection, RowWrite write, Answer answer)
      throws SQLException {
    if (answer.inVain()) {
      throw new SQLException(
          ("an insert waited for the row of a rival, after it had fired the BEFORE INSERT triggers of "
                  + layout.table())
              + "; what they did can only be undone with the transaction",
          TO_RUN_AGAIN);
    }
    WriteOutcome applied =
        answer.late() ? raise(connection, write, answer.applied()) : answer.applied();
    if (applied != null) {
      return applied;
    }
    // WriteOutcome earlier in this transaction: the value was left out and is read now.
    return WriteOutcome.nothing(
        answer.foundMine() ? find(connection, write.key()) : answer.found());
  }

  /** The trigger of a foreign write could not know that this change would follow. */
  @Override
  long recordGenerated(Connection connection, ChangeRows rows, ChangeDraft change)
      throws SQLException {
    return rows.insertOrTakeOver(connection, change);
  }
}
