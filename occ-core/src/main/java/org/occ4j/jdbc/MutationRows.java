/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.MICROSECONDS;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.Fingerprint;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.MutationRecord.State;

/**
 * The statements of the mutation table. All times are the database's.
 *
 * <p>A row's key is the hash of its scope and the id, both compared as bytes: case, blanks and
 * collations do not matter. Its readable scope is for people only.
 */
final class MutationRows {

  private static final int CLAIMED = 1;
  private static final int COMPLETED = 2;
  private static final int COMPLETED_WITHOUT_ANSWER = 3;
  private static final int RELEASED = 4;

  // A century, so that no sum with the present time overflows.
  private static final long LONGEST_MICROS = MICROSECONDS.convert(Duration.ofDays(36_500));

  private static final String BY_KEY = " WHERE scope_hash = ? AND mutation_id = ?";
  private static final String IF_STILL_CLAIMED = BY_KEY + " AND attempt = ? AND state = " + CLAIMED;

  private final String find;
  private final String insert;
  private final String claimAgain;
  private final String completeAgain;
  private final String complete;
  private final String release;
  private final String markExternalCall;
  private final String forgetClaim;
  private final String delete;
  private final String findOver;
  private final String deleteOver;

  MutationRows(JdbcContext context) {
    String table = context.schema().table("mutation");
    String now = context.profile().nowMicros();
    this.find =
        "SELECT state, attempt, fingerprint, codec, answer, external_call, claimed_at,"
            + (" CASE WHEN lease_until <= " + now + " THEN 1 ELSE 0 END, completed_at FROM ")
            + (table + BY_KEY);
    this.insert =
        ("INSERT INTO " + table)
            + " (scope_hash, mutation_id, tenant, principal, operation, state, attempt,"
            + " fingerprint, codec, answer, external_call, claimed_at, lease_until,"
            + " completed_at, purge_after) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, "
            + (now + ", " + now + " + ?, CASE WHEN ? = 1 THEN " + now + " END, " + now + " + ?)");
    this.claimAgain =
        ("UPDATE " + table + " SET state = " + CLAIMED + ", attempt = attempt + 1, ")
            + ("fingerprint = ?, external_call = ?, claimed_at = " + now + ", lease_until = ")
            + (now + " + ?, purge_after = " + now + " + ?" + BY_KEY)
            + " AND attempt = ? AND state = ?";
    this.completeAgain =
        ("UPDATE " + table + " SET state = ?, attempt = attempt + 1, fingerprint = ?, codec = ?,")
            + (" answer = ?, completed_at = " + now + ", purge_after = " + now + " + ?" + BY_KEY)
            + " AND attempt = ? AND state = ?";
    this.complete =
        ("UPDATE " + table + " SET state = ?, codec = ?, answer = ?, completed_at = " + now)
            + (", purge_after = " + now + " + ?" + IF_STILL_CLAIMED);
    this.release =
        ("UPDATE " + table + " SET state = " + RELEASED + ", purge_after = " + now + " + ?")
            + IF_STILL_CLAIMED;
    this.markExternalCall =
        ("UPDATE " + table + " SET external_call = TRUE" + IF_STILL_CLAIMED)
            + (" AND lease_until > " + now);
    this.forgetClaim =
        ("UPDATE " + table + " SET state = " + RELEASED + BY_KEY + " AND state = " + CLAIMED);
    this.delete = "DELETE FROM " + table + BY_KEY;
    this.findOver =
        ("SELECT scope_hash, mutation_id, purge_after FROM " + table + " WHERE purge_after <= ")
            + (now + " ORDER BY purge_after LIMIT ?");
    this.deleteOver = "DELETE FROM " + table + BY_KEY + " AND purge_after = ?";
  }

