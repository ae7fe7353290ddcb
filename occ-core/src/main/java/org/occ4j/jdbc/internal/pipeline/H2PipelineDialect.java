/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.LongSupplier;
import org.occ4j.MutationId;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.store.StoreDialect;

/**
 * The pipeline's statements in H2, several to a transaction: a statement is a call there.
 *
 * <p>H2 commits with DDL, rolls everything back in a deadlock, and says nothing of either to who
 * goes on. A transaction that has locked or changed something has a number, which is never given to
 * another one: by it is noticed that an edit was the end of it.
 */
public final class H2PipelineDialect extends PipelineDialect {
  private final MutationRows mutations;

  /** The dialect of a store. */
  public H2PipelineDialect(
      JdbcContext context, StoreDialect rows, MutationRows mutations, LongSupplier floor) {
    super(context, rows, mutations, floor);
    this.mutations = mutations;
  }

  @Override
  boolean writesInOneRoundTrip() {
    return false;
  }

  @Override
  boolean sendsCommitAlong() {
    return false;
  }

  @Override
  Found begin(Connection connection, MutationId id, Object key) throws SQLException {
    Found found = lockAndFind(connection, id, key);
    if (found.row() == null) {
      mutations.touch(connection); // No row was there to be locked.
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET @occ_edit = TRANSACTION_ID()");
    }
    return found;
  }

  /** A rival may make the row between the lock and the look; then it is locked again. */
  private Found lockAndFind(Connection connection, MutationId id, Object key) throws SQLException {
    for (int made = 0; made < PipelineRun.MAX_LOST_RACES; made++) {
      boolean locked = !rows.lock(connection, List.of(key)).isEmpty();
      Found found = find(connection, id, key);
      if (locked || found.row() == null) {
        return found;
      }
    }
    throw PipelineRun.lost();
  }

  @Override
  GroupOutcome finish(Connection connection, Found begun, Step step, boolean commit)
      throws SQLException {
    return finishOver(connection, begun, step);
  }

  @Override
  GroupOutcome finishOver(Connection connection, Found begun, Step step) throws SQLException {
    requireOpen(connection, begun);
    return super.finishOver(connection, begun, step);
  }

  @Override
  void requireOpen(Connection connection, Found begun) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet same = statement.executeQuery("SELECT 1 WHERE TRANSACTION_ID() = @occ_edit")) {
      if (!same.next()) {
        throw endedByTheEdit(null);
      }
    }
  }
}
