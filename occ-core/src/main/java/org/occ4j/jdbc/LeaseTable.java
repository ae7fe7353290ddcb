/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutex.HoldInfo;

/**
 * The rows of one namespace of mutexes, in SQL that every engine understands.
 *
 * <p>A row is held while it has an owner and {@code expires_at} has not come. The owner is a nonce
 * drawn for each acquisition, so an acquisition whose answer was lost recognises its own row, and a
 * late release or renewal touches nobody else's. Rows stay when they are released, since the next
 * token must exceed the last. Time is the database's alone.
 *
 * <p>An interrupt inside embedded H2 closes the database file under everybody; therefore the flag
 * is set aside while a statement runs.
 */
final class LeaseTable {
  private static final int HOLDER_LENGTH = 255;
  private static final long MICROS_PER_SECOND = 1_000_000;

  /**
   * The answer to an attempt.
   *
   * @param token the fencing token, or null if the key is held by somebody else
   * @param remaining for how long the present lease lasts if nobody renews it
   */
  record Attempt(@Nullable Long token, Duration remaining) {}

  /** A key is held: the whole attempt is rolled back. */
  private static final class HeldException extends Exception {
    private static final long serialVersionUID = 1L;

    private final long remainingMicros;

    HeldException(long remainingMicros) {
      super(null, null, false, false);
      this.remainingMicros = remainingMicros;
    }
  }

  private final Transactions transactions;
  private final String namespace;
  private final String take;
  private final String look;
  private final String insert;
  private final String token;
  private final String renew;
  private final String stillMine;
  private final String release;
  private final String forceRelease;

  LeaseTable(JdbcContext context, String namespace) {
    this.transactions = context.transactions();
    this.namespace = namespace;
    String table = context.schema().table("mutex");
    String now = context.profile().nowMicros();
    String row = " WHERE namespace = ? AND lock_key = ?";
    this.take =
        "UPDATE %s SET token = GREATEST(token + 1, %s), owner = ?, holder = ?, acquired_at = %s, expires_at = %s + ?"
                .formatted(table, now, now, now)
            + row
            + " AND (owner IS NULL OR owner = ? OR expires_at <= %s)".formatted(now);
    this.look =
        "SELECT owner, holder, expires_at - %s, %s - acquired_at FROM %s".formatted(now, now, table)
            + row;
    this.insert =
        "INSERT INTO %s (namespace, lock_key, token, owner, holder, acquired_at, expires_at) VALUES (?, ?, %s, ?, ?, %s, %s + ?)"
            .formatted(table, now, now, now);
    this.token = "SELECT token FROM %s".formatted(table) + row;
    this.renew = "UPDATE %s SET expires_at = %s + ?".formatted(table, now) + row + " AND owner = ?";
    this.stillMine = "SELECT 1 FROM %s".formatted(table) + row + " AND owner = ?";
    this.release =
        "UPDATE %s SET owner = NULL, holder = NULL, expires_at = 0".formatted(table)
            + row
            + " AND owner = ?";
    this.forceRelease =
        "UPDATE %s SET owner = NULL, holder = NULL, expires_at = 0".formatted(table)
            + row
            + " AND owner IS NOT NULL AND expires_at > %s".formatted(now);
  }

  /**
   * Takes all of the keys or none.
   *
   * @param keys in ascending order
   * @param nonce names this acquisition; the same at each of its attempts
   */
  Attempt acquire(List<LeaseKey> keys, String nonce, String holder, Duration lease) {
    try {
      return uninterrupted(
          () ->
              transactions.<Attempt, HeldException>transaction(
                  connection -> {
                    long greatest = 0;
                    for (LeaseKey key : keys) {
                      greatest = Math.max(greatest, takeOne(connection, key, nonce, holder, lease));
                    }
                    return new Attempt(greatest, Duration.ZERO);
                  }));
    } catch (HeldException held) {
      return new Attempt(null, Duration.ofNanos(Math.max(0, held.remainingMicros) * 1_000));
    }
  }

  private long takeOne(
      Connection connection, LeaseKey key, String nonce, String holder, Duration lease)
      throws SQLException, HeldException {
    try {
      if (!update(connection, key, nonce, holder, lease)) {
        throwIfHeld(connection, key);
        insert(connection, key, nonce, holder, lease);
      }
      return readToken(connection, key);
    } catch (SQLException error) {
      switch (SqlErrors.meaningOf(error)) {
        // Another node is working on this very row: it has won, and will be done soon.
        case DUPLICATE, BUSY -> throw new HeldException(0);
        default -> throw error;
      }
    }
  }

