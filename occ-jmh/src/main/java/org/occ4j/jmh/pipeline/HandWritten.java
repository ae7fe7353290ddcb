/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.occ4j.testkit.Engine;

/**
 * What a careful engineer writes in one transaction: claim the id, lock the row, compare its
 * version, update it, append the change, keep the answer, commit. Six round trips, and one more for
 * the audit row; a transaction that the database ended is run again.
 *
 * <p>The pool hands out connections that are not in auto-commit mode, so that nothing is spent on
 * switching it.
 */
final class HandWritten<V> implements Mutations {
  private static final int MAX_ATTEMPTS = 10;
  private static final int LONGEST_PAUSE_MILLIS = 20;
  private static final int MARIADB_DUPLICATE = 1062;
  private static final int MARIADB_LOCK_TIMEOUT = 1205;
  private static final String NAMESPACE = "task";
  private static final String NODE = UUID.randomUUID().toString();
  private static final byte[] SCOPE_HASH = scopeHash();

  private static final String CLAIM =
      "INSERT INTO hand_mutation (scope_hash, mutation_id, tenant, principal, operation,"
          + " fingerprint, claimed_at, purge_after) VALUES (?, ?, ?, ?, ?, ?,"
          + " CURRENT_TIMESTAMP(6), CURRENT_TIMESTAMP(6) + INTERVAL '1' DAY)";
  private static final String ANSWER =
      "SELECT answer, fingerprint FROM hand_mutation WHERE scope_hash = ? AND mutation_id = ?";
  private static final String APPEND =
      "INSERT INTO hand_change (source, kind, item_key, version, updated_by, tags, node,"
          + " created_at) VALUES (?, 1, ?, ?, ?, ?, ?, CURRENT_TIMESTAMP(6))";
  private static final String KEEP =
      "UPDATE hand_mutation SET codec = 'bytes', answer = ?, completed_at = CURRENT_TIMESTAMP(6)"
          + " WHERE scope_hash = ? AND mutation_id = ?";

  private record Row<V>(long version, V value) {}

  private final HikariDataSource pool;
  private final RowShape<V> rows;
  private final boolean audited;
  private final String claim;
  private final String create;
  private final String read;
  private final String update;

  HandWritten(Engine engine, HikariDataSource pool, RowShape<V> rows, boolean audited) {
    this.pool = pool;
    this.rows = rows;
    this.audited = audited;
    // On PostgreSQL a duplicate would end the transaction, on MariaDB it does not.
    this.claim = engine == Engine.POSTGRESQL ? CLAIM + " ON CONFLICT DO NOTHING" : CLAIM;
    String keys = String.join(", ", rows.keyColumns());
    String values = String.join(", ", rows.valueColumns());
    String isKey = " WHERE " + String.join(" = ? AND ", rows.keyColumns()) + " = ?";
    this.create =
        ("INSERT INTO " + rows.table() + " (version, updated_at, " + keys + ", " + values + ")")
            + (" VALUES (1, CURRENT_TIMESTAMP(6)" + ", ?".repeat(rows.keyColumns().size()))
            + (", ?".repeat(rows.valueColumns().size()) + ")");
    this.read = "SELECT version, " + values + " FROM " + rows.table() + isKey;
    this.update =
        ("UPDATE " + rows.table() + " SET version = ?, updated_at = CURRENT_TIMESTAMP(6),")
            + (" updated_by = ?, " + String.join(" = ?, ", rows.valueColumns()) + " = ?" + isKey);
  }

