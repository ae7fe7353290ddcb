/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.internal.MariadbBlock;
import org.occ4j.jdbc.internal.MisfitException;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.SqlErrors;

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
public final class MariadbMutationDialect extends MutationDialect {
  private static final String NO_WAIT = "SET STATEMENT innodb_lock_wait_timeout = 0 FOR ";

  // What an answer of the block says.
  private static final int SEEN = 0;
  private static final int CLAIMED = 1;
  private static final int RIVAL_AT_WORK = 2;
  private static final int RIVAL_ENDED_US = RIVAL_AT_WORK + 1;

  /** The block up to the name of the savepoint, and from there on. */
  private final String lookOrClaim;

  private final String claimed;

  /** The dialect of a table, by its quoted name and the database clock. */
  public MariadbMutationDialect(String table, String now) {
    super(table, now);
    // One list of columns in all of it. Variables that are declared, for their type is as declared.
    String answer = "SELECT occ_answer, occ_what, " + MutationRow.columns(now);
    String row = answer + " FROM " + table + " WHERE " + MutationColumns.BY_KEY;
    String noRow = answer + " FROM (SELECT 1) occ_one LEFT JOIN " + table + " ON FALSE; ";
    this.lookOrClaim =
        ("BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; DECLARE occ_what INT DEFAULT " + SEEN)
            + ("; DECLARE EXIT HANDLER FOR 1205 BEGIN SET occ_what = " + RIVAL_AT_WORK)
            + (" + @@innodb_rollback_on_timeout; " + noRow + "END; ")
            + ("DECLARE EXIT HANDLER FOR 1062 " + row + " LOCK IN SHARE MODE; ")
            + (row + "; IF FOUND_ROWS() = 0 THEN " + insertSql() + "; SAVEPOINT ");
    this.claimed = "; SET occ_what = " + CLAIMED + "; " + noRow + "END IF; END";
  }

  @Override
  boolean hasSavepoint(Look look) {
    return look.claimed();
  }

  @Override
  int change(Connection connection, String sql, @Nullable String savepoint, Binding values)
      throws SQLException {
    if (savepoint == null) {
      return super.change(connection, sql, null, values);
    }
    String block =
        ("BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; RELEASE SAVEPOINT " + savepoint)
            + ("; " + sql + "; SELECT occ_answer, ROW_COUNT(); END");
    int number = ThreadLocalRandom.current().nextInt();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block)) {
      statement.setInt(1, number);
      values.to(statement, 2);
      Results results = new Results(statement);
      ResultSet row = results.next();
      Results.require(row.next() && row.getInt(1) == number, "an answer to another statement");
      int changed = row.getInt(2);
      results.end();
      return changed;
    }
  }

  @Override
  Look look(
      Connection connection, MutationId id, IdempotencyOptions<?> how, @Nullable String savepoint)
      throws SQLException {
    int number = ThreadLocalRandom.current().nextInt();
    String block = lookOrClaim + Objects.requireNonNull(savepoint) + claimed;
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block)) {
      statement.setInt(1, number);
      MutationColumns.bindKey(statement, 2, id);
      MutationColumns.bindKey(statement, 4, id);
      MutationColumns.bindClaimInTransaction(statement, 6, id, how);
      Look look = null;
      boolean isRows = statement.execute();
      // The rows of the look, then those of the claim or of a handler; of two the first has none.
      while (isRows || statement.getUpdateCount() != -1) {
        if (isRows) {
          look = read(statement, number, look);
        }
        isRows = statement.getMoreResults();
      }
      if (look == null) {
        throw new ConcurrentAttemptException(
            false, null); // its row was removed before a handler could read it
      }
      return look;
    } catch (SQLException error) {
      if (error.getErrorCode() == SqlErrors.MARIADB_RECORD_CHANGED) {
        // Under innodb_snapshot_isolation a rival's row ends our transaction, committed or not. To
        // run it again at once would meet the same row.
        throw new ConcurrentAttemptException(true, error);
      }
      throw error;
    }
  }

  private static @Nullable Look read(
      PreparedStatement statement, int number, @Nullable Look otherwise) throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      if (!row.next()) {
        return otherwise;
      }
      Results.require(row.getInt(1) == number, "an answer to another statement");
      return switch (row.getInt(2)) {
        case SEEN -> Look.at(MutationRow.read(row, 3));
        case CLAIMED -> new Look(null, false, true);
        case RIVAL_AT_WORK -> new Look(null, true, false);
        case RIVAL_ENDED_US -> throw new ConcurrentAttemptException(true, null);
        default -> throw new MisfitException("an answer that no statement gives");
      };
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
}
