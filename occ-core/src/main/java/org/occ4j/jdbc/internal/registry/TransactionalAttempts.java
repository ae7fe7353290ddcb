/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.EffectContext;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.GuardedConnection;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.PayloadLimit;
import org.occ4j.jdbc.internal.SignalException;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Surprise;
import org.occ4j.jdbc.internal.Transactions;

/** Attempts whose effect lies inside a database transaction, ours or the caller's (REGISTRY-2). */
public final class TransactionalAttempts {
  private static final String OUTERMOST = "occ_effect";

  /**
   * How many joins surround the present one, one inside another's effect. Their savepoints have
   * different names, and names are few, so that statements are.
   */
  private static final ThreadLocal<Integer> joins = ThreadLocal.withInitial(() -> 0);

  private final Transactions transactions;
  private final PayloadLimit payloads;
  private final TransactionalRows rows;
  private final KnownMutations known;

  /** The attempts of this node. */
  public TransactionalAttempts(JdbcContext context, MutationRows rows, KnownMutations known) {
    this.transactions = context.transactions();
    this.payloads = context.payloads();
    this.rows = new TransactionalRows(rows);
    this.known = known;
  }

  // A transaction of our own.

  /** An answer; or none if another node is at it. */
  public <T> Optional<Outcome<T>> execute(
      MutationId id, IdempotencyOptions<T> how, TransactionalEffect<T> effect) throws Exception {
    Optional<Outcome<T>> again = known.expected(id, how);
    if (again.isPresent()) {
      return again;
    }
    Optional<Outcome<T>> answer;
    try {
      answer = inTransaction(id, how, effect);
    } catch (EffectFailure failed) {
      answer = afterFailure(id, how, failed.failure());
    } catch (EndedTransactionException ended) {
      throw rows.keptUnresolved(transactions, id, how, ended);
    }
    if (answer.isPresent() && ConcurrentAttempts.isStored(answer.get())) {
      known.seenDone(id);
    }
    return answer;
  }

  private <T> Optional<Outcome<T>> inTransaction(
      MutationId id, IdempotencyOptions<T> how, TransactionalEffect<T> effect) throws Exception {
    return ConcurrentAttempts.rivalling(
        () -> {
          try {
            return transactions.transaction(
                connection -> runAndRecord(connection, id, how, effect));
          } catch (TransactionalRows.DuplicateAtCommit duplicate) {
            throw rivalOr(duplicate.error(), id);
          }
        });
  }

  /** Whose key it was tells the table: a rival's row is there, or it was a key of the effect's. */
  private RuntimeException rivalOr(SQLException duplicate, MutationId id) {
    return known.look(id).isPresent()
        ? new ConcurrentAttemptException(false, duplicate)
        : Transactions.notDone(duplicate);
  }

  /** What follows from a failure that has been rolled back. */
  private <T> Optional<Outcome<T>> afterFailure(
      MutationId id, IdempotencyOptions<T> how, Exception failure) throws Exception {
    Optional<T> kept = how.answerTo(failure);
    if (kept.isPresent()) {
      // The effect is undone; its answer is kept by an attempt that does nothing else. If a rival
      // was first (REGISTRY-5), that attempt finds the rival's answer.
      return inTransaction(id, how, (transaction, context) -> kept.get());
    }
    if (failure instanceof OutcomeUnknownException
        || failure instanceof StoreUnavailableException) {
      throw failure;
    }
    Optional<Outcome<T>> rivals = answerOfRival(id, how); // REGISTRY-5
    if (rivals.isPresent()) {
      return rivals;
    }
    throw reported(failure);
  }

  /** A failure of the effect as it is, unless the database refused its statement for good. */
  private static Exception reported(Exception failure) {
    return failure instanceof SQLException error && SqlErrors.meaningOf(error).isFinal()
        ? Transactions.notDone(error)
        : failure;
  }

