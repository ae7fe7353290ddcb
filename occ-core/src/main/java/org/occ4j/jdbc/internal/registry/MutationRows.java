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
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.internal.SignalException;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.Surprise;
import org.occ4j.jdbc.internal.Transactions;

/**
 * The statements of the mutation table, in the dialect of the engine. All times are the database's.
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

  private final MutationDialect dialect;
  private final String find;
  private final String insert;
  private final @Nullable String insertAndCommit;
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

  // Attempts in a transaction.

  /**
   * An attempt in a transaction that may run its effect now.
   *
   * @param number its number
   * @param seen the row that was there before, or null
   * @param claimed whether the table has its claim already, uncommitted
   */
  public record StartedAttempt(
      int number, @Nullable MutationRow seen, boolean claimed, @Nullable String savepoint) {}

  /** The first statement of an attempt in a transaction. */
  MutationDialect.Look look(
      Connection connection, MutationId id, IdempotencyOptions<?> how, @Nullable String savepoint)
      throws SQLException {
    return dialect.look(connection, id, how, savepoint);
  }

  /** The savepoint if the engine gives it to an attempt in a transaction of ours for nothing. */
  @Nullable String inOwnTransaction(String savepoint) {
    return dialect.savepointIsFree() ? savepoint : null;
  }

  /**
   * Begins an attempt, of which the look has said that nothing is in its way.
   *
   * @param savepoint as the look had it; {@link #beginEffect} makes sure of it
   */
  StartedAttempt begin(
      Connection connection,
      MutationId id,
      IdempotencyOptions<?> how,
      MutationDialect.Look look,
      @Nullable String savepoint)
      throws SQLException {
    MutationRow seen = look.row();
    boolean claimed = seen == null ? look.claimed() : dialect.claimsFirst();
    if (seen != null && claimed && !claimAgain(connection, id, how, seen, true)) {
      throw new ConcurrentAttemptException(false, null);
    }
    return new StartedAttempt(seen == null ? 1 : seen.attempt() + 1, seen, claimed, savepoint);
  }

  /** Sets the savepoint before the effect, where the look has not. */
  void beginEffect(Connection connection, MutationDialect.Look look, StartedAttempt attempt)
      throws SQLException {
    if (attempt.savepoint() != null && !dialect.hasSavepoint(look)) {
      dialect.setSavepoint(connection, attempt.savepoint());
    }
  }

  /**
   * Takes back what the effect did since the attempt began.
   *
   * @throws OutcomeUnknownException if it cannot be, because the effect has committed it
   */
  void undo(Connection connection, MutationId id, StartedAttempt attempt) throws SQLException {
    try {
      MutationDialect.execute(connection, "ROLLBACK TO SAVEPOINT " + attempt.savepoint());
    } catch (SQLException error) {
      throw withoutSavepoint(connection, id, attempt, error);
    }
  }

  private SQLException withoutSavepoint(
      Connection connection, MutationId id, StartedAttempt attempt, SQLException error)
      throws SQLException {
    if (!SqlErrors.isSavepointGone(error)) {
      throw error;
    }
    boolean hasClaim = !attempt.claimed() || isClaimed(connection, id, attempt);
    throw hasClaim ? endedByTheEffect(error) : new ConcurrentAttemptException(false, error);
  }

  /**
   * Whether the claim is there still after the transaction has ended: if it is, the effect has
   * committed it, by DDL for example; else the database has rolled the transaction back.
   */
  private boolean isClaimed(Connection connection, MutationId id, StartedAttempt attempt)
      throws SQLException {
    return find(connection, id)
        .filter(row -> row.attempt() == attempt.number() && row.isUnfinished())
        .isPresent();
  }

  private static OutcomeUnknownException endedByTheEffect(@Nullable SQLException error) {
    return new OutcomeUnknownException(
        "the effect ended the transaction that it was given, as DDL and TRUNCATE do: what it did"
            + " before that is committed",
        error);
  }

  /** The last statement of an attempt in a transaction: its answer (REGISTRY-2). */
  public void finish(
      Connection connection,
      MutationId id,
      IdempotencyOptions<?> how,
      StartedAttempt attempt,
      AnswerBytes answer)
      throws SQLException {
    boolean written;
    try {
      if (attempt.claimed()) {
        written = complete(connection, id, attempt, how, answer);
      } else if (attempt.seen() == null) {
        written = insert(connection, id, how, answer, attempt.savepoint());
      } else {
        written = completeAgain(connection, id, how, attempt, attempt.seen(), answer);
      }
    } catch (SQLException error) {
      throw withoutSavepoint(connection, id, attempt, error);
    }
    if (!written) {
      boolean hasClaim = attempt.claimed() && isClaimed(connection, id, attempt);
      throw hasClaim ? endedByTheEffect(null) : new ConcurrentAttemptException(false, null);
    }
  }

  /**
   * The last statement of an attempt in a transaction of our own. For a first attempt the commit
   * travels with it where the engine can take both; to commit again afterwards is free.
   *
   * @throws DuplicateAtCommit if a key was there already: that of our row, or one of the effect's
   *     that is checked at the commit; nothing was committed
   * @throws OutcomeUnknownException if not the server has said that the commit was not done
   */
  void finishOwn(
      Connection connection,
      MutationId id,
      IdempotencyOptions<?> how,
      StartedAttempt attempt,
      AnswerBytes answer)
      throws SQLException {
    if (insertAndCommit == null || attempt.claimed() || attempt.seen() != null) {
      finish(connection, id, how, attempt, answer);
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(insertAndCommit)) {
      MutationColumns.bindInsert(statement, 1, id, how, answer);
      statement.executeUpdate();
    } catch (SQLException error) {
      switch (SqlErrors.meaningOf(error)) {
        case DUPLICATE -> throw new DuplicateAtCommit(error);
        // A cancellation may come after the commit.
        case UNKNOWN, INTERRUPTED, BUSY -> throw Transactions.unknown(error);
        default -> throw error;
      }
    } catch (RuntimeException | Error unforeseen) {
      Surprise.abort(connection, unforeseen);
      throw Transactions.unknown(unforeseen);
    }
  }

  /** A key was there already, ours or another one: nothing was committed. */
  static final class DuplicateAtCommit extends SignalException {
    private static final long serialVersionUID = 1L;

    private final SQLException error;

    private DuplicateAtCommit(SQLException error) {
      super(null, error);
      this.error = error;
    }

    SQLException error() {
      return error;
    }
  }

  /** Takes the claim of an attempt back whose effect failed, should the caller commit even so. */
  void abandon(
      Connection connection, MutationId id, IdempotencyOptions<?> how, StartedAttempt attempt)
      throws SQLException {
    if (!attempt.claimed()) {
      return;
    }
    if (attempt.seen() != null) {
      release(connection, id, attempt.number(), how);
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(removeClaim)) {
      MutationColumns.bindKey(statement, 1, id);
      statement.setInt(3, attempt.number());
      changesOne(statement);
    }
  }

  // Attempts under a lease.

  /** Adds a first attempt that is under way; false if there is a row, or will be one. */
  public boolean insertClaim(Connection connection, MutationId id, IdempotencyOptions<?> how)
      throws SQLException {
    return insert(connection, id, how, null, null);
  }

  /** Changes the table and leaves it as it was, so that the transaction has changed something. */
  public void touch(Connection connection) throws SQLException {
    MutationId nobodys = new MutationId(new Scope("occ", "occ", "touch"), UUID.randomUUID());
    insertClaim(connection, nobodys, TOUCHING);
    abandon(connection, nobodys, TOUCHING, new StartedAttempt(1, null, true, null));
  }

  private boolean insert(
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

  /** Claims the next attempt of a row that was seen released or expired; false if it changed. */
  public boolean claimAgain(
      Connection connection, MutationId id, IdempotencyOptions<?> how, MutationRow seen)
      throws SQLException {
    return claimAgain(connection, id, how, seen, MutationColumns.holds(how));
  }

  private boolean claimAgain(
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
  private boolean completeAgain(
      Connection connection,
      MutationId id,
      IdempotencyOptions<?> how,
      StartedAttempt attempt,
      MutationRow seen,
      AnswerBytes answer)
      throws SQLException {
    return changesOne(
        connection,
        completeAgain,
        attempt.savepoint(),
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
    return complete(connection, id, new StartedAttempt(attempt, null, true, null), how, answer);
  }

  private boolean complete(
      Connection connection,
      MutationId id,
      StartedAttempt attempt,
      IdempotencyOptions<?> how,
      AnswerBytes answer)
      throws SQLException {
    return changesOne(
        connection,
        complete,
        attempt.savepoint(),
        (statement, first) -> {
          statement.setInt(first, MutationRow.codeOf(answer.state()));
          statement.setString(first + 1, answer.codec());
          statement.setBytes(first + 2, answer.bytes());
          statement.setLong(first + 3, MutationColumns.micros(how.retention()));
          MutationColumns.bindKey(statement, first + 4, id);
          statement.setInt(first + 6, attempt.number());
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
