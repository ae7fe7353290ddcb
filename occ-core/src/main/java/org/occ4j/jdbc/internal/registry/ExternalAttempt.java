/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.RetryPolicy;
import org.occ4j.Ticker;
import org.occ4j.idempotency.EffectContext;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Transactions;

/**
 * An attempt whose effect lies outside the database, under a lease. It holds no connection; its
 * number is in every statement, so that it can do nothing to the claim of a later attempt.
 */
public final class ExternalAttempt implements EffectContext {
  /** For a lock on our row. Only a next attempt keeps one for long, and then the claim is lost. */
  private static final RetryPolicy LOCKED = RetryPolicy.of(200, Duration.ofSeconds(10));

  private final Transactions transactions;
  private final MutationRows rows;
  private final Ticker ticker;
  private final MutationId id;
  private final IdempotencyOptions<?> how;
  private final int number;
  private volatile long leaseBegan;

  /**
   * A claimed attempt.
   *
   * @param leaseBegan a reading of the ticker from before the claim was sent, so that the lease
   *     ends here no later than in the database
   */
  public ExternalAttempt(
      JdbcContext context,
      MutationRows rows,
      MutationId id,
      IdempotencyOptions<?> how,
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
  public void renewClaim() {
    long before = ticker.nanos(); // As with the claim: it ends here no later than there.
    boolean renewed = changeKept(connection -> rows.renew(connection, id, number, how));
    if (!renewed && mine().filter(MutationRow::isClaimed).isEmpty()) {
      throw lost();
    }
    leaseBegan = before;
  }

  @Override
  public void externalCallStarting() {
    boolean marked = changeKept(connection -> rows.markExternalCall(connection, id, number));
    if (!marked && mine().filter(row -> row.isClaimed() && row.externalCall()).isEmpty()) {
      throw lost();
    }
  }

  /** {@link #changeMine} while the effect runs: a lock that stays means that the claim is lost. */
  private boolean changeKept(SqlWork<Boolean, RuntimeException> change) {
    try {
      return changeMine(change);
    } catch (ConcurrentAttemptException rival) {
      throw lost();
    }
  }

  /**
   * Changes our row. A lock in the way is no verdict: a purge that scans for old rows has it for a
   * moment, so the change is tried again.
   *
   * @return whether the claim was still ours
   * @throws ConcurrentAttemptException if the lock stays
   */
  private boolean changeMine(SqlWork<Boolean, RuntimeException> change) {
    long start = ticker.nanos();
    for (int made = 1; ; made++) {
      try {
        return transactions.statement(change);
      } catch (ConcurrentAttemptException rival) {
        if (!rival.isStillAtWork() || !LOCKED.allowsAfter(made, ticker.nanos() - start)) {
          throw rival;
        }
        LockSupport.parkNanos(LOCKED.delayNanosAfter(made));
      }
    }
  }

  private Optional<MutationRow> mine() {
    return transactions
        .reading(connection -> rows.find(connection, id))
        .filter(row -> row.attempt() == number);
  }

  @Override
  public UUID downstreamKey(String step) {
    return id.downstreamKey(step);
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
      completed = changeMine(connection -> rows.complete(connection, id, number, how, answer));
    } catch (OutcomeUnknownException answerLost) {
      completed = wasCompleted(answerLost);
    } catch (ConcurrentAttemptException nextAttempt) {
      // Only who carries out the next attempt, or forgets this one, keeps our row locked.
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
    return mine.filter(MutationRow::isDone).isPresent();
  }

  private static OutcomeUnknownException notStored(OccException cause) {
    return new OutcomeUnknownException(
        "the effect ran, but that could not be stored: it runs again after the lease", cause);
  }

  /** Gives the claim back after a failure, which it must not hide. */
  void release(Throwable failure) {
    try {
      changeMine(connection -> rows.release(connection, id, number, how));
    } catch (OccException | ConcurrentAttemptException notReleased) {
      // The lease ends by itself.
      failure.addSuppressed(notReleased);
    }
  }

  private LeaseLostException lost() {
    return new LeaseLostException(
        "attempt " + number + " has lost its claim to a later one, or it was forgotten", null);
  }
}
