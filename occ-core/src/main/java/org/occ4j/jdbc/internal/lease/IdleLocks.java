/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Placeholders;
import org.occ4j.jdbc.internal.Transactions;

/**
 * Removes the rows of keys that nobody has held for long, in all namespaces. No index tells which
 * they are, so it walks through the primary key, a page at a time, and remembers where it was.
 *
 * <p>A page is read without locks. Of what is idle in it, the rows that can be locked at once are
 * locked by their keys and deleted: a row that somebody has locked is in use.
 *
 * <p>For one thread at a time.
 */
public final class IdleLocks {

  private final Transactions transactions;
  private final JdbcContext context;
  private final Duration idleFor;
  private final int pageSize;
  private final String nextNamespace;
  private final String firstPage;
  private final String nextPage;
  private final String lock;
  private final String lockEnd;
  private final String delete;

  /** The namespace in which the walk is; null before the first. */
  private @Nullable String namespace;

  /** The last key that was looked at in it; null before the first. */
  private byte @Nullable [] lastKey;

  /**
   * A walk that has not begun.
   *
   * @param pageSize how many rows are looked at in one step
   */
  public IdleLocks(JdbcContext context, Duration idleFor, int pageSize) {
    this.context = context;
    this.transactions = context.mutexTransactions();
    this.idleFor = idleFor;
    this.pageSize = pageSize;
    String table = context.schema().table("mutex");
    String now = context.engine().nowMicros();
    // LEASE-5: the next token of a key whose row is gone is the clock alone, which must have passed
    // the last one.
    String isIdle = "expires_at < " + now + " - ? AND token < " + now + " - ?";
    this.nextNamespace = "SELECT MIN(namespace) FROM " + table + " WHERE namespace > ?";
    String page =
        ("SELECT lock_key, CASE WHEN " + isIdle + " THEN 1 ELSE 0 END FROM " + table)
            + " WHERE namespace = ?";
    String end = " ORDER BY lock_key FETCH FIRST " + pageSize + " ROWS ONLY";
    this.firstPage = page + end;
    this.nextPage = page + " AND lock_key > ?" + end;
    String byKeys = " FROM " + table + " WHERE namespace = ? AND lock_key IN ";
    this.lock = "SELECT lock_key" + byKeys;
    this.lockEnd = " AND " + isIdle + " FOR UPDATE SKIP LOCKED";
    this.delete = "DELETE" + byKeys;
  }

  /** Looks at the next rows and removes those that are idle; after the last it begins anew. */
  public PurgeReport removeNext() {
    String here = namespace == null ? next("").orElse(null) : namespace;
    if (here == null) {
      return new PurgeReport(0, false);
    }
    Page page = transactions.reading(connection -> read(connection, here));
    int removed = page.idle().isEmpty() ? 0 : remove(here, page.idle());
    boolean mayHaveMore = page.rows() == pageSize;
    namespace = mayHaveMore ? here : next(here).orElse(null);
    lastKey = mayHaveMore ? page.last() : null;
    return new PurgeReport(removed, namespace != null);
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Page(int rows, byte @Nullable [] last, List<byte[]> idle) {}

  private Optional<String> next(String after) {
    return transactions.reading(connection -> next(connection, after));
  }

  private Optional<String> next(Connection connection, String after) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(nextNamespace)) {
      statement.setString(1, after);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
      }
    }
  }

  private Page read(Connection connection, String here) throws SQLException {
    byte[] after = lastKey;
    String sql = after == null ? firstPage : nextPage;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bindIdle(statement, 1);
      statement.setString(3, here);
      if (after != null) {
        statement.setBytes(4, after);
      }
      int rows = 0;
      byte[] last = null;
      List<byte[]> idle = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          rows++;
          last = row.getBytes(1);
          if (row.getInt(2) == 1) {
            idle.add(last);
          }
        }
      }
      return new Page(rows, last, idle);
    }
  }

  private int remove(String here, List<byte[]> idle) {
    return transactions.<Integer, RuntimeException>transaction(
        connection -> remove(connection, here, idle));
  }

  private int remove(Connection connection, String here, List<byte[]> idle) throws SQLException {
    context.engine().beginPurge(connection);
    List<byte[]> locked = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(lock + Placeholders.inBrackets(idle) + lockEnd)) {
      bindIdle(statement, bindKeys(statement, here, idle));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          locked.add(row.getBytes(1));
        }
      }
    }
    if (locked.isEmpty()) {
      return 0;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(delete + Placeholders.inBrackets(locked))) {
      bindKeys(statement, here, locked);
      return statement.executeUpdate();
    }
  }

  private static int bindKeys(PreparedStatement statement, String here, List<byte[]> keys)
      throws SQLException {
    statement.setString(1, here);
    int index = 2;
    for (byte[] key : keys) {
      statement.setBytes(index++, key);
    }
    return index;
  }

  private void bindIdle(PreparedStatement statement, int first) throws SQLException {
    long micros = LeaseDialect.micros(idleFor);
    statement.setLong(first, micros);
    statement.setLong(first + 1, micros);
  }
}
