/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.internal.SqlErrors;

/**
 * The registry's statements in H2: an insert that meets a rival's uncommitted row waits for it, for
 * as long as the database's lock time-out.
 *
 * <p>An attempt in a transaction claims before its effect, so that a rival is met before the effect
 * runs. Then the transaction has changed something, and so has a number, which is never given to
 * another one. By it is noticed that the effect was the end of the transaction: H2 commits with DDL
 * and rolls everything back in a deadlock, and says nothing of either to who goes on.
 */
public final class H2MutationDialect extends MutationDialect {

  /**
   * The dialect of a table.
   *
   * @param table its quoted name
   * @param now the database clock, as an expression
   */
  public H2MutationDialect(String table, String now) {
    super(table, now);
  }

  @Override
  Look look(
      Connection connection, MutationId id, IdempotencyOptions<?> how, @Nullable String savepoint)
      throws SQLException {
    Look look = super.look(connection, id, how, savepoint);
    return look.row() == null ? claim(connection, id, how) : look;
  }

  private Look claim(Connection connection, MutationId id, IdempotencyOptions<?> how)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insertSql())) {
      MutationColumns.bindClaimInTransaction(statement, 1, id, how);
      statement.executeUpdate();
      return new Look(null, false, true);
    } catch (SQLException error) {
      return switch (SqlErrors.meaningOf(error)) {
        case BUSY -> new Look(null, true, false);
        case DUPLICATE -> ofRival(connection, id, error);
        default -> throw error;
      };
    }
  }

  /** The row that was committed while we waited for it. */
  private Look ofRival(Connection connection, MutationId id, SQLException duplicate)
      throws SQLException {
    return MutationRows.find(connection, findSql(), id)
        .map(Look::at)
        .orElseThrow(() -> new ConcurrentAttemptException(false, duplicate));
  }

  @Override
  boolean claimsFirst() {
    return true;
  }

  @Override
  void setSavepoint(Connection connection, String savepoint) throws SQLException {
    super.setSavepoint(connection, savepoint);
    execute(connection, "SET @" + savepoint + " = TRANSACTION_ID()");
  }

  @Override
  int change(Connection connection, String sql, @Nullable String savepoint, Binding values)
      throws SQLException {
    String inTransaction = savepoint == null ? "" : " AND TRANSACTION_ID() = @" + savepoint;
    return super.change(connection, sql + inTransaction, null, values);
  }
}
