/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.StoreUnavailableException;
import org.occ4j.idempotency.Effect;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.idempotency.RegistryStats;
import org.occ4j.idempotency.internal.OutcomeRecorder;
import org.occ4j.internal.Deadline;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.registry.AnswerBytes;
import org.occ4j.jdbc.internal.registry.ConcurrentAttemptException;
import org.occ4j.jdbc.internal.registry.ConcurrentAttempts;
import org.occ4j.jdbc.internal.registry.ExternalAttempt;
import org.occ4j.jdbc.internal.registry.ExternalAttempts;
import org.occ4j.jdbc.internal.registry.InFlightCalls;
import org.occ4j.jdbc.internal.registry.KnownMutations;
import org.occ4j.jdbc.internal.registry.KnownMutations.DuplicateLog;
import org.occ4j.jdbc.internal.registry.MutationDialect;
import org.occ4j.jdbc.internal.registry.MutationPurge;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.registry.TransactionalAttempts;
import org.occ4j.jdbc.internal.registry.UnresolvedMutations;

/**
 * The registry over the mutation table: who deals with a mutation on this node, who waits for that
 * one, and how long. What an attempt does is in {@link ExternalAttempts} and {@link
 * TransactionalAttempts}.
 */
final class RegistryTable implements JdbcIdempotencyRegistry {

  /*
   * docs/design/idempotency.md has the whole argument. In short:
   *
   * REGISTRY-1  The primary key decides. Whoever looks first, and whatever a snapshot shows, two attempts
   *     with one number cannot both write their row.
   * REGISTRY-2  An attempt in a transaction adds two statements and no commit: the first looks, the last
   *     writes the answer. A replay costs the look. No effect begins beside a rival's: on PostgreSQL
   *     by a lock, on MariaDB and H2 by a claim that the look adds. Dialects differ in this and in
   *     nothing else.
   * REGISTRY-3  Under a lease every statement of an attempt names its number, and numbers only grow.
   * REGISTRY-4  Whoever waits holds no connection: for a leader of this node on a latch, for another node
   *     by looking again.
   * REGISTRY-5  What a rival already did is replayed even if it made our own effect fail, for example on a
   *     unique key that both wrote.
   */

  private final JdbcContext context;
  private final Transactions transactions;
  private final MutationRows rows;
  private final MutationPurge purge;
  private final KnownMutations known;
  private final ExternalAttempts leased;
  private final TransactionalAttempts inTransaction;
  private final UnresolvedMutations unresolved;
  private final InFlightCalls calls = new InFlightCalls();
  private final OutcomeRecorder recorder = new OutcomeRecorder();

  RegistryTable(JdbcContext context, MutationDialect dialect) {
    this.context = context;
    this.transactions = context.transactions();
    this.rows = new MutationRows(dialect);
    this.purge = new MutationPurge(context, dialect);
    this.known = new KnownMutations(context, rows);
    this.unresolved = new UnresolvedMutations(dialect, context.payloads());
    this.leased = new ExternalAttempts(context, rows, known);
    this.inTransaction = new TransactionalAttempts(context, rows, known);
  }

  MutationRows rows() {
    return rows;
  }

