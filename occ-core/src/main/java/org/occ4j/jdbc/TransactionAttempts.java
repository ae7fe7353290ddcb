/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.Outcome;

/** Attempts whose effect lies inside a database transaction, ours or the caller's (R2). */
final class TransactionAttempts {
  private final Transactions transactions;
  private final MutationRows rows;
  private final KnownMutations known;

  TransactionAttempts(JdbcContext context, MutationRows rows, KnownMutations known) {
    this.transactions = context.transactions();
    this.rows = rows;
    this.known = known;
  }

  // A transaction of our own.

  /** An answer; or none if another node is at it. */
  <T> Optional<Outcome<T>> execute(MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws Exception {
    Optional<Outcome<T>> again = known.expected(id, how);
    if (again.isPresent()) {
      return again;
    }
    Optional<Outcome<T>> answer;
    try {
      answer = inTransaction(id, how, effect);
    } catch (EffectFailure failed) {
      answer = afterFailure(id, how, failed.failure());
    }
    if (answer.isPresent() && isDone(answer.get())) {
      known.seenDone(id);
    }
    return answer;
  }

  private static boolean isDone(Outcome<?> outcome) {
    return outcome instanceof Outcome.Executed || outcome instanceof Outcome.Replayed;
  }

  private <T> Optional<Outcome<T>> inTransaction(
      MutationId id, Execution<T> how, SqlEffect<T> effect) throws Exception {
    return RegistryTable.rivalling(
        () -> {
          try {
            return transactions.transaction(
                connection -> runAndRecord(connection, id, how, effect));
          } catch (MutationRows.DuplicateAtCommit duplicate) {
            throw rivalOr(duplicate.error(), id);
          }
        });
  }

  /** Whose key it was tells the table: a rival's row is there, or it was a key of the effect's. */
  private RuntimeException rivalOr(SQLException duplicate, MutationId id) {
    return known.look(id).isPresent()
        ? new RivalException(false, duplicate)
        : Transactions.notDone(duplicate);
  }

  /** What follows from a failure that has been rolled back. */
  private <T> Optional<Outcome<T>> afterFailure(MutationId id, Execution<T> how, Exception failure)
      throws Exception {
    Optional<T> kept = how.answerTo(failure);
    if (kept.isPresent()) {
      // The effect is undone; its answer is kept by an attempt that does nothing else. If a rival
      // was first (R5), that attempt finds the rival's answer.
      return inTransaction(id, how, (transaction, context) -> kept.get());
    }
    if (failure instanceof OutcomeUnknownException
        || failure instanceof StoreUnavailableException) {
      throw failure;
    }
    Optional<Outcome<T>> rivals = answerOfRival(id, how); // R5
    if (rivals.isPresent()) {
      return rivals;
    }
    throw failure;
  }

  private <T> Optional<Outcome<T>> runAndRecord(
      Connection connection, MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws SQLException {
    ReplayCache.Moment before = known.cache().moment();
    MutationDialect.Look look = rows.look(connection, id, how);
    Optional<Outcome<T>> answer = look.decided(how);
    MutationRow seen = look.row();
    if (seen != null) {
      known.cache().keep(id, seen, before); // C1: this transaction has written nothing yet.
    }
    if (answer.isPresent() || look.isRivals()) {
      return answer;
    }
    MutationRows.Begun attempt = rows.begin(connection, id, how, look);
    T value;
    try {
      value = effect.run(connection, new JoinedAttempt(id, attempt.number()));
    } catch (Exception failure) {
      // A dead transaction is run again; anything else is the effect's own and not ours to read.
      if (failure instanceof SQLException error && isDead(error)) {
        throw error;
      }
      throw new EffectFailure(failure);
    }
    rows.finishOwn(connection, id, how, attempt, AnswerBytes.of(value, how));
    return Optional.of(new Outcome.Executed<>(value, attempt.number()));
  }

  private static boolean isDead(SQLException error) {
    return SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD;
  }

  private <T> Optional<Outcome<T>> answerOfRival(MutationId id, Execution<T> how) {
    return known
        .look(id)
        .flatMap(row -> row.decided(how))
        .filter(Outcome.Replayed.class::isInstance);
  }

  // The caller's transaction.

  <T> Outcome<T> join(Connection transaction, MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws Exception {
    // Not for the cache: a row that the caller's transaction shows may be its own.
    MutationDialect.Look look = joined(transaction, c -> rows.look(c, id, how));
    Optional<Outcome<T>> answer = look.decided(how);
    if (answer.isPresent() || look.isRivals()) {
      return answer.orElseGet(MutationRow::inFlight);
    }
    MutationRows.Begun attempt = joined(transaction, c -> rows.begin(c, id, how, look));
    JoinedAttempt context = new JoinedAttempt(id, attempt.number());
    T value;
    try {
      value =
          how.keepsFailures()
              ? runOrKeep(transaction, how, effect, context)
              : effect.run(transaction, context);
    } catch (Throwable failure) {
      abandon(transaction, id, how, attempt, failure);
      throw failure;
    }
    AnswerBytes stored = AnswerBytes.of(value, how);
    joined(
        transaction,
        connection -> {
          rows.finish(connection, id, how, attempt, stored);
          return attempt;
        });
    return new Outcome.Executed<>(value, attempt.number());
  }

  /** Runs the effect so that, if its failure is kept, its rows are not. */
  private static <T> @Nullable T runOrKeep(
      Connection transaction, Execution<T> how, SqlEffect<T> effect, JoinedAttempt context)
      throws Exception {
    Savepoint before = joined(transaction, Connection::setSavepoint);
    T value;
    try {
      value = effect.run(transaction, context);
    } catch (Exception failure) {
      value = keptInstead(transaction, before, how, failure).orElseThrow(() -> failure);
    }
    // Held until the commit it would cost the server memory for nothing.
    joined(
        transaction,
        connection -> {
          connection.releaseSavepoint(before);
          return before;
        });
    return value;
  }

  private static <T> Optional<T> keptInstead(
      Connection transaction, Savepoint before, Execution<T> how, Exception failure) {
    if (failure instanceof SQLException error && isDead(error)) {
      return Optional.empty(); // The caller has to run the whole again.
    }
    Optional<T> kept = how.answerTo(failure);
    if (kept.isPresent()) {
      try {
        transaction.rollback(before);
      } catch (SQLException notUndone) {
        failure.addSuppressed(notUndone);
        return Optional.empty();
      }
    }
    return kept;
  }

  /** Leaves no claim behind in a transaction that the caller may commit in spite of the failure. */
  private void abandon(
      Connection transaction,
      MutationId id,
      Execution<?> how,
      MutationRows.Begun attempt,
      Throwable failure) {
    try {
      rows.abandon(transaction, id, how, attempt);
    } catch (SQLException | RivalException notAbandoned) {
      failure.addSuppressed(notAbandoned);
    }
  }

  /** Statements in the caller's transaction, of which a rival makes an end. */
  private static <T> T joined(Connection transaction, SqlWork<T, RuntimeException> work) {
    try {
      return Transactions.joined(transaction, work);
    } catch (RivalException rival) {
      throw new TransactionConflictException(
          "the same mutation was carried out elsewhere: roll back and run again", rival);
    }
  }

  /** A failure of the effect, on its way to the caller as it is. */
  private static final class EffectFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Exception failure;

    EffectFailure(Exception failure) {
      super(null, failure, false, false);
      this.failure = failure;
    }

    Exception failure() {
      return failure;
    }
  }
}
