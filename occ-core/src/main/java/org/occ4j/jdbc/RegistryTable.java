/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
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
   * R2  In a transaction the row of an attempt is written once, already done, as the last statement
   *     before the commit. A first run costs a look and an insert, no commit of its own and no dead
   *     row; a replay costs the look.
   * R3  Under a lease every statement of an attempt names its number, and numbers only grow.
   * R4  Whoever waits holds no connection: for a leader of this node on a latch, for another node
   *     by looking again.
   * R5  What a rival already did is replayed even if it made our own effect fail, for example on a
   *     unique key that both wrote.
   */

  private static final int MAX_RIVALS = 8;
  private static final int PURGE_BATCH = 500;
  // A follower on this node is woken by its leader; it looks for itself in case that hangs.
  private static final long LONGEST_FOLLOWING_NANOS = SECONDS.toNanos(5);
  // How long apart another node's attempt is looked at again: 5 ms first, 250 ms at last.
  private static final RetryPolicy POLLS =
      new RetryPolicy(
          Integer.MAX_VALUE, Duration.ofDays(1), Duration.ofMillis(5), Duration.ofMillis(250));

  private final JdbcContext context;
  private final Transactions transactions;
  private final MutationRows rows;
  private final LocalCalls calls = new LocalCalls();

  RegistryTable(JdbcContext context) {
    this.context = context;
    this.transactions = context.transactions();
    this.rows = new MutationRows(context);
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
    Claim<T> claim =
        rivalling(() -> Optional.of(transactions.transaction(c -> claim(c, id, how))))
            .orElse(Claim.elsewhere());
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

  private <T> Claim<T> claim(Connection connection, MutationId id, Execution<T> how)
      throws SQLException {
    MutationRow row = rows.find(connection, id).orElse(null);
    if (row == null) {
      try {
        rows.insertClaim(connection, id, how);
      } catch (SQLException error) {
        throw RivalException.orThrow(error);
      }
      return Claim.ours(1);
    }
    Optional<Outcome<T>> answer = row.decided(how);
    if (answer.isPresent() || row.isClaimed()) {
      return new Claim<>(answer, 0);
    }
    if (!rows.claimAgain(connection, id, how, row)) {
      throw new RivalException(false, null);
    }
    return Claim.ours(row.attempt() + 1);
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
    MutationRow row = rows.find(connection, id).orElse(null);
    if (row != null) {
      Optional<Outcome<T>> answer = row.decided(how);
      if (answer.isPresent() || row.isClaimed()) {
        return answer;
      }
    }
    int attempt = row == null ? 1 : row.attempt() + 1;
    T value;
    try {
      value = effect.run(connection, new JoinedAttempt(id, attempt));
    } catch (SQLException error) {
      // A dead transaction is run again; any other error is the effect's own and not ours to read.
      throw SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD
          ? error
          : new EffectFailure(error);
    }
    record(connection, id, how, row, AnswerBytes.of(value, how));
    return Optional.of(new Outcome.Executed<>(value, attempt));
  }

  /**
   * Writes the row of an attempt that is done (R2).
   *
   * @param seen the row that was there when the attempt began, or null
   */
  void record(
      Connection connection,
      MutationId id,
      Execution<?> how,
      @Nullable MutationRow seen,
      AnswerBytes answer)
      throws SQLException {
    try {
      if (seen == null) {
        rows.insertDone(connection, id, how, answer);
      } else if (!rows.completeAgain(connection, id, how, seen, answer)) {
        throw new RivalException(false, null);
      }
    } catch (SQLException error) {
      throw RivalException.orThrow(error);
    }
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
      MutationRow row = Transactions.joined(transaction, c -> rows.find(c, id)).orElse(null);
      if (row != null) {
        Optional<Outcome<T>> answer = row.decided(how);
        if (answer.isPresent() || row.isClaimed()) {
          return answer.orElseGet(MutationRow::inFlight);
        }
      }
      int attempt = row == null ? 1 : row.attempt() + 1;
      T value = effect.run(transaction, new JoinedAttempt(id, attempt));
      recordJoined(transaction, id, how, row, AnswerBytes.of(value, how));
      return new Outcome.Executed<>(value, attempt);
    } finally {
      calls.end(mine);
    }
  }

  /** Writes the row in the caller's transaction, of which a rival makes an end. */
  void recordJoined(
      Connection transaction,
      MutationId id,
      Execution<?> how,
      @Nullable MutationRow seen,
      AnswerBytes answer) {
    try {
      Transactions.<@Nullable Void, RuntimeException>joined(
          transaction,
          connection -> {
            record(connection, id, how, seen, answer);
            return null;
          });
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
    boolean forgotten = transactions.transaction(connection -> rows.forget(connection, id));
    calls.forget(id);
    return forgotten;
  }

  @Override
  public PurgeReport purge(int maxRows) {
    if (maxRows < 1) {
      throw new IllegalArgumentException("maxRows must be at least 1: " + maxRows);
    }
    int removed = 0;
    while (true) {
      int batch = Math.min(PURGE_BATCH, maxRows - removed);
      // One more is looked for than is removed, to know whether there is more.
      List<MutationRows.Over> over =
          transactions.reading(connection -> rows.findOver(connection, batch + 1));
      List<MutationRows.Over> now = over.subList(0, Math.min(batch, over.size()));
      removed += transactions.transaction(connection -> rows.deleteOver(connection, now));
      boolean more = over.size() > batch;
      if (!more || removed >= maxRows) {
        return new PurgeReport(removed, more);
      }
    }
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