  @Override
  public <T> Outcome<T> execute(MutationId id, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception {
    Objects.requireNonNull(effect, "effect");
    return told(id, leading(id, how, mine -> executeLeased(mine, id, how, effect)));
  }

  private <T> Optional<Outcome<T>> executeLeased(
      InFlightCalls.Call mine, MutationId id, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception {
    ExternalAttempts.Claim<T> claim = leased.claim(id, how);
    ExternalAttempt attempt = claim.attempt();
    if (attempt == null) {
      return claim.answer();
    }
    mine.leases(attempt.attempt());
    return Optional.of(leased.run(attempt, how, effect));
  }

  @Override
  public <T> Outcome<T> executeInTransaction(
      MutationId id, IdempotencyOptions<T> how, SqlEffect<T> effect) throws Exception {
    Objects.requireNonNull(effect, "effect");
    return told(id, leading(id, how, mine -> inTransaction.execute(id, how, effect::run)));
  }

  /**
   * Carries a mutation out by work that keeps the answer itself, at most one thread of this node at
   * a time; first the table is asked if this node has reason to believe that it is done.
   */
  <T> Outcome<T> once(
      MutationId id, IdempotencyOptions<T> how, ConcurrentAttempts.Work<Outcome<T>> work)
      throws Exception {
    return told(id, leading(id, how, mine -> knownOr(id, how, work)));
  }

  private <T> Optional<Outcome<T>> knownOr(
      MutationId id, IdempotencyOptions<T> how, ConcurrentAttempts.Work<Outcome<T>> work)
      throws Exception {
    Optional<Outcome<T>> answer = known.expected(id, how);
    if (answer.isEmpty()) {
      answer = work.attempt();
      if (answer.isPresent() && ConcurrentAttempts.isStored(answer.get())) {
        known.seenDone(id);
      }
    }
    return answer;
  }

  @Override
  public <T> Outcome<T> joinTransaction(
      Connection transaction, MutationId id, IdempotencyOptions<T> how, SqlEffect<T> effect)
      throws Exception {
    Objects.requireNonNull(effect, "effect");
    AnswerBytes.requireStorable(how);
    Transactions.requireTransaction(transaction);
    return told(id, joinOrRefuse(transaction, id, how, effect));
  }

  private <T> Outcome<T> joinOrRefuse(
      Connection transaction, MutationId id, IdempotencyOptions<T> how, SqlEffect<T> effect)
      throws Exception {
    InFlightCalls.Call mine = calls.lead(id, how.fingerprint());
    if (mine == null) {
      return refusedBeside(transaction, id, how);
    }
    try {
      return inTransaction.join(transaction, id, how, effect::run);
    } finally {
      calls.end(mine);
    }
  }

  private <T> Outcome<T> refusedBeside(
      Connection transaction, MutationId id, IdempotencyOptions<T> how) {
    InFlightCalls.Call other = calls.find(id);
    if (other != null) {
      other.requireOther();
    }
    return refusedBeside(other, Transactions.joined(transaction, c -> rows.find(c, id)), how);
  }

  // What all have in common.

  private <T> Outcome<T> told(MutationId id, Outcome<T> outcome) {
    return recorder.counted(unresolved.reported(id, DuplicateLog.told(id, outcome)));
  }

  /** The work of the one thread of this node that deals with a mutation. */
  private interface LeadersWork<T> {
    /** An answer, or none if another node is at it. */
    Optional<Outcome<T>> attempt(InFlightCalls.Call mine) throws Exception;
  }

  /** Leads, or follows the leader, until there is an answer or no deadline is left (REGISTRY-4). */
  private <T> Outcome<T> leading(MutationId id, IdempotencyOptions<T> how, LeadersWork<T> work)
      throws Exception {
    AnswerBytes.requireStorable(how);
    Deadline deadline = new Deadline(how.inFlight().waitUpTo(), context.ticker());
    for (int looks = 1; ; looks++) {
      InFlightCalls.Call mine = calls.lead(id, how.fingerprint());
      Optional<Outcome<T>> answer =
          mine == null ? follow(id, how, deadline) : lead(mine, work, deadline, looks);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
  }

  private <T> Optional<Outcome<T>> lead(
      InFlightCalls.Call mine, LeadersWork<T> work, Deadline deadline, int looks) throws Exception {
    Optional<Outcome<T>> answer;
    try {
      answer = work.attempt(mine);
    } finally {
      calls.end(mine);
    }
    if (answer.filter(found -> !ConcurrentAttempts.isInFlight(found)).isPresent()) {
      return answer;
    }
    return pauseBeforeLook(looks, deadline)
        ? Optional.empty()
        : Optional.of(answer.orElseGet(MutationRow::inFlight));
  }

  /** Waits a little before another node's attempt is looked at again; false if time is over. */
  private static boolean pauseBeforeLook(int looks, Deadline deadline) throws InterruptedException {
    long left = deadline.leftNanos();
    if (left <= 0) {
      return false;
    }
    NANOSECONDS.sleep(Math.min(left, ConcurrentAttempts.nanosBeforeLook(looks)));
    return true;
  }

  private <T> Optional<Outcome<T>> follow(
      MutationId id, IdempotencyOptions<T> how, Deadline deadline) throws InterruptedException {
    InFlightCalls.Call other = calls.find(id);
    if (other == null) {
      return Optional.empty();
    }
    other.requireOther();
    if (other.matches(how.fingerprint()) && other.awaitEnd(ConcurrentAttempts.sliceOf(deadline))) {
      return Optional.empty();
    }
    return beside(other, id, how, deadline);
  }

  /** An answer beside a leader that has not ended in time; none to look again. */
  private <T> Optional<Outcome<T>> beside(
      InFlightCalls.Call other, MutationId id, IdempotencyOptions<T> how, Deadline deadline) {
    Optional<MutationRow> row = known.look(id);
    if (other.hasLost(row)) {
      calls.end(other); // Its lease is over, though it still runs: somebody else may lead.
      return Optional.empty();
    }
    return other.matches(how.fingerprint()) && deadline.leftNanos() > 0
        ? row.flatMap(known -> known.decided(how))
        : Optional.of(refusedBeside(other, row, how));
  }

  /**
   * The answer beside a leader that is not waited for. It may only be looking, or be the one with
   * the other payload; so what the table says goes first.
   */
  private static <T> Outcome<T> refusedBeside(
      InFlightCalls.@Nullable Call other, Optional<MutationRow> row, IdempotencyOptions<T> how) {
    if (row.isPresent()) {
      return row.get().<T>decided(how).orElseGet(row.get()::underWay);
    }
    boolean otherPayload = other != null && !other.matches(how.fingerprint());
    return otherPayload ? MutationRow.mismatch() : MutationRow.inFlight();
  }

  // Operators.

  @Override
  public Optional<MutationRecord> find(MutationId id) {
    return known.look(id).map(row -> row.describe(id));
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
      MutationRow row = known.look(id).orElse(null);
      if (row == null) {
        return false;
      }
      try {
        if (transactions.statement(connection -> rows.forget(connection, id, row))) {
          return true;
        }
      } catch (ConcurrentAttemptException rival) {
        if (tries == ConcurrentAttempts.MAX_RIVALS) {
          throw new StoreUnavailableException(
              "an attempt that is about to end has the row; forget it then", rival);
        }
      }
      if (tries == ConcurrentAttempts.MAX_RIVALS) {
        throw new StoreUnavailableException("the row changed " + tries + " times", null);
      }
    }
  }

  @Override
  public RegistryStats stats() {
    return recorder.snapshot();
  }

  @Override
  public PurgeReport purge(int maxRows) {
    if (maxRows < 1) {
      throw new IllegalArgumentException("maxRows must be at least 1: " + maxRows);
    }
    return purge.purge(maxRows);
  }

  /** One transaction of a purge. */
  PurgeReport purgeBatch(int rows) {
    return purge.purgeBatch(rows);
  }

  @Override
  public List<MutationRecord> unresolved(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    return transactions.reading(connection -> unresolved.find(connection, limit));
  }

  @Override
  public <T> boolean settle(MutationId id, IdempotencyOptions<T> how, @Nullable T answer) {
    Objects.requireNonNull(id, "id");
    AnswerBytes.requireStorable(how);
    boolean settled =
        transactions.statement(connection -> unresolved.settle(connection, id, how, answer));
    if (settled) {
      known.seenDone(id);
    }
    return settled;
  }
}