  private boolean update(
      Connection connection, LeaseKey key, String nonce, String holder, Duration lease)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      statement.setString(1, nonce);
      statement.setString(2, cut(holder));
      statement.setLong(3, micros(lease));
      bindRow(statement, 4, key);
      statement.setString(6, nonce);
      return statement.executeUpdate() == 1;
    }
  }

  private void throwIfHeld(Connection connection, LeaseKey key) throws SQLException, HeldException {
    try (PreparedStatement statement = connection.prepareStatement(look)) {
      bindRow(statement, 1, key);
      try (ResultSet row = statement.executeQuery()) {
        if (row.next()) {
          throw new HeldException(row.getString(1) == null ? 0 : row.getLong(3));
        }
      }
    }
  }

  private void insert(
      Connection connection, LeaseKey key, String nonce, String holder, Duration lease)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      bindRow(statement, 1, key);
      statement.setString(3, nonce);
      statement.setString(4, cut(holder));
      statement.setLong(5, micros(lease));
      statement.executeUpdate();
    }
  }

  private long readToken(Connection connection, LeaseKey key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(token)) {
      bindRow(statement, 1, key);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** A row of a lease that is renewed. */
  private record Row(LeaseKey key, Lease<?> lease) {}

  /**
   * Renews leases in one transaction and one batch.
   *
   * @return those of which a row is not their owner's any more
   */
  Set<Lease<?>> renew(List<Lease<?>> leases) {
    List<Row> rows = new ArrayList<>();
    for (Lease<?> lease : leases) {
      lease.rows().forEach(key -> rows.add(new Row(key, lease)));
    }
    // Everybody locks rows in this order, so renewals and joint acquisitions do not deadlock.
    rows.sort(Comparator.comparing(Row::key));
    return uninterrupted(() -> transactions.transaction(connection -> renewAll(connection, rows)));
  }

  private Set<Lease<?>> renewAll(Connection connection, List<Row> rows) throws SQLException {
    int[] counts = renewBatch(connection, rows);
    Set<Lease<?>> stolen = new HashSet<>();
    for (int i = 0; i < counts.length; i++) {
      Row row = rows.get(i);
      if (!isMine(connection, row.key(), row.lease().nonce(), counts[i])) {
        stolen.add(row.lease());
      }
    }
    return stolen;
  }

  private int[] renewBatch(Connection connection, List<Row> rows) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(renew)) {
      for (Row row : rows) {
        statement.setLong(1, micros(row.lease().length()));
        bindRow(statement, 2, row.key());
        statement.setString(4, row.lease().nonce());
        statement.addBatch();
      }
      return statement.executeBatch();
    }
  }

  /** Some drivers do not count inside a batch; then the row itself is asked. */
  private boolean isMine(Connection connection, LeaseKey key, String nonce, int count)
      throws SQLException {
    if (count != Statement.SUCCESS_NO_INFO) {
      return count == 1;
    }
    try (PreparedStatement statement = connection.prepareStatement(stillMine)) {
      bindRow(statement, 1, key);
      statement.setString(3, nonce);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Releases what this nonce still holds. */
  void release(List<LeaseKey> keys, String nonce) {
    uninterrupted(
        () ->
            transactions.transaction(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(release)) {
                    for (LeaseKey key : keys) {
                      bindRow(statement, 1, key);
                      statement.setString(3, nonce);
                      statement.executeUpdate();
                    }
                    return true;
                  }
                }));
  }

  boolean forceRelease(LeaseKey key) {
    return uninterrupted(
        () ->
            transactions.transaction(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(forceRelease)) {
                    bindRow(statement, 1, key);
                    return statement.executeUpdate() == 1;
                  }
                }));
  }

  /** Who holds the row, if anybody does. */
  Optional<HoldInfo> holder(LeaseKey key, String text) {
    return uninterrupted(
        () ->
            transactions.reading(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(look)) {
                    bindRow(statement, 1, key);
                    try (ResultSet row = statement.executeQuery()) {
                      return row.next() ? info(row, text) : Optional.empty();
                    }
                  }
                }));
  }

  private static Optional<HoldInfo> info(ResultSet row, String text) throws SQLException {
    String holder = row.getString(2);
    long remaining = row.getLong(3);
    if (row.getString(1) == null || remaining <= 0) {
      return Optional.empty();
    }
    Duration heldFor = Duration.ofNanos(Math.max(0, row.getLong(4)) * 1_000);
    return Optional.of(
        new HoldInfo(text, String.valueOf(holder), heldFor, Duration.ofNanos(remaining * 1_000)));
  }

  private void bindRow(PreparedStatement statement, int first, LeaseKey key) throws SQLException {
    statement.setString(first, namespace);
    statement.setBytes(first + 1, key.bytes());
  }

  private static String cut(String holder) {
    return holder.length() <= HOLDER_LENGTH ? holder : holder.substring(0, HOLDER_LENGTH);
  }

  private static long micros(Duration lease) {
    return lease.getSeconds() * MICROS_PER_SECOND + lease.getNano() / 1_000;
  }

  private interface Work<T, E extends Exception> {
    T run() throws E;
  }

  private static <T, E extends Exception> T uninterrupted(Work<T, E> work) throws E {
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
