/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.occ4j.jdbc.internal.MariadbBlock;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.SqlErrors;

/**
 * Leases in MariaDB: to acquire and to renew, the client sends one anonymous block, which is one
 * round trip with either driver. What several statements of a block write is one transaction.
 *
 * <p>The block that acquires looks first without a lock, so pollers do not disturb the holder's
 * renewal, and then inserts or updates by one statement that waits for no lock. Lists of unknown
 * length go in as JSON. InnoDB cannot pass over locked rows in an update, so renewal walks over
 * those that a {@code SKIP LOCKED} has locked for it.
 */
public final class MariadbLeaseDialect extends LeaseDialect {
  /** Ends the transaction of a block that failed; a lock time-out alone would leave it open. */
  private static final String ROLL_BACK_IF_IT_FAILS =
      "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;";

  /** As the columns: another collation would compare case and trailing blanks away. */
  private static final String COMPARED_BY_BYTES = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";

  private static final String WAIT_FOR_NO_LOCK = "SET STATEMENT innodb_lock_wait_timeout = 0 FOR ";

  private static final String INSERT =
      "INSERT INTO {m} (namespace, lock_key, token, owner, holder, acquired_at, expires_at) VALUES ";

  private final boolean galera;
  private final String guardByWriting;
  private final String acquire;
  private final String acquiredRow;
  private final String renew;
  private final String release;
  private final String leaveUntil;
  private final String pin;

  /**
   * The statements for a table, by its quoted name and the database clock.
   *
   * @param galera whether it is in a Galera cluster, whose nodes compare only what was written: so
   *     there a guard writes too, and excludes other guards
   */
  public MariadbLeaseDialect(String table, String now, boolean galera) {
    super(table, now, "LOCK IN SHARE MODE");
    this.galera = galera;
    this.guardByWriting =
        ofTable(
            "UPDATE {m} SET expires_at = expires_at + 1"
                + " WHERE namespace = ? AND owner = ? AND expires_at > {now} AND lock_key IN (");
    String free = "(owner IS NULL OR owner IN (p_nonce, p_predecessor) OR expires_at <= {now})";
    // SELECT INTO, because a select inside the expression of an IF locks what it reads.
    // Each assignment may or may not see those before it, by the SQL mode. "free" holds either way:
    // once the owner is the nonce it stays true.
    this.acquire =
        expand(
            """
            BEGIN NOT ATOMIC
              DECLARE p_namespace VARCHAR(100) {bytes} DEFAULT ?;
              DECLARE p_nonce, p_predecessor VARCHAR(36) {bytes};
              DECLARE p_holder VARCHAR(255) {bytes} DEFAULT ?;
              DECLARE p_length BIGINT DEFAULT ?;
              DECLARE p_rows INT;
              {handler}
              SET p_nonce = ?, p_predecessor = ?;
              SELECT COUNT(*) INTO p_rows FROM {m} WHERE namespace = p_namespace
                AND lock_key IN ({keys}) AND NOT {free};
              IF p_rows = 0 THEN
                START TRANSACTION;
                {nowait} {insert} {rows}
                  ON DUPLICATE KEY UPDATE
                    holder = IF({free}, VALUES(holder), holder),
                    acquired_at = IF({free}, VALUES(acquired_at), acquired_at),
                    token = IF({free}, GREATEST(token + 1, {now}), token),
                    owner = IF({free}, VALUES(owner), owner),
                    expires_at = IF({free}, VALUES(expires_at), expires_at);
                SELECT COUNT(*) INTO p_rows FROM {m} WHERE namespace = p_namespace
                  AND lock_key IN ({keys}) AND owner = p_nonce;
                IF p_rows = {size} THEN
                  COMMIT;
                ELSE
                  ROLLBACK;
                END IF;
              END IF;
              SELECT p_nonce, COUNT(IF(owner = p_nonce, 1, NULL)), MAX(token),
                MAX(IF(owner = p_nonce, 0, expires_at - {now}))
                FROM {m} WHERE namespace = p_namespace AND lock_key IN ({keys});
            END"""
                .replace("{free}", free));
    this.acquiredRow =
        expand("(p_namespace, ?, {now}, p_nonce, p_holder, {now}, {now} + p_length)");
    // STRAIGHT_JOIN: from our list to the rows. The other way round would lock the namespace.
    String ours =
        """
        JSON_TABLE(p_ours, '$[*]' COLUMNS (k VARCHAR(510) PATH '$.k',
          nonce VARCHAR(36) PATH '$.n', length BIGINT PATH '$.l',
          most BIGINT PATH '$.m')) ours
          STRAIGHT_JOIN {m} m ON m.namespace = p_namespace AND m.lock_key = UNHEX(ours.k)
            AND m.owner = ours.nonce""";
    this.renew =
        ofTable(
            """
            BEGIN NOT ATOMIC
              DECLARE p_namespace VARCHAR(100) {bytes} DEFAULT ?;
              DECLARE p_ours LONGTEXT {bytes} DEFAULT ?;
              DECLARE p_begun BIGINT DEFAULT {now};
              {handler}
              START TRANSACTION;
              FOR one IN (SELECT m.lock_key, ours.length, ours.most FROM {ours}
                  ORDER BY m.lock_key FOR UPDATE SKIP LOCKED) DO
                UPDATE {m} SET expires_at =
                    GREATEST(expires_at, LEAST({now} + one.length, acquired_at + one.most))
                  WHERE namespace = p_namespace AND lock_key = one.lock_key;
              END FOR;
              COMMIT;
              SELECT m.lock_key,
                m.expires_at >= LEAST(p_begun + ours.length, m.acquired_at + ours.most) FROM {ours};
            END"""
                .replace("{ours}", ours));
    this.release =
        ofTable(
            "{nowait} UPDATE {m} SET owner = NULL, holder = NULL, expires_at = {now}"
                + " WHERE namespace = ? AND owner = ? AND lock_key IN (");
    this.leaveUntil =
        ofTable(
            "{nowait} UPDATE {m} SET owner = ?, expires_at = {now} + ?"
                + " WHERE namespace = ? AND owner = ? AND lock_key IN (");
    String pinned =
        galera
            ? "IF(owner IS NULL OR expires_at <= {now} OR owner = ?, token + 1, token)"
            : "token";
    this.pin =
        ofTable(
            "{nowait} {insert} (?, ?, {now}, NULL, NULL, {now}, {now})"
                + (" ON DUPLICATE KEY UPDATE token = " + pinned)
                + " RETURNING owner, expires_at - {now}");
  }

