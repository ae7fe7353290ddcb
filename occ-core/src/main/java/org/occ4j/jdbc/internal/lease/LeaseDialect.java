/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements on lease rows that differ from engine to engine.
 *
 * <p>A row is <i>held</i> while it has an owner and {@code expires_at} has not come. The owner is a
 * nonce drawn for each acquisition. Every statement keeps these rules, which
 * docs/design/jdbc-mutex.md argues from:
 *
 * <ul>
 *   <li>LEASE-1: a row is taken only if it is free, lapsed or ours, as seen under its lock;
 *       everything else names the nonce;
 *   <li>LEASE-2: time is that of the database;
 *   <li>LEASE-5: the token of a grant is greater than the last one and not behind the clock;
 *   <li>an attempt that fails has written nothing, and locked nothing that is held;
 *   <li>LEASE-8: a row whose lock somebody else has is passed over, never waited for, because that
 *       lock may be the guard of a transaction that lasts;
 *   <li>LEASE-11: several rows are locked in ascending order of their keys.
 * </ul>
 */
public abstract class LeaseDialect {
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long NANOS_PER_MICRO = 1_000;
  static final Duration LONGEST = Duration.ofDays(36_500);

  /** What became of rows that were not renewed. */
  enum RenewFailure {
    /** Somebody has the row's lock: a guard as a rule. It is ours as before. */
    PASSED_OVER,
    /** Another nonce, or none, is in the row. */
    NOT_OURS
  }

  /** How a transaction of the caller fared that wants a row to itself. */
  public enum RowLock {
    /** It has the row's lock until its end. */
    PINNED,
    /** Another transaction has it. */
    LOCKED,
    /** The row is held by a lease. */
    LEASED
  }

  /** Who is in a row, as a plain read sees it. */
  record RowOwner(@Nullable String owner, long remainingMicros) {
    boolean isHeld() {
      return owner != null && remainingMicros > 0;
    }
  }

  /** The table, quoted. */
  final String table;

  /** The database clock in microseconds. */
  final String now;

  /** Picks one row; binds namespace and key. */
  static final String ROW = " WHERE namespace = ? AND lock_key = ?";

  private final String guard;
  private final String guardEnd;

  /**
   * The statements for a table.
   *
   * @param shareLock what ends a select that locks its rows against every change
   */
  LeaseDialect(String table, String now, String shareLock) {
    this.table = table;
    this.now = now;
    this.guard =
        "SELECT lock_key FROM %s WHERE namespace = ? AND owner = ? AND expires_at > %s AND lock_key"
                .formatted(table, now)
            + " IN (";
    this.guardEnd = ") ORDER BY lock_key " + shareLock;
  }

  /**
   * A statement's text with the table for {@code {mutex}} and the clock for {@code {now}}. The
   * table comes last: its name may have anything in it.
   */
  final String sql(String text) {
    return text.replace("{now}", now).replace("{mutex}", table);
  }

  /** Whether it takes several statements, so that what is no grant must be rolled back. */
  abstract boolean needsTransaction();

  /** Takes all of the rows or none. */
  abstract AcquireResult acquire(Connection connection, String namespace, AcquireRequest request)
      throws SQLException;

  /** Renews what it can; returns the others. */
  abstract Map<LeaseKey, RenewFailure> renew(
      Connection connection, String namespace, List<LeaseRow> rows) throws SQLException;

  /**
   * Releases what this nonce holds.
   *
   * @param guarded whether a transaction of the caller may have the rows' locks
   * @return false if a row was passed over
   */
  abstract boolean release(
      Connection connection, String namespace, List<LeaseKey> rows, String nonce, boolean guarded)
      throws SQLException;

  /**
   * Puts another nonce into the rows that this nonce holds, under which they end after so long, and
   * which nobody can renew or release.
   *
   * @return false if a row was passed over
   */
  final boolean leaveUntil(
      Connection connection,
      String namespace,
      List<LeaseKey> rows,
      String nonce,
      String coolDown,
      Duration delay)
      throws SQLException {
    int left = leave(connection, namespace, rows, nonce, coolDown, micros(delay));
    return left == rows.size()
        || owners(connection, namespace, rows).values().stream()
            .noneMatch(owner -> nonce.equals(owner.owner()));
  }

  /** Does it to the rows whose locks nobody has; how many these were. */
  abstract int leave(
      Connection connection,
      String namespace,
      List<LeaseKey> rows,
      String nonce,
      String coolDown,
      long micros)
      throws SQLException;

  /**
   * Tries to get the row for the caller's transaction, inserting a free one if there is none.
   *
   * @param remain a nonce of this process that may be in the row without holding it, or empty
   */
  abstract RowLock pin(Connection connection, String namespace, LeaseKey row, String remain)
      throws SQLException;

  /** Whether a statement can be cut short by the network time-out of its connection. */
  boolean isRemote() {
    return true;
  }