  /** The row of a mutation, if there is one. */
  Optional<MutationRow> find(Connection connection, MutationId id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(find)) {
      bindKey(statement, 1, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(read(row)) : Optional.empty();
      }
    }
  }

  private static MutationRow read(ResultSet row) throws SQLException {
    return new MutationRow(
        stateOf(row.getInt(1)),
        row.getInt(2),
        new Fingerprint(row.getString(3)),
        row.getString(4),
        row.getBytes(5),
        row.getBoolean(6),
        row.getLong(7),
        row.getInt(8) == 1,
        row.getLong(9));
  }

  /** Adds a first attempt that is under way. Fails as a duplicate if there is a row. */
  void insertClaim(Connection connection, MutationId id, Execution<?> how) throws SQLException {
    insert(connection, id, how, CLAIMED, null);
  }

  /** Adds a first attempt that is done. Fails as a duplicate if there is a row. */
  void insertDone(Connection connection, MutationId id, Execution<?> how, AnswerBytes answer)
      throws SQLException {
    insert(connection, id, how, codeOf(answer.state()), answer);
  }

  private void insert(
      Connection connection,
      MutationId id,
      Execution<?> how,
      int state,
      @Nullable AnswerBytes answer)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      bindKey(statement, 1, id);
      statement.setString(3, id.scope().tenant());
      statement.setString(4, id.scope().principal());
      statement.setString(5, id.scope().operation());
      statement.setInt(6, state);
      statement.setString(7, how.fingerprint().hex());
      statement.setString(8, answer == null ? null : answer.codec());
      statement.setBytes(9, answer == null ? null : answer.bytes());
      statement.setBoolean(10, holds(how));
      statement.setLong(11, answer == null ? micros(how.lease()) : 0);
      statement.setInt(12, answer == null ? 0 : 1);
      statement.setLong(13, answer == null ? claimKeptMicros(how) : micros(how.retention()));
      statement.executeUpdate();
    }
  }

  /** Claims the next attempt of a row that was seen released or expired; false if it changed. */
  boolean claimAgain(Connection connection, MutationId id, Execution<?> how, MutationRow seen)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(claimAgain)) {
      statement.setString(1, firstFingerprint(seen, how));
      statement.setBoolean(2, holds(how));
      statement.setLong(3, micros(how.lease()));
      statement.setLong(4, claimKeptMicros(how));
      bindKey(statement, 5, id);
      statement.setInt(7, seen.attempt());
      statement.setInt(8, codeOf(seen.state()));
      return statement.executeUpdate() == 1;
    }
  }

  /** Claims and completes the next attempt at once; false if the row changed. */
  boolean completeAgain(
      Connection connection, MutationId id, Execution<?> how, MutationRow seen, AnswerBytes answer)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(completeAgain)) {
      statement.setInt(1, codeOf(answer.state()));
      statement.setString(2, firstFingerprint(seen, how));
      statement.setString(3, answer.codec());
      statement.setBytes(4, answer.bytes());
      statement.setLong(5, micros(how.retention()));
      bindKey(statement, 6, id);
      statement.setInt(8, seen.attempt());
      statement.setInt(9, codeOf(seen.state()));
      return statement.executeUpdate() == 1;
    }
  }

  /** Completes an attempt if it still has the claim. */
  boolean complete(
      Connection connection, MutationId id, int attempt, Execution<?> how, AnswerBytes answer)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(complete)) {
      statement.setInt(1, codeOf(answer.state()));
      statement.setString(2, answer.codec());
      statement.setBytes(3, answer.bytes());
      statement.setLong(4, micros(how.retention()));
      bindKey(statement, 5, id);
      statement.setInt(7, attempt);
      return statement.executeUpdate() == 1;
    }
  }

  /** Releases an attempt if it still has the claim. */
  boolean release(Connection connection, MutationId id, int attempt, Execution<?> how)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(release)) {
      statement.setLong(1, micros(how.retention()));
      bindKey(statement, 2, id);
      statement.setInt(4, attempt);
      return statement.executeUpdate() == 1;
    }
  }

  /** Notes that an effect elsewhere begins; false if the attempt has lost its claim. */
  boolean markExternalCall(Connection connection, MutationId id, int attempt) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(markExternalCall)) {
      bindKey(statement, 1, id);
      statement.setInt(3, attempt);
      return statement.executeUpdate() == 1;
    }
  }

  /**
   * Forgets a mutation. Of a claim the row stays, released: if it went, the next attempt would have
   * the number of this one, and a zombie could complete it.
   */
  boolean forget(Connection connection, MutationId id) throws SQLException {
    return updateByKey(connection, forgetClaim, id) || updateByKey(connection, delete, id);
  }

  private static boolean updateByKey(Connection connection, String sql, MutationId id)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bindKey(statement, 1, id);
      return statement.executeUpdate() == 1;
    }
  }

  /** The key of a row whose retention is over. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Over(byte[] scopeHash, byte[] mutationId, long purgeAfter) {}

  /** At most so many rows whose retention is over, the oldest first. */
  List<Over> findOver(Connection connection, int limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(findOver)) {
      statement.setInt(1, limit);
      List<Over> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(new Over(row.getBytes(1), row.getBytes(2), row.getLong(3)));
        }
      }
      return found;
    }
  }

  /** Deletes those of these rows that did not change since they were found. */
  int deleteOver(Connection connection, List<Over> rows) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(deleteOver)) {
      int deleted = 0;
      for (Over row : rows) {
        statement.setBytes(1, row.scopeHash());
        statement.setBytes(2, row.mutationId());
        statement.setLong(3, row.purgeAfter());
        deleted += statement.executeUpdate();
      }
      return deleted;
    }
  }

  private static void bindKey(PreparedStatement statement, int index, MutationId id)
      throws SQLException {
    statement.setBytes(index, hash(id.scope()));
    statement.setBytes(index + 1, KeyCodec.uuids().encode(id.clientMutationId()));
  }

  /** SHA-256 over the parts with their lengths: no two scopes have the same bytes. */
  static byte[] hash(Scope scope) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      for (String part : new String[] {scope.tenant(), scope.principal(), scope.operation()}) {
        out.writeInt(part.length());
        out.writeChars(part);
      }
      out.flush();
      return MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be written", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String firstFingerprint(MutationRow seen, Execution<?> how) {
    String first = seen.fingerprint().hex();
    return first.isEmpty() ? how.fingerprint().hex() : first;
  }

  /** Under HOLD an expired claim is as good as one that declared an external call. */
  private static boolean holds(Execution<?> how) {
    return how.onCrash() == CrashPolicy.HOLD;
  }

  /** A claim is kept for the retention after its lease, so that a crash is not forgotten early. */
  private static long claimKeptMicros(Execution<?> how) {
    return micros(how.lease()) + micros(how.retention());
  }

  private static long micros(Duration duration) {
    return Math.min(LONGEST_MICROS, Math.max(1, MICROSECONDS.convert(duration)));
  }

  private static int codeOf(State state) {
    return switch (state) {
      case CLAIMED -> CLAIMED;
      case COMPLETED -> COMPLETED;
      case COMPLETED_WITHOUT_ANSWER -> COMPLETED_WITHOUT_ANSWER;
      case RELEASED -> RELEASED;
      case UNRESOLVED -> throw new IllegalArgumentException("never stored: " + state);
    };
  }

  private static State stateOf(int code) {
    return switch (code) {
      case CLAIMED -> State.CLAIMED;
      case COMPLETED -> State.COMPLETED;
      case COMPLETED_WITHOUT_ANSWER -> State.COMPLETED_WITHOUT_ANSWER;
      case RELEASED -> State.RELEASED;
      default -> throw new IllegalStateException("unknown state of a mutation: " + code);
    };
  }
}
