/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.RetryPolicy;
import org.occ4j.StoreUnavailableException;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.Effect;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.internal.Patience;

/** The registry over the mutation table. */
final class RegistryTable implements JdbcIdempotencyRegistry {

  /*
   * docs/design/idempotency.md has the whole argument. In short:
   *
   * R1  The primary key decides. Whoever looks first, and whatever a snapshot shows, two attempts
   *     with one number cannot both write their row.
   * R2  An attempt in a transaction adds two statements and no commit: the first looks, the last
   *     writes the answer. A replay costs the look. Where the engine lets a duplicate be told
   *     without an error (PostgreSQL, by a lock; MariaDB, by a claim that the look adds) no effect
   *     begins beside a rival's. Dialects differ in this and in nothing else.
   * R3  Under a lease every statement of an attempt names its number, and numbers only grow.
   * R4  Whoever waits holds no connection: for a leader of this node on a latch, for another node
   *     by looking again.
   * R5  What a rival already did is replayed even if it made our own effect fail, for example on a
   *     unique key that both wrote.
   */

  private static final int MAX_RIVALS = 8;
  // A follower on this node is woken by its leader; it looks for itself in case that hangs.
  private static final long LONGEST_FOLLOWING_NANOS = SECONDS.toNanos(5);
  // How long apart another node's attempt is looked at again: 5 ms first, 250 ms at last.
  private static final RetryPolicy POLLS =
      new RetryPolicy(
          Integer.MAX_VALUE, Duration.ofDays(1), Duration.ofMillis(5), Duration.ofMillis(250));

  private final JdbcContext context;
  private final Transactions transactions;
  private final MutationRows rows;
  private final MutationPurge purge;
  private final LocalCalls calls = new LocalCalls();

  RegistryTable(JdbcContext context) {
    this.context = context;
    this.transactions = context.transactions();
    MutationDialect dialect = MutationDialect.of(context);
    this.rows = new MutationRows(dialect);
    this.purge = new MutationPurge(context, dialect);
  }

  MutationRows rows() {
    return rows;
  }

  LocalCalls calls() {
    return calls;
  }

  // Effects outside the database.

  @Override
  public <T> Outcome<T> execute(MutationId id, Execution<T> how, Effect<T> effect)
      throws Exception {
    Objects.requireNonNull(effect, "effect");
    return leading(id, how, mine -> executeLeased(mine, id, how, effect));
  }

  private <T> Optional<Outcome<T>> executeLeased(
      LocalCalls.Call mine, MutationId id, Execution<T> how, Effect<T> effect) throws Exception {
    long now = context.ticker().nanos();
    Claim<T> claim = rivalling(() -> Optional.of(this.<T>claim(id, how))).orElse(Claim.elsewhere());
    if (claim.attempt() == 0) {
      return claim.answer();
    }
    mine.leases(claim.attempt());
    return Optional.of(runLeased(id, how, effect, claim.attempt(), now));
  }

  private <T> Outcome<T> runLeased(
      MutationId id, Execution<T> how, Effect<T> effect, int number, long leaseBegan)
      throws Exception {
    LeasedAttempt attempt = new LeasedAttempt(context, rows, id, how, number, leaseBegan);
    T value;
    try {
      value = effect.run(attempt);
    } catch (Throwable failure) {
      attempt.release(failure);
      throw failure;
    }
    attempt.complete(AnswerBytes.of(value, how));
    return new Outcome.Executed<>(value, number);
  }

  /**
   * What a claim came to.
   *
   * @param answer the answer if there is one already
   * @param attempt the number of our attempt, or 0 if there is none
   */
  private record Claim<T>(Optional<Outcome<T>> answer, int attempt) {

    static <T> Claim<T> ours(int attempt) {
      return new Claim<>(Optional.empty(), attempt);
    }

    static <T> Claim<T> elsewhere() {
      return new Claim<>(Optional.empty(), 0);
    }
  }

  /** A look, and one statement that decides; there is no transaction to be had for both (R1). */
  private <T> Claim<T> claim(MutationId id, Execution<T> how) {
    MutationRow row = look(id).orElse(null);
    if (row != null) {
      Optional<Outcome<T>> answer = row.decided(how);
      if (answer.isPresent() || row.isClaimed()) {
        return new Claim<>(answer, 0);
      }
    }
    boolean claimed =
        transactions.statement(
            connection ->
                row == null
                    ? rows.insertClaim(connection, id, how)
                    : rows.claimAgain(connection, id, how, row));
    if (!claimed) {
      // A rival whose row is still not to be seen has not committed it.
      throw new RivalException(row == null && look(id).isEmpty(), null);
    }
    return Claim.ours(row == null ? 1 : row.attempt() + 1);
  }