  /**
   * LEASE-9: locks the rows against every change until the transaction ends; false if they are
   * lost.
   */
  boolean guard(Connection connection, String namespace, List<LeaseKey> rows, String nonce)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(guard + placeholders(rows.size()) + guardEnd)) {
      statement.setString(1, namespace);
      statement.setString(2, nonce);
      bindKeys(statement, 3, rows);
      return count(statement) == rows.size();
    }
  }

  /** Who is in these rows; a row that is not there is left out. Locks nothing. */
  final Map<LeaseKey, RowOwner> owners(
      Connection connection, String namespace, Collection<LeaseKey> rows) throws SQLException {
    String sql =
        "SELECT lock_key, owner, expires_at - %s FROM %s WHERE namespace = ? AND lock_key IN (%s)"
            .formatted(now, table, placeholders(rows.size()));
    Map<LeaseKey, RowOwner> found = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, namespace);
      bindKeys(statement, 2, rows);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.put(
              LeaseKey.stored(row.getBytes(1)), new RowOwner(row.getString(2), row.getLong(3)));
        }
      }
    }
    return found;
  }

  /** Question marks, a power of two of them, so that few different statements are prepared. */
  static String placeholders(int atLeast) {
    return "?" + ", ?".repeat(slots(atLeast) - 1);
  }

  private static int slots(int atLeast) {
    return atLeast <= 1 ? 1 : Integer.highestOneBit(atLeast - 1) * 2;
  }

  /**
   * Binds the keys, the last one as often as there are place holders left; returns what is next.
   */
  static int bindKeys(PreparedStatement statement, int first, Collection<LeaseKey> keys)
      throws SQLException {
    int index = first;
    byte[] last = {};
    for (LeaseKey key : keys) {
      last = key.bytes();
      statement.setBytes(index++, last);
    }
    int end = first + slots(keys.size());
    while (index < end) {
      statement.setBytes(index++, last);
    }
    return end;
  }

  static void bindRow(PreparedStatement statement, int first, String namespace, LeaseKey key)
      throws SQLException {
    statement.setString(first, namespace);
    statement.setBytes(first + 1, key.bytes());
  }

  static int count(PreparedStatement query) throws SQLException {
    int count = 0;
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        count++;
      }
    }
    return count;
  }

  /** Microseconds, to be added to a clock; a hundred years at most. */
  static long micros(Duration duration) {
    Duration counted = duration.compareTo(LONGEST) < 0 ? duration : LONGEST;
    return counted.getSeconds() * MICROS_PER_SECOND + counted.getNano() / NANOS_PER_MICRO;
  }

  static Duration duration(long micros) {
    return Duration.ofNanos(Math.max(0, micros) * NANOS_PER_MICRO);
  }

  /**
   * A row that a lease claims to hold, to be renewed.
   *
   * @param length how long it shall last from now at least
   * @param most how long after the grant it shall last at most; a later end that it has is kept
   */
  record LeaseRow(LeaseKey key, String nonce, Duration length, Duration most) {

    /**
     * LEASE-11: the rows of these leases in the order in which everybody locks them, so that
     * renewals and joint acquisitions do not deadlock.
     */
    static List<LeaseRow> of(Collection<Lease<?>> leases) {
      List<LeaseRow> rows = new ArrayList<>();
      for (Lease<?> lease : leases) {
        lease
            .rows()
            .forEach(
                key -> rows.add(new LeaseRow(key, lease.nonce(), lease.length(), lease.most())));
      }
      rows.sort(Comparator.comparing(LeaseRow::key));
      return rows;
    }

    /** The rows of one lease, to last for so long. */
    static List<LeaseRow> of(Lease<?> lease, Duration length) {
      return lease.rows().stream()
          .map(key -> new LeaseRow(key, lease.nonce(), length, LeaseDialect.LONGEST))
          .toList();
    }

    long lengthMicros() {
      return LeaseDialect.micros(length);
    }

    long mostMicros() {
      return LeaseDialect.micros(most);
    }
  }

  /**
   * What one acquisition asks for; the same at each of its attempts.
   *
   * @param rows in ascending order
   * @param nonce names this acquisition
   * @param predecessor the nonce of a closed hold of this process whose row was left to this
   *     acquisition, or {@code nonce} where there is none
   * @param holder who asks, for operators
   * @param length how long the lease lasts without renewal
   */
  record AcquireRequest(
      List<LeaseKey> rows, String nonce, String predecessor, String holder, Duration length) {
    private static final int HOLDER_LENGTH = 255;

    AcquireRequest {
      holder = holder.length() <= HOLDER_LENGTH ? holder : holder.substring(0, HOLDER_LENGTH);
    }

    long lengthMicros() {
      return LeaseDialect.micros(length);
    }
  }

  /**
   * The answer to an attempt.
   *
   * @param token the fencing token, or null if a key is held by somebody else
   * @param remaining for how long the present lease lasts if nobody renews it; zero if not known
   */
  record AcquireResult(@Nullable Long token, Duration remaining) {

    static AcquireResult granted(long token) {
      return new AcquireResult(token, Duration.ZERO);
    }

    static AcquireResult held(long remainingMicros) {
      return new AcquireResult(null, LeaseDialect.duration(remainingMicros));
    }

    boolean isGranted() {
      return token != null;
    }
  }
}