  private String expand(String sql) {
    return sql.replace("{bytes}", COMPARED_BY_BYTES)
        .replace("{handler}", ROLL_BACK_IF_IT_FAILS)
        .replace("{nowait}", WAIT_FOR_NO_LOCK)
        .replace("{insert}", INSERT)
        .replace("{now}", now);
  }

  /** Last of all: a table's name may have anything in it. */
  private String ofTable(String sql) {
    return expand(sql).replace("{m}", table);
  }

  /** The block rolls back by itself. */
  @Override
  boolean needsTransaction() {
    return false;
  }

  @Override
  boolean guard(Connection connection, String namespace, List<LeaseKey> rows, String nonce)
      throws SQLException {
    if (!galera) {
      return super.guard(connection, namespace, rows, nonce);
    }
    try (PreparedStatement statement =
        connection.prepareStatement(guardByWriting + placeholders(rows.size()) + ")")) {
      statement.setString(1, namespace);
      statement.setString(2, nonce);
      bindKeys(statement, 3, rows);
      return statement.executeUpdate() == rows.size();
    }
  }

  @Override
  AcquireResult acquire(Connection connection, String namespace, AcquireRequest request)
      throws SQLException {
    int size = request.rows().size();
    String sql =
        acquire
            .replace("{keys}", placeholders(size))
            .replace("{size}", Integer.toString(size))
            .replace("{rows}", acquiredRow + (", " + acquiredRow).repeat(size - 1))
            .replace("{m}", table);
    try (PreparedStatement statement = MariadbBlock.prepare(connection, sql)) {
      statement.setString(1, namespace);
      statement.setString(2, request.holder());
      statement.setLong(3, request.lengthMicros());
      statement.setString(4, request.nonce());
      statement.setString(5, request.predecessor());
      int next = bindKeys(statement, 6, request.rows());
      for (LeaseKey key : request.rows()) {
        statement.setBytes(next++, key.bytes());
      }
      next = bindKeys(statement, next, request.rows());
      bindKeys(statement, next, request.rows());
      try (ResultSet row = result(statement)) {
        return Results.read(() -> answer(row, request));
      }
    }
  }

