/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.occ4j.CodecException;
import org.occ4j.MutationId;
import org.occ4j.Ticker;
import org.occ4j.idempotency.internal.OutcomeRecorder;
import org.occ4j.idempotency.internal.RetryHints;
import org.occ4j.internal.Deadline;

/**
 * A registry in a map: one map write for a first run, none when it completes, one map read for a
 * replay.
 *
 * <p>The record in the map is the claim. Whoever puts it runs the effect, outside every callback of
 * the map, and settles the attempt inside it; others find it and follow.
 *
 * <ul>
 *   <li><b>RECORD-1</b> at most one attempt of a record is claimed at a time: {@code current} moves
 *       only from a released attempt to the next one, by compare-and-set;
 *   <li><b>RECORD-2</b> a record leaves the map only after {@code current} was set to null, so that
 *       nobody can claim in a record that is leaving, and a retry never runs beside it;
 *   <li><b>RECORD-3</b> a record is in the wheel exactly once from its first claim until it is
 *       asked about after it left. A record that is claimed, or that was settled less than its
 *       retention ago, is postponed (so retention counts from the end of the run);
 *   <li><b>RECORD-4</b> the number of attempts grows as long as the record exists, also across
 *       {@link #forget} of an attempt under way;
 *   <li><b>RECORD-5</b> a record is refused rather than another one evicted.
 * </ul>
 *
 * <p>There is no lease: an attempt in this process ends by returning or throwing, never silently.
 * Answers are kept as objects and never encoded; like the values of a store in memory, they must
 * not be changed once they were handed over. The codec's id is kept, and compared on replay.
 */
final class InMemoryRegistry implements IdempotencyRegistry {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  // With each new record four are looked at, so that what is due goes faster than new ones come.
  private static final int VISITS_PER_CLAIM = 4;
  private static final int VISITS_WHEN_FULL = 64;

  private final ConcurrentHashMap<MutationId, InMemoryRecord> records = new ConcurrentHashMap<>();
  private final OutcomeRecorder recorder = new OutcomeRecorder();
  private final ExpiryWheel<InMemoryRecord> wheel = new ExpiryWheel<>(this::expireOrPostpone);
  private final int capacity;
  private final Ticker ticker;
  private final InstantSource clock;
  private final long origin;

  InMemoryRegistry(int capacity, Ticker ticker, InstantSource clock) {
    this.capacity = capacity;
    this.ticker = ticker;
    this.clock = clock;
    this.origin = ticker.nanos();
  }

