/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;

/**
 * What of the mutation table an engine says in its own way. As it stands here it is standard SQL:
 * an insert that meets a rival's uncommitted row waits for it, for as long as the engine's lock
 * time-out allows, and then fails without harm to the transaction.
 */
public abstract class MutationDialect {
  final String table;
  final String now;

  /**
   * A dialect.
   *
   * @param table the quoted name of the table
   * @param now the database clock, as an expression
   */
  MutationDialect(String table, String now) {
    this.table = table;
    this.now = now;
  }

  /**
   * What there is when an attempt in a transaction begins.
   *
   * @param row the row of the mutation, if one is visible
   * @param rivalAtWork whether a rival is known to be at work in a transaction of its own
   * @param claimed whether the row of our attempt, the first one, has been added by looking
   * @param transaction the number of the transaction, where it is known by one
   */
  record Look(
      @Nullable MutationRow row,
      boolean rivalAtWork,
      boolean claimed,
      @Nullable String transaction) {

    Look(@Nullable MutationRow row, boolean rivalAtWork, boolean claimed) {
      this(row, rivalAtWork, claimed, null);
    }

    static Look at(@Nullable MutationRow row) {
      return new Look(row, false, false);
    }

    /** The answer, if there is one before any attempt of ours. */
    <T> Optional<Outcome<T>> decided(IdempotencyOptions<T> how) {
      return row == null ? Optional.empty() : row.decided(how);
    }

    /** The refusal for an attempt of somebody else's. */
    <T> Outcome<T> underWay() {
      return row == null ? MutationRow.inFlight() : row.underWay();
    }

    /** Whether an attempt of somebody else's is under way. */
    boolean isRivals() {
      return rivalAtWork || (row != null && row.isClaimed());
    }
  }

  /**
   * The first statement of an attempt in a transaction.
   *
   * @param savepoint to be set behind it if that costs nothing; or null
   */
  Look look(
      Connection connection, MutationId id, IdempotencyOptions<?> how, @Nullable String savepoint)
      throws SQLException {
    return Look.at(MutationRows.find(connection, findSql(), id).orElse(null));
  }

  /** Whether an attempt in a transaction claims before its effect, and not with its answer. */
  boolean claimsFirst() {
    return false;
  }

  // Savepoints: what an effect did is taken back if it throws, and it is noticed if it has ended
  // the transaction.

  /**
   * Whether a savepoint costs no round trip; then attempts in our own transactions have one too.
   */
  boolean savepointIsFree() {
    return true;
  }

  /** Whether the look has set the savepoint. */
  boolean hasSavepoint(Look look) {
    return false;
  }

  /** Sets the savepoint, where the look has not. */
  void setSavepoint(Connection connection, String savepoint) throws SQLException {
    execute(connection, "SAVEPOINT " + savepoint);
  }

  /** Binds the values of a change. */
  interface Binding {
    void to(PreparedStatement statement, int first) throws SQLException;
  }

  /**
   * Changes rows, and before that releases the savepoint where the engine needs to be told, in one
   * round trip.
   *
   * @param savepoint or null if there is none
   * @return how many rows were changed; none if the engine tells in this way that the transaction
   *     is not the one in which the savepoint was set
   */
  int change(Connection connection, String sql, @Nullable String savepoint, Binding values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      values.to(statement, 1);
      return statement.executeUpdate();
    }
  }

  /**
   * Makes sure that a transaction is the one of the look that gave this number.
   *
   * @throws SQLException of which {@link #isOfAnother} says that it is not
   */
  void requireSame(Connection connection, String transaction) throws SQLException {}

  /** Whether an error says that a transaction is not the one of the look. */
  boolean isOfAnother(SQLException error) {
    return false;
  }

  /**
   * Whether the transaction with this number, which a look gave, was committed.
   *
   * @param rollsBack whether the connection's present transaction is rolled back before
   */
  boolean isCommitted(Connection connection, String transaction, boolean rollsBack)
      throws SQLException {
    return false;
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  final String findSql() {
    return "SELECT "
        + MutationRow.columns(now)
        + " FROM "
        + table
        + " WHERE "
        + MutationColumns.BY_KEY;
  }

  /** Adds a row; fails as a duplicate, or adds none, if there is one with its key. */
  String insertSql() {
    return "INSERT INTO "
        + (table + " (" + MutationColumns.INSERT_COLUMNS + ") VALUES (")
        + (MutationColumns.insertValues(now) + ")");
  }

  /**
   * The insert of a first attempt that is done, and the commit, in one round trip; null where the
   * engine has no such thing. It fails on a duplicate, and in another transaction than the one
   * whose number is bound behind the values; then it commits nothing. It is only for who knows that
   * no rival's uncommitted row is there to wait for.
   */
  @Nullable String insertAndCommitSql() {
    return null;
  }

  /** Binds what {@link #insertSql} has beyond the values. */
  void bindInsertTail(PreparedStatement statement, int index, MutationId id) throws SQLException {}

  /**
   * A change of one row that fails as busy instead of waiting for a rival, where the engine can.
   *
   * @param change {@code UPDATE ... SET ...} or {@code DELETE FROM ...}
   * @param condition which row
   */
  String changeSql(String change, String condition) {
    return change + " WHERE " + condition;
  }
}