  private static AcquireResult answer(ResultSet row, AcquireRequest request) throws SQLException {
    Results.require(
        row.next() && request.nonce().equals(row.getString(1)), "an answer to another statement");
    return row.getInt(2) == request.rows().size()
        ? AcquireResult.granted(row.getLong(3))
        : AcquireResult.held(row.getLong(4));
  }

  /**
   * Told apart by what is in a row afterwards: another nonce; ours, with an expiry that is no
   * earlier than a renewal when the block began would have made it; or ours with an earlier one.
   */
  @Override
  Map<LeaseKey, RenewFailure> renew(Connection connection, String namespace, List<LeaseRow> rows)
      throws SQLException {
    Map<LeaseKey, RenewFailure> missed = new HashMap<>();
    Set<LeaseKey> renewed = new HashSet<>();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, renew)) {
      statement.setString(1, namespace);
      statement.setString(2, json(rows));
      try (ResultSet row = result(statement)) {
        while (row.next()) {
          LeaseKey key = LeaseKey.stored(row.getBytes(1));
          if (row.getBoolean(2)) {
            renewed.add(key);
          } else {
            missed.put(key, RenewFailure.PASSED_OVER);
          }
        }
      }
    }
    for (LeaseRow row : rows) {
      if (!renewed.contains(row.key())) {
        missed.putIfAbsent(row.key(), RenewFailure.NOT_OURS);
      }
    }
    return missed;
  }

  /** Hexadecimal digits, a UUID and a number: nothing in it needs an escape. */
  private static String json(List<LeaseRow> rows) {
    StringBuilder json = new StringBuilder("[");
    for (LeaseRow row : rows) {
      json.append(json.length() == 1 ? "" : ",")
          .append("{\"k\":\"")
          .append(HexFormat.of().formatHex(row.key().bytes()))
          .append("\",\"n\":\"")
          .append(row.nonce())
          .append("\",\"l\":")
          .append(row.lengthMicros())
          .append(",\"m\":")
          .append(row.mostMicros())
          .append('}');
    }
    return json.append(']').toString();
  }

  @Override
  boolean release(
      Connection connection, String namespace, List<LeaseKey> rows, String nonce, boolean guarded)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(release + placeholders(rows.size()) + ")")) {
      statement.setString(1, namespace);
      statement.setString(2, nonce);
      bindKeys(statement, 3, rows);
      statement.executeUpdate();
      return true;
    } catch (SQLException error) {
      if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.BUSY) {
        return false;
      }
      throw error;
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
    try (PreparedStatement statement =
        connection.prepareStatement(leaveUntil + placeholders(rows.size()) + ")")) {
      statement.setString(1, coolDown);
      statement.setLong(2, micros);
      statement.setString(3, namespace);
      statement.setString(4, nonce);
      bindKeys(statement, 5, rows);
      return statement.executeUpdate();
    } catch (SQLException error) {
      if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.BUSY) {
        return 0;
      }
      throw error;
    }
  }

  @Override
  RowLock pin(Connection connection, String namespace, LeaseKey key, String remain)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(pin)) {
      bindRow(statement, 1, namespace, key);
      if (galera) {
        statement.setString(3, remain);
      }
      try (ResultSet row = result(statement)) {
        Results.require(row.next(), "no row where one was asked for");
        RowOwner owner = new RowOwner(row.getString(1), row.getLong(2));
        boolean leased = owner.isHeld() && !remain.equals(owner.owner());
        return leased ? RowLock.LEASED : RowLock.PINNED;
      }
    } catch (SQLException error) {
      if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.BUSY) {
        return RowLock.LOCKED; // the statement was rolled back, the caller's transaction goes on
      }
      throw error;
    }
  }

  /** The result set; {@code executeQuery} is for statements that drivers know to be queries. */
  private static ResultSet result(PreparedStatement statement) throws SQLException {
    return new Results(statement).next();
  }
}
