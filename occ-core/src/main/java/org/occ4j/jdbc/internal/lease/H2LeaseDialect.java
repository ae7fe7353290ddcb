/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.SqlErrors;

/**
 * Leases in H2, which runs in this process as a rule: short transactions of several statements,
 * because round trips cost nothing there. An insert that meets another's waits for at most H2's
 * lock time-out.
 */
public final class H2LeaseDialect extends LeaseDialect {
  private static final int TAKEN = -1;

  private final String take;
  private final String look;
  private final String insert;
  private final String token;
  private final String lockOurs;
  private final String renew;
  private final String leave;
  private final String leaveUntil;
  private final String lockFree;

  /** The statements for a table, by its quoted name and the database clock. */
  public H2LeaseDialect(String table, String now) {
    super(table, now, "FOR UPDATE");
    this.take =
        sql(
            """
            UPDATE {mutex} SET token = GREATEST(token + 1, {now}), owner = ?, holder = ?,
              acquired_at = {now}, expires_at = {now} + ?
            WHERE namespace = ? AND lock_key = ?
              AND (owner IS NULL OR owner IN (?, ?) OR expires_at <= {now})""");
    this.look =
        sql("SELECT owner, expires_at - {now} FROM {mutex} WHERE namespace = ? AND lock_key = ?");
    this.insert =
        sql(
            """
            INSERT INTO {mutex}
              (namespace, lock_key, token, owner, holder, acquired_at, expires_at)
            VALUES (?, ?, {now}, ?, ?, {now}, {now} + ?)""");
    this.token = sql("SELECT token FROM {mutex} WHERE namespace = ? AND lock_key = ?");
    this.lockOurs =
        sql("SELECT lock_key, owner FROM {mutex} WHERE namespace = ? AND lock_key IN (");
    this.renew =
        sql(
            """
            UPDATE {mutex}
            SET expires_at = GREATEST(expires_at, LEAST({now} + ?, acquired_at + ?))
            WHERE namespace = ? AND lock_key = ? AND owner = ?""");
    this.leaveUntil =
        sql(
            """
            UPDATE {mutex} SET owner = ?, expires_at = {now} + ?
            WHERE namespace = ? AND lock_key = ? AND owner = ?""");
    this.leave =
        sql(
            """
            UPDATE {mutex} SET owner = NULL, holder = NULL, expires_at = {now}
            WHERE namespace = ? AND lock_key = ? AND owner = ?""");
    this.lockFree =
        sql(
            """
            SELECT 1 FROM {mutex} WHERE namespace = ? AND lock_key = ?
              AND (owner IS NULL OR owner = ? OR expires_at <= {now})
            FOR UPDATE SKIP LOCKED""");
  }

  @Override
  boolean needsTransaction() {
    return true;
  }

  @Override
  boolean isRemote() {
    return false;
  }

  @Override
  AcquireResult acquire(Connection connection, String namespace, AcquireRequest request)
      throws SQLException {
    long greatest = 0;
    for (LeaseKey key : request.rows()) {
      long heldMicros = take(connection, namespace, key, request);
      if (heldMicros != TAKEN) {
        return AcquireResult.held(heldMicros);
      }
      greatest = Math.max(greatest, token(connection, namespace, key));
    }
    return AcquireResult.granted(greatest);
  }

