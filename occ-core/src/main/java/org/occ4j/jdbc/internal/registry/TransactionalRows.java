/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.internal.SignalException;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.Surprise;
import org.occ4j.jdbc.internal.Transactions;

/**
 * The steps of an attempt in a transaction: look, begin, then undo, finish or abandon.
 *
 * <p>A step that meets a rival's uncommitted row throws {@link ConcurrentAttemptException}. Safe
 * for use by many threads; each attempt is one thread's.
 */
public final class TransactionalRows {
  private final MutationRows rows;

  /** The steps, by the statements of these rows. */
  public TransactionalRows(MutationRows rows) {
    this.rows = rows;
  }

  /**
   * An attempt in a transaction that may run its effect now.
   *
   * @param number its number
   * @param seen the row that was there before, or null
   * @param claimed whether the table has its claim already, uncommitted
   * @param savepoint before its effect, or null
   * @param transaction the number of its transaction, or null
   */
  public record StartedAttempt(
      int number,
      @Nullable MutationRow seen,
      boolean claimed,
      @Nullable String savepoint,
      @Nullable String transaction) {}

  /** The first statement of an attempt in a transaction. */
  MutationDialect.Look look(
      Connection connection, MutationId id, IdempotencyOptions<?> how, @Nullable String savepoint)
      throws SQLException {
    return rows.dialect.look(connection, id, how, savepoint);
  }

  /** The savepoint if the engine gives it to an attempt in a transaction of ours for nothing. */
  @Nullable String inOwnTransaction(String savepoint) {
    return rows.dialect.savepointIsFree() ? savepoint : null;
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
    boolean claimed = seen == null ? look.claimed() : rows.dialect.claimsFirst();
    if (seen != null && claimed && !rows.claimAgain(connection, id, how, seen, true)) {
      throw new ConcurrentAttemptException(false, null);
    }
    int number = seen == null ? 1 : seen.attempt() + 1;
    return new StartedAttempt(number, seen, claimed, savepoint, look.transaction());
  }

  /** Sets the savepoint before the effect, where the look has not. */
  void beginEffect(Connection connection, MutationDialect.Look look, StartedAttempt attempt)
      throws SQLException {
    if (attempt.savepoint() != null && !rows.dialect.hasSavepoint(look)) {
      rows.dialect.setSavepoint(connection, attempt.savepoint());
    }
  }

  /**
   * Takes back what the effect did since the attempt began: to its savepoint, or else all of it.
   *
   * @throws OutcomeUnknownException if it cannot be, because the effect has committed it
   */
  void undo(Connection connection, MutationId id, StartedAttempt attempt) throws SQLException {
    if (attempt.savepoint() == null) {
      requireNotCommitted(connection, attempt, true, null);
      return;
    }
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
    return rows.find(connection, id)
        .filter(row -> row.attempt() == attempt.number() && row.isUnfinished())
        .isPresent();
  }

  /**
   * Asks of an attempt by the number of its transaction.
   *
   * @param rollsBack whether the present transaction is rolled back before
   * @throws EndedTransactionException if the effect has committed it
   */
  void requireNotCommitted(
      Connection connection,
      StartedAttempt attempt,
      boolean rollsBack,
      @Nullable SQLException reason)
      throws SQLException {
    String transaction = attempt.transaction();
    if (transaction != null && rows.dialect.isCommitted(connection, transaction, rollsBack)) {
      throw endedByTheEffect(reason);
    }
  }

  private static EndedTransactionException endedByTheEffect(@Nullable SQLException error) {
    return new EndedTransactionException("the effect", error);
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
        written = rows.complete(connection, id, attempt.number(), how, answer, attempt.savepoint());
      } else if (attempt.seen() == null) {
        written = rows.insert(connection, id, how, answer, attempt.savepoint());
      } else {
        written =
            rows.completeAgain(connection, id, how, attempt.seen(), answer, attempt.savepoint());
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
   * @throws EndedTransactionException if the effect has committed the transaction of the attempt
   * @throws ConcurrentAttemptException likewise if it has rolled it back
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
    String insertAndCommit = rows.insertAndCommit;
    if (insertAndCommit == null || attempt.claimed() || attempt.seen() != null) {
      requireSame(connection, attempt);
      finish(connection, id, how, attempt, answer);
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(insertAndCommit)) {
      MutationColumns.bindInsert(statement, 1, id, how, answer);
      statement.setString(1 + MutationColumns.INSERT_PARAMETERS, attempt.transaction());
      statement.executeUpdate();
    } catch (SQLException error) {
      if (rows.dialect.isOfAnother(error)) {
        throw ofAnother(connection, attempt, error);
      }
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

  private void requireSame(Connection connection, StartedAttempt attempt) throws SQLException {
    String transaction = attempt.transaction();
    if (transaction == null) {
      return;
    }
    try {
      rows.dialect.requireSame(connection, transaction);
    } catch (SQLException error) {
      if (rows.dialect.isOfAnother(error)) {
        throw ofAnother(connection, attempt, error);
      }
      throw error;
    }
  }

  /** The transaction is not the one in which the attempt began: that one was rolled back. */
  private ConcurrentAttemptException ofAnother(
      Connection connection, StartedAttempt attempt, SQLException error) throws SQLException {
    requireNotCommitted(connection, attempt, true, error);
    return new ConcurrentAttemptException(false, error);
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
      rows.release(connection, id, attempt.number(), how);
    } else {
      rows.removeClaim(connection, id, attempt.number());
    }
  }

  /** {@link MutationRows#keptUnresolved}. */
  EndedTransactionException keptUnresolved(
      Transactions transactions,
      MutationId id,
      IdempotencyOptions<?> how,
      EndedTransactionException ended) {
    return rows.keptUnresolved(transactions, id, how, ended);
  }
}
