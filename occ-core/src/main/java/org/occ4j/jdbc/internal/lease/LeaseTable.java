/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.lease.LeaseDialect.AcquireRequest;
import org.occ4j.jdbc.internal.lease.LeaseDialect.AcquireResult;
import org.occ4j.jdbc.internal.lease.LeaseDialect.LeaseRow;
import org.occ4j.mutex.HoldInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of one namespace of mutexes.
 *
 * <p>Rows stay when they are released, since the next token must exceed the last. Time is the
 * database's alone. Each call is one short transaction of its own; with a remote database its
 * connection gets a network time-out for as long, so a network that swallows everything costs a
 * thread no more than that.
 *
 * <p>An interrupt inside embedded H2 closes the database file under everybody; therefore the flag
 * is set aside while a statement runs.
 */
public final class LeaseTable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseOptions.LOGGER);
  private static final int SWEPT_AT_ONCE = 500;

  /** PostgreSQL and H2: the statement was cancelled, by a time-out as a rule. */
  private static final String STATEMENT_TIMEOUT_STATE = "57014";

  private static final int MARIADB_STATEMENT_TIMEOUT = 1969;

  /** A failed attempt inside a transaction: the whole of it is rolled back. */
  private static final class HeldException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient AcquireResult answer;

    HeldException(AcquireResult answer) {
      super(null, null, false, false);
      this.answer = answer;
    }
  }

  private final Transactions transactions;
  private final String namespace;
  private final LeaseDialect sql;
  private final String holders;
  private final String lockHeld;
  private final String forceRelease;
  private final String idle;
  private final String delete;

  LeaseTable(JdbcContext context, LeaseDialect dialect, String namespace) {
    this.transactions = context.mutexTransactions();
    this.namespace = namespace;
    String table = context.schema().table("mutex");
    String now = context.engine().nowMicros();
    this.sql = dialect;
    String held = " AND owner IS NOT NULL AND expires_at > " + now;
    this.holders =
        "SELECT lock_key, holder, %s - acquired_at, expires_at - %s FROM %s WHERE namespace = ?"
                .formatted(now, now, table)
            + held;
    this.lockHeld = "SELECT 1 FROM " + table + LeaseDialect.ROW + held + " FOR UPDATE SKIP LOCKED";
    this.forceRelease =
        "UPDATE %s SET owner = NULL, holder = NULL, expires_at = %s".formatted(table, now)
            + LeaseDialect.ROW
            + held;
    // LEASE-5: the next token of a swept key is the clock alone, so it must have passed the last
    // one.
    String isIdle = " AND expires_at < %s - ? AND token < %s - ?".formatted(now, now);
    this.idle = "SELECT lock_key FROM " + table + " WHERE namespace = ?" + isIdle;
    this.delete = "DELETE FROM " + table + LeaseDialect.ROW + isIdle;
  }

  /**
   * Takes all of the rows or none.
   *
   * @param sending called when there is a connection, before anything is sent by it
   */
  AcquireResult acquire(AcquireRequest request, int networkTimeoutMillis, Runnable sending) {
    SqlWork<AcquireResult, RuntimeException> work =
        bounded(
            networkTimeoutMillis,
            connection -> {
              sending.run();
              return attempt(connection, request);
            });
    if (!sql.needsTransaction()) {
      return uninterrupted(() -> transactions.statement(work));
    }
    try {
      return uninterrupted(
          () ->
              transactions.<AcquireResult, HeldException>transaction(
                  connection -> allOrNothing(work.run(connection))));
    } catch (HeldException rolledBack) {
      return rolledBack.answer;
    }
  }

  private static AcquireResult allOrNothing(AcquireResult answer) throws HeldException {
    if (!answer.isGranted()) {
      throw new HeldException(answer);
    }
    return answer;
  }

  private AcquireResult attempt(Connection connection, AcquireRequest request) throws SQLException {
    try {
      return sql.acquire(connection, namespace, request);
    } catch (SQLException error) {
      return switch (SqlErrors.meaningOf(error)) {
        // Another node is working on this very row: it has won, and will be done soon.
        case DUPLICATE -> AcquireResult.held(0);
        case BUSY -> {
          if (isStatementTimeout(error)) {
            throw error; // slow, which says nothing of who holds the row
          }
          yield AcquireResult.held(0);
        }
        default -> throw error;
      };
    }
  }

  /** Whether the statement took too long, and not its wait for a lock. */
  private static boolean isStatementTimeout(SQLException error) {
    return STATEMENT_TIMEOUT_STATE.equals(error.getSQLState())
        || error.getErrorCode() == MARIADB_STATEMENT_TIMEOUT;
  }

  /**
   * Renews these rows as far as nobody has their locks; returns the others.
   *
   * @param sending called when there is a connection, before anything is sent by it
   */
  Map<LeaseKey, LeaseDialect.RenewFailure> renew(
      List<LeaseRow> rows, int networkTimeoutMillis, Runnable sending) {
    return writing(
        networkTimeoutMillis,
        connection -> {
          sending.run();
          return sql.renew(connection, namespace, rows);
        });
  }

  /** Releases what this nonce still holds; false if a row is locked, for example by a guard. */
  boolean release(List<LeaseKey> rows, String nonce, boolean guarded, int networkTimeoutMillis) {
    return writing(
        networkTimeoutMillis,
        connection -> sql.release(connection, namespace, rows, nonce, guarded));
  }

  /** As {@link LeaseDialect#leaveUntil}. */
  boolean leaveUntil(
      List<LeaseKey> rows,
      String nonce,
      String coolDown,
      Duration delay,
      int networkTimeoutMillis) {
    return writing(
        networkTimeoutMillis,
        connection -> sql.leaveUntil(connection, namespace, rows, nonce, coolDown, delay));
  }

  private <T> T writing(int networkTimeoutMillis, SqlWork<T, RuntimeException> work) {
    SqlWork<T, RuntimeException> bounded = bounded(networkTimeoutMillis, work);
    return uninterrupted(
        () ->
            sql.needsTransaction()
                ? transactions.<T, RuntimeException>transaction(bounded)
                : transactions.statement(bounded));
  }

  /** Who is in these rows at this moment. */
  Map<LeaseKey, LeaseDialect.RowOwner> owners(Collection<LeaseKey> rows, int networkTimeoutMillis) {
    return uninterrupted(
        () ->
            transactions.reading(
                bounded(
                    networkTimeoutMillis, connection -> sql.owners(connection, namespace, rows))));
  }

  /** Locks the rows for the caller's transaction; false if this nonce does not hold them. */
  public boolean guard(Connection connection, List<LeaseKey> rows, String nonce) {
    return uninterrupted(
        () ->
            Transactions.<Boolean, RuntimeException>joined(
                connection, same -> sql.guard(same, namespace, rows, nonce)));
  }

  /**
   * Tries to get a row for the caller's transaction; {@code remain} as in {@link LeaseDialect#pin}.
   */
  public LeaseDialect.RowLock pin(Connection connection, LeaseKey row, String remain) {
    return uninterrupted(
        () ->
            Transactions.<LeaseDialect.RowLock, RuntimeException>joined(
                connection, same -> sql.pin(same, namespace, row, remain)));
  }

  // For operators

  /** What {@link #forceRelease} found. */
  public enum Forced {
    /** A grant was there and is ended. */
    RELEASED,
    /** No grant was there. */
    NOT_HELD,
    /** A transaction of somebody has the row locked; nothing was done. */
    LOCKED
  }

  /** Ends whatever grant has the row. */
  public Forced forceRelease(LeaseKey key) {
    return uninterrupted(
        () ->
            transactions.<Forced, RuntimeException>transaction(
                connection -> {
                  if (!isLockable(connection, key)) {
                    LeaseDialect.RowOwner owner =
                        sql.owners(connection, namespace, List.of(key)).get(key);
                    return owner != null && owner.isHeld() ? Forced.LOCKED : Forced.NOT_HELD;
                  }
                  try (PreparedStatement statement = connection.prepareStatement(forceRelease)) {
                    LeaseDialect.bindRow(statement, 1, namespace, key);
                    return statement.executeUpdate() == 1 ? Forced.RELEASED : Forced.NOT_HELD;
                  }
                }));
  }

  private boolean isLockable(Connection connection, LeaseKey key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lockHeld)) {
      LeaseDialect.bindRow(statement, 1, namespace, key);
      return LeaseDialect.count(statement) == 1;
    }
  }

  /** Who holds the row, if anybody does. */
  public Optional<HoldInfo> holder(LeaseKey key, String text) {
    return infos(key, row -> text).stream().findFirst();
  }

  /** Who holds what. */
  public List<HoldInfo> holders(Function<LeaseKey, String> text) {
    return infos(null, text);
  }

  private List<HoldInfo> infos(@Nullable LeaseKey only, Function<LeaseKey, String> text) {
    String query = holders + (only == null ? " ORDER BY lock_key" : " AND lock_key = ?");
    return uninterrupted(
        () ->
            transactions.reading(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(query)) {
                    statement.setString(1, namespace);
                    if (only != null) {
                      statement.setBytes(2, only.bytes());
                    }
                    return read(statement, text);
                  }
                }));
  }

  private static List<HoldInfo> read(PreparedStatement query, Function<LeaseKey, String> text)
      throws SQLException {
    List<HoldInfo> found = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        found.add(
            new HoldInfo(
                text.apply(LeaseKey.stored(row.getBytes(1))),
                String.valueOf(row.getString(2)),
                LeaseDialect.duration(row.getLong(3)),
                LeaseDialect.duration(row.getLong(4))));
      }
    }
    return found;
  }

  /** Deletes the rows that have been free for so long; returns how many. */
  public int sweep(Duration idleFor) {
    long micros = LeaseDialect.micros(idleFor);
    List<LeaseKey> candidates =
        new ArrayList<>(
            uninterrupted(() -> transactions.reading(connection -> idle(connection, micros))));
    candidates.sort(null);
    int swept = 0;
    for (int from = 0; from < candidates.size(); from += SWEPT_AT_ONCE) {
      List<LeaseKey> some =
          candidates.subList(from, Math.min(candidates.size(), from + SWEPT_AT_ONCE));
      swept +=
          uninterrupted(
              () ->
                  transactions.<Integer, RuntimeException>transaction(
                      connection -> delete(connection, some, micros)));
    }
    return swept;
  }

  /** Found by a read without locks: a delete by this condition alone would lock the namespace. */
  private List<LeaseKey> idle(Connection connection, long micros) throws SQLException {
    List<LeaseKey> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(idle)) {
      statement.setString(1, namespace);
      statement.setLong(2, micros);
      statement.setLong(3, micros);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(LeaseKey.stored(row.getBytes(1)));
        }
      }
    }
    return found;
  }

  private int delete(Connection connection, List<LeaseKey> keys, long micros) throws SQLException {
    int deleted = 0;
    try (PreparedStatement statement = connection.prepareStatement(delete)) {
      for (LeaseKey key : keys) {
        LeaseDialect.bindRow(statement, 1, namespace, key);
        statement.setLong(3, micros);
        statement.setLong(4, micros);
        deleted += statement.executeUpdate();
      }
    }
    return deleted;
  }

  // Around a statement

  /** The work, with the connection's network time-out set to ours meanwhile. */
  private <T, E extends Exception> SqlWork<T, E> bounded(int timeoutMillis, SqlWork<T, E> work) {
    return sql.isRemote() ? connection -> bounded(connection, timeoutMillis, work) : work;
  }

  private static <T, E extends Exception> T bounded(
      Connection connection, int timeoutMillis, SqlWork<T, E> work) throws SQLException, E {
    int before = connection.getNetworkTimeout();
    if (before > 0 && before <= timeoutMillis) {
      return work.run(connection);
    }
    connection.setNetworkTimeout(Runnable::run, timeoutMillis);
    try {
      return work.run(connection);
    } finally {
      restore(connection, before);
    }
  }

  private static void restore(Connection connection, int networkTimeoutMillis) {
    try {
      connection.setNetworkTimeout(Runnable::run, networkTimeoutMillis);
    } catch (SQLException broken) {
      // A broken connection is the pool's to throw away; the statement's own failure is reported.
      LOG.debug("could not put the network time-out back", broken);
    }
  }

  private interface Work<T extends @Nullable Object, E extends Exception> {
    T run() throws E;
  }

  private static <T extends @Nullable Object, E extends Exception> T uninterrupted(Work<T, E> work)
      throws E {
    boolean interrupted = Thread.interrupted();
    try {
      return work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