  /** Takes one row; else for how long it is held at most. */
  private long take(Connection connection, String namespace, LeaseKey key, AcquireRequest request)
      throws SQLException {
    if (update(connection, namespace, key, request)) {
      return TAKEN;
    }
    try (PreparedStatement statement = connection.prepareStatement(look)) {
      bindRow(statement, 1, namespace, key);
      try (ResultSet row = statement.executeQuery()) {
        if (row.next()) {
          return row.getString(1) == null ? 0 : Math.max(0, row.getLong(2));
        }
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      bindRow(statement, 1, namespace, key);
      bindHolder(statement, 3, request);
      statement.executeUpdate();
      return TAKEN;
    }
  }

  private boolean update(
      Connection connection, String namespace, LeaseKey key, AcquireRequest request)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      bindHolder(statement, 1, request);
      bindRow(statement, 4, namespace, key);
      statement.setString(6, request.nonce());
      statement.setString(7, request.predecessor());
      return statement.executeUpdate() == 1;
    }
  }

  private static void bindHolder(PreparedStatement statement, int first, AcquireRequest request)
      throws SQLException {
    statement.setString(first, request.nonce());
    statement.setString(first + 1, request.holder());
    statement.setLong(first + 2, request.lengthMicros());
  }

  private long token(Connection connection, String namespace, LeaseKey key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(token)) {
      bindRow(statement, 1, namespace, key);
      try (ResultSet row = statement.executeQuery()) {
        Results.require(row.next(), "no row where one was asked for");
        return row.getLong(1);
      }
    }
  }

  @Override
  Map<LeaseKey, RenewFailure> renew(Connection connection, String namespace, List<LeaseRow> rows)
      throws SQLException {
    List<LeaseKey> keys = rows.stream().map(LeaseRow::key).toList();
    Set<LeaseKey> locked = lock(connection, namespace, keys);
    try (PreparedStatement statement = connection.prepareStatement(renew)) {
      for (LeaseRow row : rows) {
        if (locked.contains(row.key())) {
          statement.setLong(1, row.lengthMicros());
          statement.setLong(2, row.mostMicros());
          bindRow(statement, 3, namespace, row.key());
          statement.setString(5, row.nonce());
          statement.addBatch();
        }
      }
      statement.executeBatch();
    }
    Map<LeaseKey, RowOwner> owners = owners(connection, namespace, keys);
    Map<LeaseKey, RenewFailure> missed = new HashMap<>();
    for (LeaseRow row : rows) {
      RowOwner owner = owners.get(row.key());
      if (owner == null || !row.nonce().equals(owner.owner())) {
        missed.put(row.key(), RenewFailure.NOT_OURS);
      } else if (!locked.contains(row.key())) {
        missed.put(row.key(), RenewFailure.PASSED_OVER);
      }
    }
    return missed;
  }

  private Set<LeaseKey> lock(Connection connection, String namespace, List<LeaseKey> keys)
      throws SQLException {
    Set<LeaseKey> locked = new HashSet<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            lockOurs + placeholders(keys.size()) + ") ORDER BY lock_key FOR UPDATE SKIP LOCKED")) {
      statement.setString(1, namespace);
      bindKeys(statement, 2, keys);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          locked.add(LeaseKey.stored(row.getBytes(1)));
        }
      }
    }
    return locked;
  }

  @Override
  boolean release(
      Connection connection, String namespace, List<LeaseKey> rows, String nonce, boolean guarded)
      throws SQLException {
    Set<LeaseKey> locked = guarded ? lock(connection, namespace, rows) : new HashSet<>(rows);
    try (PreparedStatement statement = connection.prepareStatement(leave)) {
      for (LeaseKey key : rows) {
        if (locked.contains(key)) {
          bindRow(statement, 1, namespace, key);
          statement.setString(3, nonce);
          statement.executeUpdate();
        }
      }
    }
    return owners(connection, namespace, rows).values().stream()
        .noneMatch(owner -> nonce.equals(owner.owner()));
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
    int left = 0;
    try (PreparedStatement statement = connection.prepareStatement(leaveUntil)) {
      for (LeaseKey key : lock(connection, namespace, rows)) {
        statement.setString(1, coolDown);
        statement.setLong(2, micros);
        bindRow(statement, 3, namespace, key);
        statement.setString(5, nonce);
        left += statement.executeUpdate();
      }
    }
    return left;
  }

  @Override
  RowLock pin(Connection connection, String namespace, LeaseKey key, String remain)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lockFree)) {
      bindRow(statement, 1, namespace, key);
      statement.setString(3, remain);
      if (count(statement) == 1) {
        return RowLock.PINNED;
      }
    }
    RowOwner owner = owners(connection, namespace, List.of(key)).get(key);
    if (owner != null) {
      boolean leased = owner.isHeld() && !remain.equals(owner.owner());
      return leased ? RowLock.LEASED : RowLock.LOCKED;
    }
    return insertFree(connection, namespace, key);
  }

  private RowLock insertFree(Connection connection, String namespace, LeaseKey key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      bindRow(statement, 1, namespace, key);
      statement.setNull(3, java.sql.Types.VARCHAR);
      statement.setNull(4, java.sql.Types.VARCHAR);
      statement.setLong(5, 0);
      statement.executeUpdate();
      return RowLock.PINNED;
    } catch (SQLException error) {
      return switch (SqlErrors.meaningOf(error)) {
        case DUPLICATE, BUSY -> RowLock.LOCKED;
        default -> throw error;
      };
    }
  }
}
