/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.internal.PostgresqlTransaction;
import org.occ4j.jdbc.internal.Results;

/**
 * PostgreSQL, where an error ends the caller's transaction: nothing that an ordinary duplicate
 * meets may fail, and nothing may wait, since {@code lock_timeout} would be such an error.
 *
 * <p>Whoever is about to write the row of an attempt has the advisory lock of the id, until its
 * transaction ends. So a rival is known before the effect, and no insert finds an uncommitted row
 * to wait for. The lock is a convenience: a snapshot may be older than the commit of the last
 * holder. It is the primary key that decides (REGISTRY-1), and {@code ON CONFLICT DO NOTHING} tells
 * without failing; under REPEATABLE READ a row that the snapshot does not show is error 40001
 * instead, and the transaction has to be run again.
 */
public final class PostgresqlMutationDialect extends MutationDialect {
  private static final String TRY_LOCK = "pg_try_advisory_xact_lock(?)";

  private final String look;

  /** The dialect of a table, by its quoted name and the database clock. */
  public PostgresqlMutationDialect(String table, String now) {
    super(table, now);
    // A replay takes no lock: only who may begin an attempt asks for it.
    String mayBegin =
        "CASE WHEN m.state IS NULL OR m.state = "
            + (MutationRow.RELEASED + " OR (m.state = " + MutationRow.CLAIMED)
            + (" AND m.lease_until <= " + now + ") THEN ");
    this.look =
        ("SELECT " + mayBegin + TRY_LOCK + " END, ")
            + (mayBegin + PostgresqlTransaction.NUMBER + " END, ")
            + (MutationRow.columns(now) + " FROM (SELECT 1) one LEFT JOIN " + table)
            + (" m ON " + MutationColumns.BY_KEY);
  }

  @Override
  Look look(
      Connection connection, MutationId id, IdempotencyOptions<?> how, @Nullable String savepoint)
      throws SQLException {
    String sql = savepoint == null ? look : look + ";SAVEPOINT " + savepoint;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, lockKey(id));
      MutationColumns.bindKey(statement, 2, id);
      try (ResultSet row = new Results(statement).next()) {
        Results.require(row.next(), "no row where one was asked for");
        boolean locked = row.getBoolean(1);
        boolean unasked = row.wasNull();
        String transaction = row.getString(2);
        row.getInt(3);
        MutationRow seen = row.wasNull() ? null : MutationRow.read(row, 3);
        return new Look(seen, !locked && !unasked, false, transaction);
      }
    }
  }

  @Override
  boolean savepointIsFree() {
    return false; // in a transaction of ours it would be two statements more; it has a number
    // instead
  }

  @Override
  boolean hasSavepoint(Look look) {
    return true;
  }

  /** Unreleased it would have the rest of the transaction under a number of its own. */
  @Override
  int change(Connection connection, String sql, @Nullable String savepoint, Binding values)
      throws SQLException {
    if (savepoint == null) {
      return super.change(connection, sql, null, values);
    }
    String both = "RELEASE SAVEPOINT " + savepoint + ";" + sql;
    try (PreparedStatement statement = connection.prepareStatement(both)) {
      values.to(statement, 1);
      boolean isRows = statement.execute() || statement.getMoreResults();
      int changed = statement.getUpdateCount();
      Results.require(!isRows && changed >= 0, "no count where one was asked for");
      return changed;
    }
  }

  @Override
  String insertSql() {
    return insertSql(TRY_LOCK) + " ON CONFLICT DO NOTHING";
  }

  private String insertSql(String condition) {
    return "INSERT INTO "
        + (table + " (" + MutationColumns.INSERT_COLUMNS + ") SELECT ")
        + (MutationColumns.insertValues(now) + " WHERE " + condition);
  }

  /**
   * Both under one Sync: the server skips the commit if the insert fails. It must fail here, for an
   * insert of no row would have the effect committed. The look has left us the lock of the id, so
   * no rival is there to be waited for.
   */
  @Override
  String insertAndCommitSql() {
    return insertSql(PostgresqlTransaction.REQUIRE + " = 0") + ";COMMIT";
  }

  @Override
  void requireSame(Connection connection, String transaction) throws SQLException {
    PostgresqlTransaction.require(connection, transaction);
  }

  @Override
  boolean isOfAnother(SQLException error) {
    return PostgresqlTransaction.isAnother(error);
  }

  @Override
  boolean isCommitted(Connection connection, String transaction, boolean rollsBack)
      throws SQLException {
    return rollsBack
        ? PostgresqlTransaction.isCommittedAfterRollback(connection, transaction)
        : PostgresqlTransaction.isCommitted(connection, transaction);
  }

  @Override
  void bindInsertTail(PreparedStatement statement, int index, MutationId id) throws SQLException {
    statement.setLong(index, lockKey(id));
  }

  @Override
  String changeSql(String change, String condition) {
    // There is no UPDATE ... NOWAIT. The inner query runs once, before the row is touched.
    return change
        + (" WHERE ctid = (SELECT ctid FROM " + table + " WHERE " + condition)
        + " FOR UPDATE NOWAIT)";
  }

  /** Of the table too: another installation in this database is not in the way. */
  private long lockKey(MutationId id) {
    return id.derive("attempt in " + table).getMostSignificantBits();
  }
}