  private <T> Optional<Outcome<T>> runAndRecord(
      Connection connection,
      MutationId id,
      IdempotencyOptions<T> how,
      TransactionalEffect<T> effect)
      throws SQLException {
    String savepoint = rows.inOwnTransaction(OUTERMOST);
    MutationDialect.Look look = rows.look(connection, id, how, savepoint);
    Optional<Outcome<T>> answer = look.decided(how);
    if (answer.isPresent() || look.isRivals()) {
      return answer;
    }
    TransactionalRows.StartedAttempt attempt = rows.begin(connection, id, how, look, savepoint);
    rows.beginEffect(connection, look, attempt);
    T value;
    try {
      value =
          effect.run(
              GuardedConnection.over(connection), new TransactionalContext(id, attempt.number()));
    } catch (Exception failure) {
      boolean isDead = isDead(failure);
      if (!isDead || attempt.transaction() != null) {
        requireUndone(connection, id, attempt, failure);
      }
      // A dead transaction is run again; anything else is the effect's own and not ours to read.
      if (isDead) {
        throw (SQLException) failure;
      }
      throw new EffectFailure(failure);
    }
    rows.finishOwn(connection, id, how, attempt, AnswerBytes.of(value, how, payloads));
    return Optional.of(new Outcome.Executed<>(value, attempt.number()));
  }

  /** Makes sure that the rollback, which is to come, can take the effect back. */
  private void requireUndone(
      Connection connection,
      MutationId id,
      TransactionalRows.StartedAttempt attempt,
      Exception failure) {
    if (Surprise.isBehind(failure, connection)) {
      return;
    }
    try {
      rows.undo(connection, id, attempt);
    } catch (OutcomeUnknownException committed) {
      committed.addSuppressed(failure);
      throw committed;
    } catch (SQLException | ConcurrentAttemptException rolledBack) {
      failure.addSuppressed(rolledBack);
    }
  }

  private static boolean isDead(Throwable failure) {
    return failure instanceof SQLException error
        && SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD;
  }

  private <T> Optional<Outcome<T>> answerOfRival(MutationId id, IdempotencyOptions<T> how) {
    return known
        .look(id)
        .flatMap(row -> row.decided(how))
        .filter(Outcome.Replayed.class::isInstance);
  }

  // The caller's transaction.

  /** An answer, by an attempt in the caller's transaction. */
  public <T> Outcome<T> join(
      Connection transaction,
      MutationId id,
      IdempotencyOptions<T> how,
      TransactionalEffect<T> effect)
      throws Exception {
    int depth = joins.get();
    String savepoint = "occ_effect_" + depth;
    // Not for the cache: a row that the caller's transaction shows may be its own.
    MutationDialect.Look look = joined(transaction, c -> rows.look(c, id, how, savepoint));
    Optional<Outcome<T>> answer = look.decided(how);
    if (answer.isPresent() || look.isRivals()) {
      return answer.orElseGet(look::underWay);
    }
    TransactionalRows.StartedAttempt attempt =
        joined(transaction, c -> rows.begin(c, id, how, look, savepoint));
    beginEffect(transaction, id, how, look, attempt);
    try {
      return runJoined(transaction, id, how, effect, attempt, depth);
    } catch (EndedTransactionException ended) {
      throw attempt.claimed() ? ended : orConflict(id, how, attempt, ended);
    }
  }

  /** Where nothing was claimed before the effect, another connection tells what became of it. */
  private RuntimeException orConflict(
      MutationId id,
      IdempotencyOptions<?> how,
      TransactionalRows.StartedAttempt attempt,
      EndedTransactionException ended) {
    try {
      transactions.reading(
          connection -> {
            rows.requireNotCommitted(connection, attempt, false, null);
            return attempt;
          });
    } catch (EndedTransactionException committed) {
      return rows.keptUnresolved(transactions, id, how, ended);
    } catch (RuntimeException notTold) {
      ended.addSuppressed(notTold);
      return ended;
    }
    return new TransactionConflictException(
        "the effect has rolled the transaction back: roll back and run again", ended);
  }

  private <T> Outcome<T> runJoined(
      Connection transaction,
      MutationId id,
      IdempotencyOptions<T> how,
      TransactionalEffect<T> effect,
      TransactionalRows.StartedAttempt attempt,
      int depth)
      throws Exception {
    T value;
    joins.set(depth + 1);
    try {
      value = effect.run(transaction, new TransactionalContext(id, attempt.number()));
    } catch (Throwable failure) {
      value = keptInstead(transaction, id, how, attempt, failure);
    } finally {
      joins.set(depth);
    }
    AnswerBytes stored = AnswerBytes.of(value, how, payloads);
    joined(
        transaction,
        connection -> {
          rows.finish(connection, id, how, attempt, stored);
          return attempt;
        });
    return new Outcome.Executed<>(value, attempt.number());
  }

