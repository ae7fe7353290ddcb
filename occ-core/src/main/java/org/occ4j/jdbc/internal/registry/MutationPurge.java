/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Transactions;

/**
 * Removes rows whose retention is over, in short transactions that lock no more than the rows that
 * go: whoever inserts or replays is not held up, and rows that somebody has locked are left for the
 * next time. One node at a time: it locks the one row of the meta table for as long as a batch
 * takes. What is unresolved stays: whoever sent it again would have it run a second time.
 */
public final class MutationPurge {

  private static final int BATCH = 500;

  private final Transactions transactions;
  private final Engine engine;
  private final String lock;
  private final String findOver;
  private final String delete;

  /** The purge of this database. */
  public MutationPurge(JdbcContext context, MutationDialect dialect) {
    this.transactions = context.transactions();
    this.engine = context.engine();
    this.lock =
        "SELECT id FROM " + context.schema().table("meta") + " WHERE id = 1 FOR UPDATE SKIP LOCKED";
    String unresolved = "external_call = TRUE AND state = " + MutationRow.CLAIMED;
    this.findOver =
        "SELECT scope_hash, mutation_id FROM "
            + dialect.table
            + (" WHERE purge_after <= " + dialect.now + " AND NOT (" + unresolved)
            + ") ORDER BY purge_after FETCH FIRST ? ROWS ONLY FOR UPDATE SKIP LOCKED";
    this.delete = "DELETE FROM " + dialect.table + " WHERE " + MutationColumns.BY_KEY;
  }

  /** The key of a row, as it is stored. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Key(byte[] scopeHash, byte[] mutationId) {}

  /** Removes at most so many rows that are no longer needed. */
  public PurgeReport purge(int maxRows) {
    int removed = 0;
    while (true) {
      int batch = Math.min(BATCH, maxRows - removed);
      PurgeReport last = purgeBatch(batch);
      removed += last.removed();
      if (!last.more() || removed >= maxRows) {
        return new PurgeReport(removed, last.more());
      }
    }
  }

  /** Removes at most so many rows in one transaction. */
  public PurgeReport purgeBatch(int rows) {
    return transactions.transaction(connection -> removeBatch(connection, rows));
  }

  private PurgeReport removeBatch(Connection connection, int batch) throws SQLException {
    engine.beginPurge(connection);
    if (!lockOutOthers(connection)) {
      return new PurgeReport(0, false);
    }
    // One more is looked for than is removed, to know whether there is more.
    List<Key> over = findOver(connection, batch + 1);
    int removed = delete(connection, over.subList(0, Math.min(batch, over.size())));
    return new PurgeReport(removed, over.size() > batch);
  }

  private boolean lockOutOthers(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(lock)) {
      return row.next();
    }
  }

  private List<Key> findOver(Connection connection, int limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(findOver)) {
      statement.setInt(1, limit);
      List<Key> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(new Key(row.getBytes(1), row.getBytes(2)));
        }
      }
      return found;
    }
  }

  private int delete(Connection connection, List<Key> rows) throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    try (PreparedStatement statement = connection.prepareStatement(delete)) {
      for (Key row : rows) {
        statement.setBytes(1, row.scopeHash());
        statement.setBytes(2, row.mutationId());
        statement.addBatch();
      }
      statement.executeBatch();
      // They are locked, so all of them went; some drivers do not say how many a batch removed.
      return rows.size();
    }
  }
}