  @Override
  public long create(String key) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement insert = connection.prepareStatement(create)) {
      rows.bindValue(insert, rows.bindKey(insert, 1, key), rows.zero());
      insert.executeUpdate();
      connection.commit();
      return 1;
    }
  }

  @Override
  public long apply(UUID id, String key, long expected) throws SQLException, InterruptedException {
    for (int attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        return attempt(id, key, expected);
      } catch (SQLException error) {
        if (!isWorthRepeating(error)) {
          throw error;
        }
        Thread.sleep(ThreadLocalRandom.current().nextInt(LONGEST_PAUSE_MILLIS));
      }
    }
    return attempt(id, key, expected);
  }

  /** A deadlock, a serialization failure, a lock that did not come in time. */
  private static boolean isWorthRepeating(SQLException error) {
    String state = error.getSQLState();
    return (state != null && state.startsWith("40"))
        || error.getErrorCode() == MARIADB_LOCK_TIMEOUT;
  }

  private long attempt(UUID id, String key, long expected) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      try {
        return run(connection, id, key, expected);
      } catch (SQLException | RuntimeException failure) {
        connection.rollback();
        throw failure;
      }
    }
  }

  private long run(Connection connection, UUID id, String key, long expected) throws SQLException {
    if (!claim(connection, id)) {
      long answered = answer(connection, id);
      connection.rollback();
      return answered;
    }
    Row<V> row = read(connection, read + " FOR UPDATE", key);
    if (expected != ANY && expected != row.version()) {
      throw new IllegalStateException("conflict: " + key + " has version " + row.version());
    }
    Row<V> next = new Row<>(row.version() + 1, rows.plusOne(row.value()));
    update(connection, key, next);
    if (audited) {
      AuditTable.insert(connection, id, key);
    }
    append(connection, key, next.version());
    keep(connection, id, next);
    connection.commit();
    return next.version();
  }

  /** Whether the id is new; waits for a rival that has claimed it and is not done. */
  private boolean claim(Connection connection, UUID id) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(claim)) {
      bindId(insert, 1, id);
      insert.setString(3, OccMutations.SCOPE.tenant());
      insert.setString(4, OccMutations.SCOPE.principal());
      insert.setString(5, OccMutations.SCOPE.operation());
      insert.setString(6, OccMutations.FINGERPRINT.text());
      return insert.executeUpdate() == 1;
    } catch (SQLException error) {
      if (error.getErrorCode() == MARIADB_DUPLICATE) {
        return false;
      }
      throw error;
    }
  }

  private static long answer(Connection connection, UUID id) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(ANSWER)) {
      bindId(select, 1, id);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next() || !OccMutations.FINGERPRINT.text().equals(row.getString(2))) {
          throw new IllegalStateException(id + " is not answered, or was another mutation");
        }
        return ByteBuffer.wrap(row.getBytes(1)).getLong();
      }
    }
  }

  private Row<V> read(Connection connection, String sql, String key) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      rows.bindKey(select, 1, key);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw new IllegalStateException("there is no " + key);
        }
        return new Row<>(row.getLong(1), rows.value(row, 2));
      }
    }
  }

  private void update(Connection connection, String key, Row<V> next) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(update)) {
      statement.setLong(1, next.version());
      statement.setString(2, "ada");
      rows.bindKey(statement, rows.bindValue(statement, 3, next.value()), key);
      statement.executeUpdate();
    }
  }

  private static void append(Connection connection, String key, long version) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(APPEND)) {
      insert.setString(1, NAMESPACE);
      insert.setString(2, key);
      insert.setLong(3, version);
      insert.setString(4, "ada");
      insert.setString(5, "task:" + key);
      insert.setString(6, NODE);
      insert.executeUpdate();
    }
  }

  /** The answer: the version and the value that the mutation made. */
  private void keep(Connection connection, UUID id, Row<V> next) throws SQLException {
    byte[] payload = rows.codec().encode(next.value());
    ByteBuffer answer = ByteBuffer.allocate(Long.BYTES + payload.length);
    answer.putLong(next.version()).put(payload);
    try (PreparedStatement update = connection.prepareStatement(KEEP)) {
      update.setBytes(1, answer.array());
      bindId(update, 2, id);
      update.executeUpdate();
    }
  }

  private static void bindId(PreparedStatement statement, int index, UUID id) throws SQLException {
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES);
    bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    statement.setBytes(index, SCOPE_HASH);
    statement.setBytes(index + 1, bytes.array());
  }

  private static byte[] scopeHash() {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(OccMutations.SCOPE.toString().getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public long count(String key) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      long count = rows.count(read(connection, read, key).value());
      connection.rollback();
      return count;
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