  // Effects inside a transaction.

  @Override
  public <T> Outcome<T> executeInTransaction(MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws Exception {
    Objects.requireNonNull(effect, "effect");
    return leading(id, how, mine -> executeOnce(id, how, effect));
  }

  private <T> Optional<Outcome<T>> executeOnce(MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws Exception {
    try {
      return rivalling(
          () -> transactions.transaction(connection -> runAndRecord(connection, id, how, effect)));
    } catch (OutcomeUnknownException | StoreUnavailableException broken) {
      throw broken;
    } catch (Exception failure) {
      Optional<Outcome<T>> rivals = answerOfRival(id, how); // R5
      if (rivals.isPresent()) {
        return rivals;
      }
      throw failure instanceof EffectFailure sql ? sql.error() : failure;
    }
  }

  /** An answer; or none if another node is at it. Everything else is thrown. */
  private <T> Optional<Outcome<T>> runAndRecord(
      Connection connection, MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws Exception {
    MutationDialect.Look look = rows.look(connection, id, how);
    Optional<Outcome<T>> answer = look.decided(how);
    if (answer.isPresent() || look.isRivals()) {
      return answer;
    }
    MutationRows.Begun attempt = rows.begin(connection, id, how, look);
    T value;
    try {
      value = effect.run(connection, new JoinedAttempt(id, attempt.number()));
    } catch (SQLException error) {
      // A dead transaction is run again; any other error is the effect's own and not ours to read.
      throw SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD
          ? error
          : new EffectFailure(error);
    }
    rows.finish(connection, id, how, attempt, AnswerBytes.of(value, how));
    return Optional.of(new Outcome.Executed<>(value, attempt.number()));
  }

  private <T> Optional<Outcome<T>> answerOfRival(MutationId id, Execution<T> how) {
    return look(id).flatMap(row -> row.decided(how)).filter(Outcome.Replayed.class::isInstance);
  }

  private Optional<MutationRow> look(MutationId id) {
    return transactions.reading(connection -> rows.find(connection, id));
  }

  @Override
  public <T> Outcome<T> joinTransaction(
      Connection transaction, MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws Exception {
    Objects.requireNonNull(effect, "effect");
    AnswerBytes.requireStorable(how);
    Transactions.requireTransaction(transaction);
    LocalCalls.Call mine = calls.lead(id, how.fingerprint());
    if (mine == null) {
      return refusedBeside(transaction, id, how);
    }
    try {
      return runJoined(transaction, id, how, effect);
    } finally {
      calls.end(mine);
    }
  }

  private <T> Outcome<T> runJoined(
      Connection transaction, MutationId id, Execution<T> how, SqlEffect<T> effect)
      throws Exception {
    MutationDialect.Look look = joined(transaction, c -> rows.look(c, id, how));
    Optional<Outcome<T>> answer = look.decided(how);
    if (answer.isPresent() || look.isRivals()) {
      return answer.orElseGet(MutationRow::inFlight);
    }
    MutationRows.Begun attempt = joined(transaction, c -> rows.begin(c, id, how, look));
    T value;
    try {
      value = effect.run(transaction, new JoinedAttempt(id, attempt.number()));
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

  private <T> Outcome<T> refusedBeside(Connection transaction, MutationId id, Execution<T> how) {
    LocalCalls.Call other = calls.find(id);
    if (other != null) {
      other.requireOther();
    }
    return refusedBeside(other, Transactions.joined(transaction, c -> rows.find(c, id)), how);
  }

  // What all have in common.

  /** Work that answers, or finds that another node is at it. */
  interface Work<R> {
    /** An answer, or none if another node is at it. */
    Optional<R> attempt() throws Exception;
  }

  /** The work of the one thread of this node that deals with a mutation. */
  private interface LeadersWork<T> {
    /** An answer, or none if another node is at it. */
    Optional<Outcome<T>> attempt(LocalCalls.Call mine) throws Exception;
  }

  /** Leads, or follows the leader, until there is an answer or no patience is left (R4). */
  private <T> Outcome<T> leading(MutationId id, Execution<T> how, LeadersWork<T> work)
      throws Exception {
    AnswerBytes.requireStorable(how);
    Patience patience = new Patience(how.inFlight().waitUpTo(), context.ticker());
    for (int looks = 1; ; looks++) {
      LocalCalls.Call mine = calls.lead(id, how.fingerprint());
      Optional<Outcome<T>> answer =
          mine == null
              ? follow(id, how, patience)
              : lead(mine, () -> work.attempt(mine), patience, looks);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
  }

  private <T> Optional<Outcome<T>> lead(
      LocalCalls.Call mine, Work<Outcome<T>> work, Patience patience, int looks) throws Exception {
    Optional<Outcome<T>> answer;
    try {
      answer = work.attempt();
    } finally {
      calls.end(mine);
    }
    return answer.isPresent() || pauseBeforeLook(looks, patience)
        ? answer
        : Optional.of(MutationRow.inFlight());
  }

  /** Waits a little before another node's attempt is looked at again; false if time is over. */
  static boolean pauseBeforeLook(int looks, Patience patience) throws InterruptedException {
    long left = patience.leftNanos();
    if (left <= 0) {
      return false;
    }
    NANOSECONDS.sleep(Math.min(left, POLLS.delayNanosAfter(looks)));
    return true;
  }

  private <T> Optional<Outcome<T>> follow(MutationId id, Execution<T> how, Patience patience)
      throws InterruptedException {
    LocalCalls.Call other = calls.find(id);
    if (other == null) {
      return Optional.empty();
    }
    other.requireOther();
    long slice = Math.min(patience.leftNanos(), LONGEST_FOLLOWING_NANOS);
    if (other.matches(how.fingerprint()) && other.awaitEnd(slice)) {
      return Optional.empty();
    }
    Optional<MutationRow> row = look(id);
    if (other.hasLost(row)) {
      calls.end(other); // Its lease is over, though it still runs: somebody else may lead.
      return Optional.empty();
    }
    return other.matches(how.fingerprint()) && patience.leftNanos() > 0
        ? row.flatMap(known -> known.decided(how))
        : Optional.of(refusedBeside(other, row, how));
  }

  /**
   * The answer beside a leader that is not waited for. It may only be looking, or be the one with
   * the other payload; so what the table says goes first.
   */
  static <T> Outcome<T> refusedBeside(
      LocalCalls.@Nullable Call other, Optional<MutationRow> row, Execution<T> how) {
    boolean otherPayload = row.isEmpty() && other != null && !other.matches(how.fingerprint());
    return row.flatMap(known -> known.decided(how))
        .orElseGet(otherPayload ? MutationRow::mismatch : MutationRow::inFlight);
  }

  /** Begins again after a rival was first; none if the rival is still at work. */
  static <R> Optional<R> rivalling(Work<R> work) throws Exception {
    for (int rivals = 1; ; rivals++) {
      try {
        return work.attempt();
      } catch (RivalException rival) {
        if (rival.isStillAtWork()) {
          return Optional.empty();
        }
        if (rivals == MAX_RIVALS) {
          throw new StoreUnavailableException(
              "lost against other nodes " + rivals + " times, nothing was done", rival);
        }
      }
    }
  }

  // Operators.

  @Override
  public Optional<MutationRecord> find(MutationId id) {
    return look(id).map(row -> row.describe(id));
  }

  @Override
  public boolean forget(MutationId id) {
    Objects.requireNonNull(id, "id");
    boolean forgotten = forgetAsSeen(id);
    calls.forget(id);
    return forgotten;
  }

  private boolean forgetAsSeen(MutationId id) {
    for (int tries = 1; ; tries++) {
      MutationRow row = look(id).orElse(null);
      if (row == null) {
        return false;
      }
      try {
        if (transactions.statement(connection -> rows.forget(connection, id, row))) {
          return true;
        }
      } catch (RivalException rival) {
        if (tries == MAX_RIVALS) {
          throw new StoreUnavailableException(
              "an attempt that is about to end has the row; forget it then", rival);
        }
      }
      if (tries == MAX_RIVALS) {
        throw new StoreUnavailableException("the row changed " + tries + " times", null);
      }
    }
  }

  @Override
  public PurgeReport purge(int maxRows) {
    if (maxRows < 1) {
      throw new IllegalArgumentException("maxRows must be at least 1: " + maxRows);
    }
    return purge.purge(maxRows);
  }

  /** An error of the effect's own statements, on its way to the caller as it is. */
  private static final class EffectFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SQLException error;

    EffectFailure(SQLException error) {
      super(null, error, false, false);
      this.error = error;
    }

    SQLException error() {
      return error;
    }
  }
}
