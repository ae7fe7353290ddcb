/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Execution;

/**
 * MariaDB, where an insert that waits for a rival's uncommitted row dies of a deadlock with the
 * other waiters as soon as the rival rolls back (MySQL bug 43210): nothing here ever waits. A lock
 * that cannot be had is error 1205 at once, which leaves the transaction alive (unless the server
 * runs with {@code innodb_rollback_on_timeout}; then it has to be run again).
 *
 * <p>An attempt in a transaction looks and claims in one round trip, an anonymous block, so that
 * rivals are told before any effect runs. The look itself is a consistent read and locks nothing,
 * neither a row nor the gap of a missing one. A row that the caller's snapshot is too old to show
 * is read by the handler of the duplicate key: as it is now, not as the snapshot has it.
 *
 * <p>The claim at the beginning also notices a transaction that the server ended under an effect
 * which swallowed the error: then the claim is gone, and completing it fails.
 */
final class MariadbMutationDialect extends MutationDialect {
  private static final String NO_WAIT = "SET STATEMENT innodb_lock_wait_timeout = 0 FOR ";

  /** No state of a row: what the block answers beside a rival's uncommitted row. */
  private static final int RIVAL_AT_WORK = 0;

  private final String lookOrClaim;

  MariadbMutationDialect(String table, String now) {
    super(table, now);
    this.lookOrClaim =
        "BEGIN NOT ATOMIC"
            + (" DECLARE EXIT HANDLER FOR 1205 SELECT " + RIVAL_AT_WORK)
            + (", @@innodb_rollback_on_timeout; DECLARE EXIT HANDLER FOR 1062 " + findSql())
            + " LOCK IN SHARE MODE; "
            + (findSql() + "; IF FOUND_ROWS() = 0 THEN " + insertSql() + "; END IF; END");
  }

  @Override
  Look look(Connection connection, MutationId id, Execution<?> how) throws SQLException {
    try (PreparedStatement statement = MariadbBlock.prepare(connection, lookOrClaim)) {
      MutationRows.bindKey(statement, 1, id);
      MutationRows.bindKey(statement, 3, id);
      MutationRows.bindInsert(statement, 5, id, how, null);
      Look look = new Look(null, false, true);
      boolean isRows = statement.execute();
      // The rows of the look, then those of a handler; one of the two has none.
      while (isRows || statement.getUpdateCount() != -1) {
        if (isRows) {
          look = read(statement, look);
        }
        isRows = statement.getMoreResults();
      }
      return look;
    } catch (SQLException error) {
      if (error.getErrorCode() == SqlErrors.MARIADB_RECORD_CHANGED) {
        // Under innodb_snapshot_isolation a rival's row ends our transaction, committed or not. To
        // run it again at once would meet the same row.
        throw new RivalException(true, error);
      }
      throw error;
    }
  }

  private static Look read(PreparedStatement statement, Look otherwise) throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      if (!row.next()) {
        return otherwise;
      }
      if (row.getInt(1) != RIVAL_AT_WORK) {
        return Look.at(MutationRow.read(row, 1));
      }
      if (row.getBoolean(2)) {
        throw new RivalException(true, null);
      }
      return new Look(null, true, false);
    }
  }

  @Override
  boolean claimsFirst() {
    return true;
  }

  @Override
  String insertSql() {
    return NO_WAIT + super.insertSql();
  }

  @Override
  String changeSql(String change, String condition) {
    return NO_WAIT + super.changeSql(change, condition);
  }

  @Override
  void beginPurge(Connection connection) throws SQLException {
    // For the next transaction only. REPEATABLE READ would lock the gaps between rows that go,
    // into which others want to insert.
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    }
  }
}
