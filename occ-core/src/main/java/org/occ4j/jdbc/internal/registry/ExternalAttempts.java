/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Effect;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.JdbcContext;

/** Attempts whose effect lies outside the database: claims under a lease, and how they end. */
public final class ExternalAttempts {
  private final JdbcContext context;
  private final MutationRows rows;
  private final KnownMutations known;

  /** The attempts of this node. */
  public ExternalAttempts(JdbcContext context, MutationRows rows, KnownMutations known) {
    this.context = context;
    this.rows = rows;
    this.known = known;
  }

  /**
   * What a claim came to; neither an answer nor an attempt if another node is at it.
   *
   * @param answer the answer if there is one already
   * @param attempt our attempt, if it is ours now
   */
  public record Claim<T>(Optional<Outcome<T>> answer, @Nullable ExternalAttempt attempt) {

    static <T> Claim<T> answered(Optional<Outcome<T>> answer) {
      return new Claim<>(answer, null);
    }
  }

  /** Claims an attempt, unless there is an answer or a rival. */
  public <T> Claim<T> claim(MutationId id, IdempotencyOptions<T> how) throws Exception {
    return ConcurrentAttempts.rivalling(() -> Optional.of(this.<T>claimOnce(id, how)))
        .orElse(Claim.answered(Optional.empty()));
  }

  /**
   * A look, and one statement that decides; there is no transaction to be had for both
   * (REGISTRY-1).
   */
  private <T> Claim<T> claimOnce(MutationId id, IdempotencyOptions<T> how) {
    long leaseBegins = context.ticker().nanos();
    MutationRow row = known.look(id).orElse(null);
    if (row != null) {
      Optional<Outcome<T>> answer = row.decided(how);
      if (answer.isPresent() || row.isClaimed()) {
        return Claim.answered(answer.isPresent() ? answer : Optional.of(row.underWay()));
      }
    }
    boolean claimed =
        context
            .transactions()
            .statement(
                connection ->
                    row == null
                        ? rows.insertClaim(connection, id, how)
                        : rows.claimAgain(connection, id, how, row));
    if (!claimed) {
      // A rival whose row is still not to be seen has not committed it.
      throw new ConcurrentAttemptException(row == null && known.look(id).isEmpty(), null);
    }
    int number = row == null ? 1 : row.attempt() + 1;
    return new Claim<>(
        Optional.empty(), new ExternalAttempt(context, rows, id, how, number, leaseBegins));
  }

  /** Runs the effect of an attempt that is ours. */
  public <T> Outcome<T> run(ExternalAttempt attempt, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception {
    T value;
    try {
      value = effect.run(attempt);
    } catch (Throwable failure) {
      Optional<T> kept = keptInstead(attempt, how, failure);
      if (kept.isEmpty()) {
        throw failure;
      }
      value = kept.get();
    }
    return complete(attempt, how, value);
  }

  /** The answer that is kept for a failure; if there is none, the claim has been released. */
  public static <T> Optional<T> keptInstead(
      ExternalAttempt attempt, IdempotencyOptions<T> how, Throwable failure) {
    Optional<T> kept = how.answerTo(failure);
    if (kept.isEmpty()) {
      attempt.release(failure);
    }
    return kept;
  }

  /** Stores the answer of an attempt. */
  private <T> Outcome<T> complete(
      ExternalAttempt attempt, IdempotencyOptions<T> how, @Nullable T value) {
    attempt.complete(AnswerBytes.of(value, how, context.payloads()));
    return new Outcome.Executed<>(value, attempt.attempt());
  }
}
