/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.RecentKeys;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.lease.LeaseDialect.AcquireRequest;
import org.occ4j.jdbc.internal.lease.LeaseDialect.AcquireResult;

/**
 * One lease row in PostgreSQL: what nearly every acquisition and release is about.
 *
 * <p>A row that is not there has to be inserted by the statement that did not find it, so that a
 * new key costs one round trip as well. That statement carries an insert that is nearly never
 * needed, for which the server pays each time. So the rows that were seen lately are remembered,
 * and of those a cheaper statement is asked first, which can only take a row. If it finds none, the
 * other one is sent after it.
 */
final class PostgresqlLeaseRow {
  private final RecentKeys seen = new RecentKeys();
  private final String take;
  private final String takeOrInsert;
  private final String release;

  PostgresqlLeaseRow(LeaseDialect dialect) {
    // Locked before it is updated, because only a select can pass over a row that is locked.
    this.take =
        dialect.sql(
            """
            WITH taken AS (
              UPDATE {mutex} SET token = GREATEST(token + 1, {now}), owner = ?, holder = ?,
                acquired_at = {now}, expires_at = {now} + ?
              WHERE namespace = ? AND lock_key = ? AND (
                SELECT true FROM {mutex} WHERE namespace = ? AND lock_key = ?
                  AND (owner IS NULL OR owner IN (?, ?) OR expires_at <= {now})
                FOR UPDATE SKIP LOCKED)
              RETURNING token)
            SELECT token, 0 FROM taken
            UNION ALL SELECT NULL, expires_at - {now} FROM {mutex}
              WHERE namespace = ? AND lock_key = ? AND NOT EXISTS (SELECT 1 FROM taken)""");
    this.takeOrInsert =
        dialect.sql(
            """
            WITH seen AS MATERIALIZED (
              SELECT expires_at - {now} AS remaining FROM {mutex}
              WHERE namespace = ? AND lock_key = ?),
            free AS MATERIALIZED (
              SELECT 1 FROM {mutex} WHERE namespace = ? AND lock_key = ?
                AND (owner IS NULL OR owner IN (?, ?) OR expires_at <= {now})
              FOR UPDATE SKIP LOCKED),
            updated AS (
              UPDATE {mutex} SET token = GREATEST(token + 1, {now}), owner = ?, holder = ?,
                acquired_at = {now}, expires_at = {now} + ?
              WHERE namespace = ? AND lock_key = ? AND EXISTS (SELECT 1 FROM free)
              RETURNING token),
            inserted AS (
              INSERT INTO {mutex}
                (namespace, lock_key, token, owner, holder, acquired_at, expires_at)
              SELECT w.namespace, w.k, {now}, ?, ?, {now}, {now} + ?
              FROM (SELECT CAST(? AS text) AS namespace, CAST(? AS bytea) AS k) w
              WHERE CASE WHEN EXISTS (SELECT 1 FROM seen) THEN false ELSE
                pg_try_advisory_xact_lock(
                  hashtextextended(w.namespace || '/' || encode(w.k, 'hex'), 0)) END
              ON CONFLICT DO NOTHING RETURNING token)
            SELECT (SELECT token FROM updated UNION ALL SELECT token FROM inserted),
              (SELECT remaining FROM seen)""");
    // The commit does not wait for the disk: a release that is lost by a crash of the server leaves
    // a lease that ends by itself.
    this.release =
        dialect.sql(
            """
            UPDATE {mutex} SET owner = NULL, holder = NULL, expires_at = {now}
            WHERE namespace = ? AND lock_key = ? AND owner = ?
              AND set_config('synchronous_commit', 'off', true) IS NOT NULL""");
  }

  AcquireResult acquire(Connection connection, String namespace, AcquireRequest request)
      throws SQLException {
    LeaseKey key = request.rows().get(0);
    AcquireResult answer =
        seen.mayHave(key.hashCode()) ? take(connection, namespace, key, request) : null;
    return answer == null ? takeOrInsert(connection, namespace, key, request) : answer;
  }

  /** Takes the row if it is to be had; null if there is no row. */
  private @Nullable AcquireResult take(
      Connection connection, String namespace, LeaseKey key, AcquireRequest request)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      int next = bindHolder(statement, 1, request);
      next = bindRow(statement, next, namespace, key);
      next = bindRow(statement, next, namespace, key);
      next = bindOwners(statement, next, request);
      bindRow(statement, next, namespace, key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Results.read(() -> answer(row)) : null;
      }
    }
  }

  private AcquireResult takeOrInsert(
      Connection connection, String namespace, LeaseKey key, AcquireRequest request)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(takeOrInsert)) {
      int next = bindRow(statement, 1, namespace, key);
      next = bindRow(statement, next, namespace, key);
      next = bindOwners(statement, next, request);
      next = bindHolder(statement, next, request);
      next = bindRow(statement, next, namespace, key);
      next = bindHolder(statement, next, request);
      bindRow(statement, next, namespace, key);
      try (ResultSet row = statement.executeQuery()) {
        Results.require(row.next(), "no row where one was asked for");
        seen.add(key.hashCode());
        return Results.read(() -> answer(row));
      }
    }
  }

  private static AcquireResult answer(ResultSet row) throws SQLException {
    long token = row.getLong(1);
    return row.wasNull() ? AcquireResult.held(row.getLong(2)) : AcquireResult.granted(token);
  }

  /** Waits for nothing but our own renewal, which is one statement. */
  void release(Connection connection, String namespace, LeaseKey key, String nonce)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(release)) {
      statement.setString(bindRow(statement, 1, namespace, key), nonce);
      statement.executeUpdate();
    }
  }

  private static int bindRow(PreparedStatement statement, int first, String namespace, LeaseKey key)
      throws SQLException {
    LeaseDialect.bindRow(statement, first, namespace, key);
    return first + 2;
  }

  private static int bindOwners(PreparedStatement statement, int first, AcquireRequest request)
      throws SQLException {
    statement.setString(first, request.nonce());
    statement.setString(first + 1, request.predecessor());
    return first + 2;
  }

  private static int bindHolder(PreparedStatement statement, int first, AcquireRequest request)
      throws SQLException {
    statement.setString(first, request.nonce());
    statement.setString(first + 1, request.holder());
    statement.setLong(first + 2, request.lengthMicros());
    return first + 3;
  }
}
