/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.internal.Transactions;

/**
 * The statements that change one row of the mutation table, in the dialect of the engine. All times
 * are the database's. What an attempt in a transaction does with them is {@link
 * TransactionalRows}'s.
 *
 * <p>A row's key is the hash of its scope and the id, both compared as bytes: case, blanks and
 * collations do not matter. Its readable scope is for people only.
 *
 * <p>A change that meets a rival's uncommitted one throws {@link ConcurrentAttemptException}.
 */
public final class MutationRows {

  private static final IdempotencyOptions<String> TOUCHING =
      IdempotencyOptions.returning(Codec.strings());

  private static final String AS_SEEN = MutationColumns.BY_KEY + " AND attempt = ? AND state = ?";
  private static final String IF_STILL_CLAIMED =
      MutationColumns.BY_KEY + " AND attempt = ? AND state = " + MutationRow.CLAIMED;

  final MutationDialect dialect;
  private final String find;
  private final String insert;
  final @Nullable String insertAndCommit;
  private final String claimAgain;
  private final String completeAgain;
  private final String complete;
  private final String correct;
  private final String release;
  private final String renew;
  private final String markExternalCall;
  private final String removeClaim;
  private final String forgetClaim;
  private final String delete;

  /** The rows, by the statements of a dialect. */
  public MutationRows(MutationDialect dialect) {
    this.dialect = dialect;
    String now = dialect.now;
    String update = "UPDATE " + dialect.table + " SET ";
    String deletion = "DELETE FROM " + dialect.table;
    this.find = dialect.findSql();
    this.insert = dialect.insertSql();
    this.insertAndCommit = dialect.insertAndCommitSql();
    this.claimAgain =
        dialect.changeSql(
            (update + "state = " + MutationRow.CLAIMED + ", attempt = attempt + 1,")
                + (" fingerprint = ?, external_call = ?, claimed_at = " + now)
                + (", lease_until = " + now + " + ?, purge_after = " + now + " + ?"),
            AS_SEEN);
    this.completeAgain =
        dialect.changeSql(
            update
                + "state = ?, attempt = attempt + 1, fingerprint = ?, codec = ?, answer = ?,"
                + (" completed_at = " + now + ", purge_after = " + now + " + ?"),
            AS_SEEN);
    this.complete =
        dialect.changeSql(
            (update + "state = ?, codec = ?, answer = ?, completed_at = " + now)
                + (", purge_after = " + now + " + ?"),
            IF_STILL_CLAIMED);
    this.correct = update + "answer = ? WHERE " + MutationColumns.BY_KEY;
    this.release =
        dialect.changeSql(
            (update + "state = " + MutationRow.RELEASED + ", purge_after = " + now + " + ?"),
            IF_STILL_CLAIMED);
    this.renew =
        dialect.changeSql(
            update + "lease_until = " + now + " + ?, purge_after = " + now + " + ?",
            IF_STILL_CLAIMED);
    this.markExternalCall =
        dialect.changeSql(
            update + "external_call = TRUE", IF_STILL_CLAIMED + " AND lease_until > " + now);
    this.removeClaim = dialect.changeSql(deletion, IF_STILL_CLAIMED);
    this.forgetClaim = dialect.changeSql(update + "state = " + MutationRow.RELEASED, AS_SEEN);
    this.delete = dialect.changeSql(deletion, AS_SEEN);
  }

  /** The row of a mutation, if there is one. */
  public Optional<MutationRow> find(Connection connection, MutationId id) throws SQLException {
    return find(connection, find, id);
  }