  /** Without its savepoint an effect is not begun, and there is no claim for it. */
  private void beginEffect(
      Connection transaction,
      MutationId id,
      IdempotencyOptions<?> how,
      MutationDialect.Look look,
      TransactionalRows.StartedAttempt attempt) {
    try {
      joined(
          transaction,
          connection -> {
            rows.beginEffect(connection, look, attempt);
            return attempt;
          });
    } catch (RuntimeException impossible) {
      abandon(transaction, id, how, attempt, impossible);
      throw impossible;
    }
  }

  /**
   * Takes back what the effect did, for the caller may commit in spite of the failure; and the
   * claim, unless the failure is kept as an answer. If the effect cannot be taken back, the
   * connection is aborted, so that nobody can commit it.
   *
   * @throws Exception the failure, if it is not kept
   */
  private <T> @Nullable T keptInstead(
      Connection transaction,
      MutationId id,
      IdempotencyOptions<T> how,
      TransactionalRows.StartedAttempt attempt,
      Throwable failure)
      throws Exception {
    if (failure instanceof Error error) {
      Surprise.abort(transaction, error);
      throw error;
    }
    if (Surprise.isBehind(failure, transaction)) {
      throw Transactions.aborted(transaction, failure);
    }
    boolean undone = undo(transaction, id, attempt, failure);
    Optional<T> kept = undone && !isDead(failure) ? how.answerTo(failure) : Optional.empty();
    if (kept.isPresent()) {
      return kept.get();
    }
    if (undone) {
      abandon(transaction, id, how, attempt, failure);
    }
    throw reported((Exception) failure); // an error has aborted the connection above
  }

  /** False if there is nothing to take back, since the database has ended the transaction. */
  private boolean undo(
      Connection transaction,
      MutationId id,
      TransactionalRows.StartedAttempt attempt,
      Throwable failure) {
    try {
      rows.undo(transaction, id, attempt);
      return true;
    } catch (OutcomeUnknownException committed) {
      committed.addSuppressed(failure);
      Surprise.abort(transaction, committed);
      throw committed;
    } catch (SQLException | ConcurrentAttemptException notUndone) {
      failure.addSuppressed(notUndone);
      if (!isDead(failure)) {
        Surprise.abort(transaction, notUndone);
      }
      return false;
    }
  }

  /** Leaves no claim behind in a transaction that the caller may commit in spite of the failure. */
  private void abandon(
      Connection transaction,
      MutationId id,
      IdempotencyOptions<?> how,
      TransactionalRows.StartedAttempt attempt,
      Throwable failure) {
    try {
      rows.abandon(transaction, id, how, attempt);
    } catch (SQLException | ConcurrentAttemptException notAbandoned) {
      failure.addSuppressed(notAbandoned);
    }
  }

  /** Statements in the caller's transaction, of which a rival makes an end. */
  private static <T> T joined(Connection transaction, SqlWork<T, RuntimeException> work) {
    try {
      return Transactions.joined(transaction, work);
    } catch (ConcurrentAttemptException rival) {
      throw new TransactionConflictException(
          "the same mutation was carried out elsewhere: roll back and run again", rival);
    }
  }

  /** A failure of the effect, on its way to the caller as it is. */
  private static final class EffectFailure extends SignalException {
    private static final long serialVersionUID = 1L;

    private final Exception failure;

    EffectFailure(Exception failure) {
      super(null, failure);
      this.failure = failure;
    }

    Exception failure() {
      return failure;
    }
  }

  /** An attempt inside a transaction, with which its claim lives and dies. */
  record TransactionalContext(MutationId id, int attempt) implements EffectContext {

    @Override
    public boolean claimLost() {
      return false;
    }

    /** There is no lease, and the transaction ends the claim. */
    @Override
    public void renewClaim() {}

    /**
     * Nothing of this attempt is visible to others before the commit, so nothing could warn a
     * retry.
     */
    @Override
    public void externalCallStarting() {
      throw new IllegalStateException(
          "an effect outside the database needs a lease: run it by execute, not in a transaction");
    }

    @Override
    public UUID downstreamKey(String step) {
      return id.downstreamKey(step);
    }
  }
}
