/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.Optional;
import java.util.UUID;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Ticker;
import org.occ4j.idempotency.EffectContext;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.MutationRecord;

/**
 * An attempt whose effect lies outside the database, under a lease. It holds no connection; its
 * number is in every statement, so that it can do nothing to the claim of a later attempt.
 */
final class LeasedAttempt implements EffectContext {
  private final Transactions transactions;
  private final MutationRows rows;
  private final Ticker ticker;
  private final MutationId id;
  private final Execution<?> how;
  private final int number;
  private final long leaseBegan;

  /**
   * A claimed attempt.
   *
   * @param leaseBegan a reading of the ticker from before the claim was sent, so that the lease
   *     ends here no later than in the database
   */
  LeasedAttempt(
      JdbcContext context,
      MutationRows rows,
      MutationId id,
      Execution<?> how,
      int number,
      long leaseBegan) {
    this.transactions = context.transactions();
    this.rows = rows;
    this.ticker = context.ticker();
    this.id = id;
    this.how = how;
    this.number = number;
    this.leaseBegan = leaseBegan;
  }

  @Override
  public int attempt() {
    return number;
  }

  /** Asks the database, unless the lease is over by the clock of this node already. */
  @Override
  public boolean claimLost() {
    if (ticker.nanos() - leaseBegan >= NANOSECONDS.convert(how.lease())) {
      return true;
    }
    return mine().filter(MutationRow::isClaimed).isEmpty();
  }

  @Override
  public void externalCallStarting() {
    boolean marked;
    try {
      marked = transactions.statement(c -> rows.markExternalCall(c, id, number));
    } catch (RivalException rival) {
      throw lost();
    }
    if (!marked && mine().filter(row -> row.isClaimed() && row.externalCall()).isEmpty()) {
      throw lost();
    }
  }

  private Optional<MutationRow> mine() {
    return transactions
        .reading(connection -> rows.find(connection, id))
        .filter(row -> row.attempt() == number);
  }

  @Override
  public UUID downstreamKey(String step) {
    return id.derive("downstream:" + step);
  }

  /**
   * Stores the answer of the effect, which is done.
   *
   * @throws LeaseLostException if another attempt has taken over
   * @throws OutcomeUnknownException if the database cannot be told
   */
  void complete(AnswerBytes answer) {
    boolean completed;
    try {
      completed =
          transactions.statement(connection -> rows.complete(connection, id, number, how, answer));
    } catch (OutcomeUnknownException answerLost) {
      completed = wasCompleted(answerLost);
    } catch (RivalException nextAttempt) {
      // Only who carries out the next attempt, or forgets this one, has our row locked.
      completed = false;
    } catch (OccException unavailable) {
      throw notStored(unavailable);
    }
    if (!completed) {
      throw lost();
    }
  }

  private boolean wasCompleted(OutcomeUnknownException answerLost) {
    Optional<MutationRow> mine;
    try {
      mine = mine();
    } catch (OccException unavailable) {
      unavailable.addSuppressed(answerLost);
      throw notStored(unavailable);
    }
    if (mine.filter(MutationRow::isClaimed).isPresent()) {
      throw notStored(answerLost);
    }
    return mine.map(MutationRow::state).filter(LeasedAttempt::isDone).isPresent();
  }

  private static boolean isDone(MutationRecord.State state) {
    return state == MutationRecord.State.COMPLETED
        || state == MutationRecord.State.COMPLETED_WITHOUT_ANSWER;
  }

  private static OutcomeUnknownException notStored(OccException cause) {
    return new OutcomeUnknownException(
        "the effect ran, but that could not be stored: it runs again after the lease", cause);
  }

  /** Gives the claim back after a failure, which it must not hide. */
  void release(Throwable failure) {
    try {
      transactions.statement(connection -> rows.release(connection, id, number, how));
    } catch (OccException | RivalException notReleased) {
      // The lease ends by itself.
      failure.addSuppressed(notReleased);
    }
  }

  private LeaseLostException lost() {
    return new LeaseLostException(
        "attempt " + number + " has lost its claim to a later one, or it was forgotten", null);
  }
}
