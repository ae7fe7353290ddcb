/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.occ4j.jdbc.internal.Results;

/**
 * Leases in PostgreSQL: one statement each to acquire, renew and release any number of rows.
 *
 * <p>The statement that acquires looks first ({@code seen}), then locks the rows that are free
 * ({@code free}), and writes only if it got the lock of every row that is there. So one that finds
 * a key held writes no WAL and leaves no dead row. The clock is read again under the row's lock,
 * from which the token and the expiry come.
 *
 * <p>A row that is not there cannot be locked. Whoever inserts it needs a transaction-scoped
 * advisory lock first, so that nobody waits for the insert of a transaction that lasts. A hash
 * shared by two keys makes at worst one attempt fail that could have succeeded. A row that was
 * inserted and committed after our snapshot, but before we got that lock: one row is just not had;
 * of several none may be, so the statement has to fail by its duplicate.
 */
public final class PostgresqlLeaseDialect extends LeaseDialect {
  private final String acquire;
  private final PostgresqlLeaseRow one;
  private final String renew;
  private final String release;
  private final String releaseGuarded;
  private final String leaveUntil;
  private final String pin;

  /** The statements for a table, by its quoted name and the database clock. */
  public PostgresqlLeaseDialect(String table, String now) {
    super(table, now, "FOR SHARE");
    this.one = new PostgresqlLeaseRow(this);
    this.acquire =
        sql(
            """
            WITH w AS MATERIALIZED (SELECT CAST(? AS text) AS namespace, CAST(? AS bytea[]) AS keys,
                CAST(? AS text) AS nonce, CAST(? AS text) AS predecessor, CAST(? AS text) AS holder,
                CAST(? AS bigint) AS length),
            seen AS MATERIALIZED (
              SELECT m.lock_key, m.owner, m.expires_at - {now} AS remaining FROM {mutex} m
              WHERE m.namespace = (SELECT namespace FROM w)
                AND m.lock_key = ANY (ARRAY(SELECT unnest(keys) FROM w))),
            held AS MATERIALIZED (
              SELECT MAX(s.remaining) AS remaining FROM seen s, w
              WHERE s.owner NOT IN (w.nonce, w.predecessor) AND s.remaining > 0),
            free AS MATERIALIZED (
              SELECT m.lock_key FROM {mutex} m
              WHERE (SELECT remaining FROM held) IS NULL
                AND m.namespace = (SELECT namespace FROM w)
                AND m.lock_key = ANY (ARRAY(SELECT unnest(keys) FROM w))
                AND (m.owner IS NULL
                  OR m.owner IN ((SELECT nonce FROM w), (SELECT predecessor FROM w))
                  OR m.expires_at <= {now})
              ORDER BY m.lock_key FOR UPDATE SKIP LOCKED),
            turns AS MATERIALIZED (
              SELECT k, pg_try_advisory_xact_lock(
                hashtextextended(w.namespace || '/' || encode(k, 'hex'), 0)) AS mine
              FROM w, unnest(w.keys) k
              WHERE (SELECT COUNT(*) FROM free) = (SELECT COUNT(*) FROM seen)
                AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.lock_key = k)),
            updated AS (
              UPDATE {mutex} m SET token = GREATEST(m.token + 1, {now}), owner = w.nonce,
                holder = w.holder, acquired_at = {now}, expires_at = {now} + w.length
              FROM free, w
              WHERE m.namespace = (SELECT namespace FROM w) AND m.lock_key = free.lock_key
                AND m.lock_key = ANY (ARRAY(SELECT unnest(keys) FROM w))
                AND (SELECT COUNT(*) FROM free) = (SELECT COUNT(*) FROM seen)
                AND NOT EXISTS (SELECT 1 FROM turns WHERE NOT mine)
              RETURNING m.token),
            inserted AS (
              INSERT INTO {mutex}
                (namespace, lock_key, token, owner, holder, acquired_at, expires_at)
              SELECT w.namespace, k, {now}, w.nonce, w.holder, {now}, {now} + w.length
              FROM w, turns
              WHERE (SELECT COUNT(*) FROM free) = (SELECT COUNT(*) FROM seen)
                AND NOT EXISTS (SELECT 1 FROM turns WHERE NOT mine)
              ORDER BY k RETURNING token),
            taken AS (SELECT token FROM updated UNION ALL SELECT token FROM inserted)
            SELECT COUNT(*), MAX(token), (SELECT remaining FROM held) FROM taken""");
    // Row by row through the key, then by where the locked row lies: no estimate can turn that into
    // a join of all with all, as it does with a new table or one that was never analysed. A locked
    // row stays where it is. One that moved after our snapshot is not found and so counts as passed
    // over: it is tried again.
    this.renew =
        sql(
            """
            WITH ours AS MATERIALIZED (
              SELECT * FROM unnest(CAST(? AS bytea[]), CAST(? AS text[]), CAST(? AS bigint[]),
                  CAST(? AS bigint[])) AS o (lock_key, owner, length, most)),
            free AS MATERIALIZED (
              SELECT locked.place, ours.length, ours.most FROM ours CROSS JOIN LATERAL (
                SELECT m.ctid AS place FROM {mutex} m
                WHERE m.namespace = ? AND m.lock_key = ours.lock_key AND m.owner = ours.owner
                FOR UPDATE SKIP LOCKED) locked),
            renewed AS (
              UPDATE {mutex} m SET expires_at =
                GREATEST(m.expires_at, LEAST({now} + free.length, m.acquired_at + free.most))
              FROM free WHERE m.ctid = free.place
              RETURNING m.lock_key)
            SELECT ours.lock_key, EXISTS (SELECT 1 FROM {mutex} m
                WHERE m.namespace = ? AND m.lock_key = ours.lock_key AND m.owner = ours.owner)
            FROM ours WHERE ours.lock_key NOT IN (SELECT lock_key FROM renewed)""");
    // That the commit does not wait for the disk is said in PostgresqlLeaseRow.
    this.release =
        sql(
            """
            UPDATE {mutex} SET owner = NULL, holder = NULL, expires_at = {now}
            WHERE namespace = ? AND lock_key = ANY (?) AND owner = ?
              AND set_config('synchronous_commit', 'off', true) IS NOT NULL""");
    this.releaseGuarded =
        sql(
            """
            WITH ours AS MATERIALIZED (
              SELECT lock_key FROM {mutex}
              WHERE namespace = ? AND lock_key = ANY (?) AND owner = ? FOR UPDATE SKIP LOCKED),
            left_now AS (
              UPDATE {mutex} m SET owner = NULL, holder = NULL, expires_at = {now} FROM ours
              WHERE m.namespace = ? AND m.lock_key = ours.lock_key
                AND set_config('synchronous_commit', 'off', true) IS NOT NULL
              RETURNING m.lock_key)
            SELECT lock_key FROM {mutex}
            WHERE namespace = ? AND lock_key = ANY (?) AND owner = ?
              AND lock_key NOT IN (SELECT lock_key FROM left_now)""");
    this.leaveUntil =
        sql(
            """
            WITH ours AS MATERIALIZED (
              SELECT lock_key FROM {mutex}
              WHERE namespace = ? AND lock_key = ANY (?) AND owner = ? FOR UPDATE SKIP LOCKED)
            UPDATE {mutex} m SET owner = ?, expires_at = {now} + ? FROM ours
              WHERE m.namespace = ? AND m.lock_key = ours.lock_key""");
    this.pin =
        sql(
            """
            WITH w AS MATERIALIZED (SELECT CAST(? AS text) AS namespace, CAST(? AS bytea) AS k,
                CAST(? AS text) AS remain),
            turn AS MATERIALIZED (
              SELECT pg_try_advisory_xact_lock(
                hashtextextended(w.namespace || '/' || encode(k, 'hex'), 0)) AS mine FROM w),
            seen AS MATERIALIZED (
              SELECT owner IS NOT NULL AND owner <> (SELECT remain FROM w) AND expires_at > {now}
                AS held FROM {mutex}
              WHERE namespace = (SELECT namespace FROM w) AND lock_key = (SELECT k FROM w)),
            free AS MATERIALIZED (
              SELECT 1 FROM {mutex}
              WHERE (SELECT mine FROM turn)
                AND namespace = (SELECT namespace FROM w) AND lock_key = (SELECT k FROM w)
                AND (owner IS NULL OR owner = (SELECT remain FROM w) OR expires_at <= {now})
              FOR UPDATE SKIP LOCKED),
            inserted AS (
              INSERT INTO {mutex}
                (namespace, lock_key, token, owner, holder, acquired_at, expires_at)
              SELECT w.namespace, w.k, {now}, NULL, NULL, {now}, {now} FROM w
              WHERE (SELECT mine FROM turn) AND NOT EXISTS (SELECT 1 FROM seen)
              ON CONFLICT DO NOTHING RETURNING 1)
            SELECT EXISTS (SELECT 1 FROM free) OR EXISTS (SELECT 1 FROM inserted),
              COALESCE((SELECT held FROM seen), false)""");
  }