  @Override
  public <T> Outcome<T> execute(MutationId id, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception {
    Objects.requireNonNull(how, "how");
    Objects.requireNonNull(effect, "effect");
    return recorder.counted(executed(id, how, effect));
  }

  private <T> Outcome<T> executed(MutationId id, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception {
    InMemoryRecord record = records.get(id);
    Outcome<T> atOnce = record == null ? runIfFirst(id, how, effect) : replayAgain(record, how);
    if (atOnce != null) {
      return atOnce;
    }
    Deadline deadline = null;
    for (Found<T> found = look(id, how); ; found = look(id, how)) {
      InMemoryAttempt attempt = found.attempt();
      if (attempt == null) {
        return found.outcome();
      }
      if (found.ours()) {
        return run(attempt, how, effect);
      }
      if (deadline == null) {
        deadline = new Deadline(how.inFlight().waitUpTo(), ticker);
      }
      if (!attempt.awaitSettled(deadline.leftNanos())) {
        return inFlight(attempt);
      }
    }
  }

  /** The common case of an id that is new, in a path that allocates only what is kept. */
  private <T> @Nullable Outcome<T> runIfFirst(
      MutationId id, IdempotencyOptions<T> how, Effect<T> effect) throws Exception {
    InMemoryRecord attempt = putFirst(id, how);
    if (attempt == null) {
      return null;
    }
    return admit(attempt) ? run(attempt, how, effect) : full();
  }

  /** The common case of an answer that was replayed before, in a path that allocates nothing. */
  private <T> @Nullable Outcome<T> replayAgain(InMemoryRecord record, IdempotencyOptions<T> how) {
    InMemoryAttempt attempt = record.current();
    Outcome.Replayed<?> again = attempt == null ? null : attempt.replayed();
    return attempt != null && again != null && attempt.fingerprint().matches(how.fingerprint())
        ? readBy(how, attempt, again)
        : null;
  }

  /**
   * What a look came to: an outcome, or an attempt. The attempt is ours to run, or somebody else's
   * and under way.
   */
  record Found<T>(@Nullable Outcome<T> decided, @Nullable InMemoryAttempt attempt, boolean ours) {

    static <T> Found<T> outcome(Outcome<T> outcome) {
      return new Found<>(outcome, null, false);
    }

    Outcome<T> outcome() {
      return Objects.requireNonNull(decided);
    }
  }

  /** Claims an attempt, or tells why not. Waits for nobody. */
  <T> Found<T> look(MutationId id, IdempotencyOptions<T> how) {
    while (true) {
      InMemoryRecord record = records.get(id);
      Found<T> found = record == null ? claimFirst(id, how) : meet(record, how);
      if (found != null) {
        return found;
      }
    }
  }

  private <T> @Nullable Found<T> claimFirst(MutationId id, IdempotencyOptions<T> how) {
    InMemoryRecord attempt = putFirst(id, how);
    if (attempt == null) {
      return null;
    }
    return admit(attempt) ? new Found<>(null, attempt, true) : Found.outcome(full());
  }

  /** Makes the record with the first attempt; null if somebody else has just made it. */
  private @Nullable InMemoryRecord putFirst(MutationId id, IdempotencyOptions<?> how) {
    InMemoryRecord first = new InMemoryRecord(id, how, nanos());
    return records.putIfAbsent(id, first) == null ? first : null;
  }

  /** Puts a new record in the wheel; or takes it out of the map again if that is full. */
  private boolean admit(InMemoryRecord record) {
    long now = record.claimedNanos();
    // Counted after the put, so that of several racing for the last place none slips through.
    if (records.mappingCount() > capacity && !makeRoom(now)) {
      record.leave(record);
      records.remove(record.id(), record);
      record.release(now); // Those who already follow it must look again.
      return false;
    }
    wheel.add(record, now, record.retentionNanos()); // RECORD-3
    wheel.sweepOnTheWay(now, VISITS_PER_CLAIM);
    return true;
  }

  private static <T> Outcome<T> full() {
    return new Outcome.Refused<>(Outcome.Reason.CAPACITY, RETRY_AFTER);
  }

  /** Answers from a record that is there; null if it has changed and must be looked at again. */
  private <T> @Nullable Found<T> meet(InMemoryRecord record, IdempotencyOptions<T> how) {
    InMemoryAttempt attempt = record.current();
    if (attempt == null) {
      records.remove(record.id(), record); // RECORD-2: it is leaving; help it out.
      return null;
    }
    if (!attempt.fingerprint().matches(how.fingerprint())) {
      return Found.outcome(new Outcome.Refused<>(Outcome.Reason.MISMATCH, Duration.ZERO));
    }
    if (!attempt.isSettled()) {
      requireOther(attempt);
      return new Found<>(null, attempt, false);
    }
    if (attempt.isCompleted()) {
      return Found.outcome(readBy(how, attempt, replay(attempt)));
    }
    InMemoryAttempt next = attempt.next(how, nanos());
    return record.claim(attempt, next) ? new Found<>(null, next, true) : null;
  }

  private static void requireOther(InMemoryAttempt attempt) {
    if (attempt.isRunByCaller()) {
      throw new IllegalStateException("a mutation called itself: " + attempt.id());
    }
  }

  private <T> Outcome<T> inFlight(InMemoryAttempt attempt) {
    Duration age = Duration.ofNanos(nanos() - attempt.claimedNanos());
    return new Outcome.Refused<>(Outcome.Reason.IN_FLIGHT, RetryHints.of(age));
  }

  private <T> Outcome<T> run(InMemoryAttempt attempt, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception {
    T value;
    try {
      value = effect.run(attempt);
    } catch (Throwable failure) {
      Optional<T> kept = how.answerTo(failure);
      if (kept.isEmpty()) {
        release(attempt);
        throw failure;
      }
      value = kept.get();
    } finally {
      attempt.endOfRun();
    }
    return complete(attempt, value);
  }

  private void release(InMemoryAttempt attempt) {
    attempt.release(nanos());
  }

  <T> Outcome<T> complete(InMemoryAttempt attempt, @Nullable T value) {
    Outcome<T> executed = attempt.complete(value, nanos());
    if (executed == null) {
      throw attempt.lost();
    }
    return executed;
  }

  private static <T> Outcome<T> readBy(
      IdempotencyOptions<T> how, InMemoryAttempt attempt, Outcome.Replayed<?> answer) {
    String reader = how.codec().id();
    String writer = attempt.codecId();
    if (!reader.equals(writer) && !how.codec().reads(writer)) {
      throw new CodecException(reader + " cannot read an answer of " + writer, null);
    }
    // Safe up to erasure: who reads with a codec of the same format reads what that codec wrote.
    @SuppressWarnings("unchecked")
    Outcome<T> again = (Outcome<T>) answer;
    return again;
  }

  /** A first run asks no clock for people; the first who wants to know when it was does. */
  private Outcome.Replayed<?> replay(InMemoryAttempt attempt) {
    Outcome.Replayed<?> known = attempt.replayed();
    return known != null ? known : attempt.replayAt(instantOf(attempt.settledNanos()));
  }

  private Instant instantOf(long nanos) {
    return clock.instant().minusNanos(nanos() - nanos);
  }

  // Operators.

  @Override
  public Optional<MutationRecord> find(MutationId id) {
    InMemoryRecord record = records.get(id);
    InMemoryAttempt attempt = record == null ? null : record.current();
    return attempt == null ? Optional.empty() : Optional.of(describe(id, attempt));
  }

  private MutationRecord describe(MutationId id, InMemoryAttempt attempt) {
    Instant claimedAt = instantOf(attempt.claimedNanos());
    boolean settled = attempt.isSettled(); // First: what is done meanwhile was not released.
    if (attempt.isCompleted()) {
      return new MutationRecord(
          id,
          MutationRecord.State.COMPLETED,
          attempt.attempt(),
          claimedAt,
          replay(attempt).completedAt());
    }
    MutationRecord.State state =
        settled ? MutationRecord.State.RELEASED : MutationRecord.State.CLAIMED;
    return new MutationRecord(id, state, attempt.attempt(), claimedAt, null);
  }

  @Override
  public boolean forget(MutationId id) {
    InMemoryRecord record = records.get(id);
    InMemoryAttempt attempt = record == null ? null : record.current();
    if (record == null || attempt == null) {
      return false;
    }
    // RECORD-4: of an attempt under way the record stays, so that the next one has another number.
    return attempt.release(nanos()) || (record.leave(attempt) && records.remove(id, record));
  }

  @Override
  public PurgeReport purge(int maxRows) {
    if (maxRows < 1) {
      throw new IllegalArgumentException("maxRows must be at least 1: " + maxRows);
    }
    int removed = 0;
    ExpiryWheel.Sweep sweep;
    do {
      sweep = wheel.sweep(nanos(), maxRows - removed);
      removed += sweep.expired();
    } while (removed < maxRows && !sweep.finished());
    return new PurgeReport(removed, !sweep.finished());
  }

  @Override
  public RegistryStats stats() {
    return recorder.snapshot();
  }

  private boolean makeRoom(long now) {
    wheel.sweep(now, VISITS_WHEN_FULL);
    return records.mappingCount() <= capacity;
  }

  private long expireOrPostpone(InMemoryRecord record, long now) {
    InMemoryAttempt attempt = record.current();
    if (attempt == null) {
      return ExpiryWheel.GONE; // RECORD-3: it left before its time, and is asked about now.
    }
    if (!attempt.isSettled()) {
      return attempt.retentionNanos();
    }
    long left = attempt.retentionNanos() - (now - attempt.settledNanos());
    if (left > 0) {
      return left;
    }
    if (!record.leave(attempt)) {
      return attempt.retentionNanos(); // Somebody claimed it at this moment.
    }
    records.remove(record.id(), record);
    return ExpiryWheel.EXPIRED;
  }

  private long nanos() {
    return ticker.nanos() - origin;
  }
}