  static Optional<MutationRow> find(Connection connection, String sql, MutationId id)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      MutationColumns.bindKey(statement, 1, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(MutationRow.read(row, 1)) : Optional.empty();
      }
    }
  }

  /** Adds a first attempt that is under way; false if there is a row, or will be one. */
  public boolean insertClaim(Connection connection, MutationId id, IdempotencyOptions<?> how)
      throws SQLException {
    return insert(connection, id, how, null, null);
  }

  /** Changes the table and leaves it as it was, so that the transaction has changed something. */
  public void touch(Connection connection) throws SQLException {
    MutationId nobodys = new MutationId(new Scope("occ", "occ", "touch"), UUID.randomUUID());
    insertClaim(connection, nobodys, TOUCHING);
    removeClaim(connection, nobodys, 1);
  }

  /**
   * Adds a first attempt, under way or with its answer; false if there is a row, or will be one.
   */
  boolean insert(
      Connection connection,
      MutationId id,
      IdempotencyOptions<?> how,
      @Nullable AnswerBytes answer,
      @Nullable String savepoint)
      throws SQLException {
    return changesOne(
        connection,
        insert,
        savepoint,
        (statement, first) -> {
          MutationColumns.bindInsert(statement, first, id, how, answer);
          dialect.bindInsertTail(statement, first + MutationColumns.INSERT_PARAMETERS, id);
        });
  }

  /**
   * Leaves a row of a mutation whose effect has ended its transaction, so that nobody runs it again
   * by itself: from the end of a lease on it is unresolved. What is there of it already stays.
   *
   * @param ended what is told in any case
   */
  public EndedTransactionException keptUnresolved(
      Transactions transactions,
      MutationId id,
      IdempotencyOptions<?> how,
      EndedTransactionException ended) {
    try {
      transactions.statement(connection -> keepUnresolved(connection, id, how));
    } catch (RuntimeException notKept) {
      ended.addSuppressed(notKept);
    }
    return ended;
  }

  private boolean keepUnresolved(Connection connection, MutationId id, IdempotencyOptions<?> how)
      throws SQLException {
    MutationRow seen = find(connection, id).orElse(null);
    if (seen != null) {
      boolean mayRunAgain = !seen.isClaimed() && seen.decided(how).isEmpty();
      return mayRunAgain && claimAgain(connection, id, how, seen, true);
    }
    return changesOne(
        connection,
        insert,
        null,
        (statement, first) -> {
          MutationColumns.bindClaimInTransaction(statement, first, id, how);
          dialect.bindInsertTail(statement, first + MutationColumns.INSERT_PARAMETERS, id);
        });
  }

  /** Claims the next attempt of a row that was seen released or expired; false if it changed. */
  public boolean claimAgain(
      Connection connection, MutationId id, IdempotencyOptions<?> how, MutationRow seen)
      throws SQLException {
    return claimAgain(connection, id, how, seen, MutationColumns.holds(how));
  }

  /** Claims the next attempt, whose effect may not be repeated if it {@code holds}. */
  boolean claimAgain(
      Connection connection,
      MutationId id,
      IdempotencyOptions<?> how,
      MutationRow seen,
      boolean holds)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(claimAgain)) {
      statement.setString(1, firstFingerprint(seen, how));
      statement.setBoolean(2, holds);
      statement.setLong(3, MutationColumns.micros(how.lease()));
      statement.setLong(4, MutationColumns.claimKeptMicros(how));
      bindAsSeen(statement, 5, id, seen);
      return changesOne(statement);
    }
  }

  /** Claims and completes the next attempt at once; false if the row changed. */
  boolean completeAgain(
      Connection connection,
      MutationId id,
      IdempotencyOptions<?> how,
      MutationRow seen,
      AnswerBytes answer,
      @Nullable String savepoint)
      throws SQLException {
    return changesOne(
        connection,
        completeAgain,
        savepoint,
        (statement, first) -> {
          statement.setInt(first, MutationRow.codeOf(answer.state()));
          statement.setString(first + 1, firstFingerprint(seen, how));
          statement.setString(first + 2, answer.codec());
          statement.setBytes(first + 3, answer.bytes());
          statement.setLong(first + 4, MutationColumns.micros(how.retention()));
          bindAsSeen(statement, first + 5, id, seen);
        });
  }

  /** Completes an attempt under a lease if it still has the claim. */
  boolean complete(
      Connection connection,
      MutationId id,
      int attempt,
      IdempotencyOptions<?> how,
      AnswerBytes answer)
      throws SQLException {
    return complete(connection, id, attempt, how, answer, null);
  }

  /** Completes an attempt if it still has the claim, after a savepoint if one is named. */
  boolean complete(
      Connection connection,
      MutationId id,
      int attempt,
      IdempotencyOptions<?> how,
      AnswerBytes answer,
      @Nullable String savepoint)
      throws SQLException {
    return changesOne(
        connection,
        complete,
        savepoint,
        (statement, first) -> {
          statement.setInt(first, MutationRow.codeOf(answer.state()));
          statement.setString(first + 1, answer.codec());
          statement.setBytes(first + 2, answer.bytes());
          statement.setLong(first + 3, MutationColumns.micros(how.retention()));
          MutationColumns.bindKey(statement, first + 4, id);
          statement.setInt(first + 6, attempt);
        });
  }

  /** Puts another answer in the place of the one that is kept. */
  public boolean correct(Connection connection, MutationId id, AnswerBytes answer)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(correct)) {
      statement.setBytes(1, answer.bytes());
      MutationColumns.bindKey(statement, 2, id);
      return statement.executeUpdate() == 1;
    }
  }

  /** Releases an attempt if it still has the claim. */
  boolean release(Connection connection, MutationId id, int attempt, IdempotencyOptions<?> how)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(release)) {
      statement.setLong(1, MutationColumns.micros(how.retention()));
      MutationColumns.bindKey(statement, 2, id);
      statement.setInt(4, attempt);
      return changesOne(statement);
    }
  }

  /** Takes a first attempt's claim back. */
  void removeClaim(Connection connection, MutationId id, int attempt) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(removeClaim)) {
      MutationColumns.bindKey(statement, 1, id);
      statement.setInt(3, attempt);
      changesOne(statement);
    }
  }

  /**
   * Begins the lease of an attempt anew if it still has the claim. Its number stays, so nobody who
   * knows it is shut out.
   */
  boolean renew(Connection connection, MutationId id, int attempt, IdempotencyOptions<?> how)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(renew)) {
      statement.setLong(1, MutationColumns.micros(how.lease()));
      statement.setLong(2, MutationColumns.claimKeptMicros(how));
      MutationColumns.bindKey(statement, 3, id);
      statement.setInt(5, attempt);
      return changesOne(statement);
    }
  }

  /**
   * Notes that an effect elsewhere begins. False if the attempt has lost its claim, and also if
   * that was noted before and the driver counts only what changed ({@code useAffectedRows}).
   */
  boolean markExternalCall(Connection connection, MutationId id, int attempt) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(markExternalCall)) {
      MutationColumns.bindKey(statement, 1, id);
      statement.setInt(3, attempt);
      return changesOne(statement);
    }
  }

  // Operators.

  /**
   * Forgets a mutation as it was seen; false if it changed. Of a claim the row stays, released: if
   * it went, the next attempt would have the number of this one, and a zombie could complete it.
   */
  public boolean forget(Connection connection, MutationId id, MutationRow seen)
      throws SQLException {
    boolean claim = MutationRow.codeOf(seen.state()) == MutationRow.CLAIMED;
    try (PreparedStatement statement = connection.prepareStatement(claim ? forgetClaim : delete)) {
      bindAsSeen(statement, 1, id, seen);
      return changesOne(statement);
    }
  }

  private boolean changesOne(
      Connection connection, String sql, @Nullable String savepoint, MutationDialect.Binding values)
      throws SQLException {
    try {
      return dialect.change(connection, sql, savepoint, values) == 1;
    } catch (SQLException error) {
      throw ConcurrentAttemptException.orThrow(error);
    }
  }

  private static boolean changesOne(PreparedStatement statement) throws SQLException {
    try {
      return statement.executeUpdate() == 1;
    } catch (SQLException error) {
      throw ConcurrentAttemptException.orThrow(error);
    }
  }

  private static void bindAsSeen(
      PreparedStatement statement, int index, MutationId id, MutationRow seen) throws SQLException {
    MutationColumns.bindKey(statement, index, id);
    statement.setInt(index + 2, seen.attempt());
    statement.setInt(index + 3, MutationRow.codeOf(seen.state()));
  }

  private static String firstFingerprint(MutationRow seen, IdempotencyOptions<?> how) {
    String first = seen.fingerprint().text();
    return first.isEmpty() ? how.fingerprint().text() : first;
  }
}