  @Override
  boolean needsTransaction() {
    return false;
  }

  @Override
  AcquireResult acquire(Connection connection, String namespace, AcquireRequest request)
      throws SQLException {
    return request.rows().size() == 1
        ? one.acquire(connection, namespace, request)
        : acquireAll(connection, namespace, request);
  }

  private AcquireResult acquireAll(Connection connection, String namespace, AcquireRequest request)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(acquire)) {
      statement.setString(1, namespace);
      statement.setArray(2, keys(connection, request.rows()));
      statement.setString(3, request.nonce());
      statement.setString(4, request.predecessor());
      statement.setString(5, request.holder());
      statement.setLong(6, request.lengthMicros());
      try (ResultSet row = statement.executeQuery()) {
        Results.require(row.next(), "no row where one was asked for");
        return Results.read(
            () ->
                row.getInt(1) == request.rows().size()
                    ? AcquireResult.granted(row.getLong(2))
                    : AcquireResult.held(row.getLong(3)));
      }
    }
  }

  @Override
  Map<LeaseKey, RenewFailure> renew(Connection connection, String namespace, List<LeaseRow> rows)
      throws SQLException {
    Object[] owners = rows.stream().map(LeaseRow::nonce).toArray();
    Object[] lengths = rows.stream().map(LeaseRow::lengthMicros).toArray();
    Object[] most = rows.stream().map(LeaseRow::mostMicros).toArray();
    Map<LeaseKey, RenewFailure> missed = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(renew)) {
      statement.setArray(1, keys(connection, rows.stream().map(LeaseRow::key).toList()));
      statement.setArray(2, connection.createArrayOf("text", owners));
      statement.setArray(3, connection.createArrayOf("int8", lengths));
      statement.setArray(4, connection.createArrayOf("int8", most));
      statement.setString(5, namespace);
      statement.setString(6, namespace);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          missed.put(
              LeaseKey.stored(row.getBytes(1)),
              row.getBoolean(2) ? RenewFailure.PASSED_OVER : RenewFailure.NOT_OURS);
        }
      }
    }
    return missed;
  }

  @Override
  boolean release(
      Connection connection, String namespace, List<LeaseKey> rows, String nonce, boolean guarded)
      throws SQLException {
    if (rows.size() == 1 && !guarded) {
      one.release(connection, namespace, rows.get(0), nonce);
      return true;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(guarded ? releaseGuarded : release)) {
      Array keys = keys(connection, rows);
      bindWanted(statement, 1, namespace, keys, nonce);
      if (!guarded) {
        statement.executeUpdate(); // waits for nothing but our own renewal, which is one statement
        return true;
      }
      statement.setString(4, namespace);
      bindWanted(statement, 5, namespace, keys, nonce);
      return count(statement) == 0;
    }
  }

  @Override
  int leave(
      Connection connection,
      String namespace,
      List<LeaseKey> rows,
      String nonce,
      String coolDown,
      long micros)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(leaveUntil)) {
      bindWanted(statement, 1, namespace, keys(connection, rows), nonce);
      statement.setString(4, coolDown);
      statement.setLong(5, micros);
      statement.setString(6, namespace);
      return statement.executeUpdate();
    }
  }

  private static void bindWanted(
      PreparedStatement statement, int first, String namespace, Array keys, String nonce)
      throws SQLException {
    statement.setString(first, namespace);
    statement.setArray(first + 1, keys);
    statement.setString(first + 2, nonce);
  }

  @Override
  RowLock pin(Connection connection, String namespace, LeaseKey key, String remain)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(pin)) {
      bindRow(statement, 1, namespace, key);
      statement.setString(3, remain);
      try (ResultSet row = statement.executeQuery()) {
        Results.require(row.next(), "no row where one was asked for");
        if (row.getBoolean(1)) {
          return RowLock.PINNED;
        }
        return row.getBoolean(2) ? RowLock.LEASED : RowLock.LOCKED;
      }
    }
  }

  private static Array keys(Connection connection, List<LeaseKey> rows) throws SQLException {
    return connection.createArrayOf(
        "bytea", rows.stream().map(LeaseKey::bytes).toArray(byte[][]::new));
  }
}
