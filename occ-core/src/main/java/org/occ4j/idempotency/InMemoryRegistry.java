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
import org.occ4j.idempotency.InMemoryAttempt.Settled;
import org.occ4j.internal.Patience;

/**
 * A registry in a map: one map write for a first run, none when it completes, one map read for a
 * replay.
 *
 * <p>The record in the map is the claim. Whoever puts it runs the effect, outside every callback of
 * the map, and settles the attempt inside it; others find it and follow.
 *
 * <ul>
 *   <li><b>I1</b> at most one attempt of a record is claimed at a time: {@code current} moves only
 *       from a released attempt to the next one, by compare-and-set;
 *   <li><b>I2</b> a record leaves the map only after {@code current} was set to null, so that
 *       nobody can claim in a record that is leaving, and a retry never runs beside it;
 *   <li><b>I3</b> a record is in the wheel exactly once from its first claim until it is asked
 *       about after it left. A record that is claimed, or that was settled less than its retention
 *       ago, is postponed (so retention counts from the end of the run);
 *   <li><b>I4</b> the number of attempts grows as long as the record exists, also across {@link
 *       #forget} of an attempt under way;
 *   <li><b>I5</b> a record is refused rather than another one evicted.
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
  public <T> Outcome<T> execute(MutationId id, Execution<T> how, Effect<T> effect)
      throws Exception {
    Objects.requireNonNull(how, "how");
    Objects.requireNonNull(effect, "effect");
    Patience patience = new Patience(how.inFlight().waitUpTo(), ticker);
    while (true) {
      InMemoryRecord record = records.get(id);
      Outcome<T> outcome =
          record == null ? claimFirst(id, how, effect) : meet(record, how, effect, patience);
      if (outcome != null) {
        return outcome;
      }
    }
  }

  /** Makes the record and runs the first attempt; null if somebody else has just made it. */
  private <T> @Nullable Outcome<T> claimFirst(MutationId id, Execution<T> how, Effect<T> effect)
      throws Exception {
    long now = nanos();
    InMemoryAttempt attempt = InMemoryAttempt.first(id, how, now);
    InMemoryRecord record = new InMemoryRecord(attempt);
    if (records.putIfAbsent(id, record) != null) {
      return null;
    }
    // Counted after the put, so that of several racing for the last place none slips through.
    if (records.mappingCount() > capacity && !makeRoom(now)) {
      record.leave(attempt);
      records.remove(id, record);
      attempt.settle(released()); // Those who already follow it must look again.
      return new Outcome.Refused<>(Outcome.Reason.CAPACITY, RETRY_AFTER);
    }
    wheel.add(record, now, attempt.retentionNanos()); // I3
    wheel.sweepOnTheWay(now, VISITS_PER_CLAIM);
    return run(attempt, how, effect);
  }

  /** Answers from a record that is there; null if it has changed and must be looked at again. */
  private <T> @Nullable Outcome<T> meet(
      InMemoryRecord record, Execution<T> how, Effect<T> effect, Patience patience)
      throws Exception {
    InMemoryAttempt attempt = record.current();
    if (attempt == null) {
      records.remove(record.id(), record); // I2: it is leaving; help it out.
      return null;
    }
    if (!attempt.fingerprint().matches(how.fingerprint())) {
      return new Outcome.Refused<>(Outcome.Reason.MISMATCH, Duration.ZERO);
    }
    Settled settled = attempt.settled();
    if (settled == null) {
      return follow(attempt, patience);
    }
    if (settled.completed()) {
      return replay(settled, how);
    }
    InMemoryAttempt next = attempt.next(how, nanos());
    return record.claim(attempt, next) ? run(next, how, effect) : null;
  }

  private <T> @Nullable Outcome<T> follow(InMemoryAttempt attempt, Patience patience)
      throws InterruptedException {
    if (attempt.isRunByCaller()) {
      throw new IllegalStateException("a mutation called itself: " + attempt.id());
    }
    return attempt.awaitSettled(patience.leftNanos())
        ? null
        : new Outcome.Refused<>(Outcome.Reason.IN_FLIGHT, RETRY_AFTER);
  }

  private <T> Outcome<T> run(InMemoryAttempt attempt, Execution<T> how, Effect<T> effect)
      throws Exception {
    Settled done = null;
    T value;
    try {
      String codecId = how.codec().id();
      value = effect.run(attempt);
      done = new Settled(true, value, codecId, nanos(), clock.millis());
    } finally {
      attempt.endOfRun();
      if (done == null) {
        attempt.settle(released());
      }
    }
    if (!attempt.settle(done)) {
      throw attempt.lost();
    }
    return new Outcome.Executed<>(value, attempt.attempt());
  }

  private <T> Outcome<T> replay(Settled settled, Execution<T> how) {
    if (!how.codec().reads(settled.codecId())) {
      throw new CodecException(
          how.codec().id() + " cannot read an answer of " + settled.codecId(), null);
    }
    // Safe up to erasure: who reads with a codec of the same format reads what that codec wrote.
    @SuppressWarnings("unchecked")
    T value = (T) settled.value();
    return new Outcome.Replayed<>(value, true, Instant.ofEpochMilli(settled.atMillis()));
  }

  @Override
  public Optional<MutationRecord> find(MutationId id) {
    InMemoryRecord record = records.get(id);
    InMemoryAttempt attempt = record == null ? null : record.current();
    return attempt == null ? Optional.empty() : Optional.of(describe(id, attempt));
  }

  private MutationRecord describe(MutationId id, InMemoryAttempt attempt) {
    Instant claimedAt = clock.instant().minusNanos(nanos() - attempt.claimedNanos());
    Settled settled = attempt.settled();
    if (settled == null) {
      return new MutationRecord(
          id, MutationRecord.State.CLAIMED, attempt.attempt(), claimedAt, null);
    }
    return settled.completed()
        ? new MutationRecord(
            id,
            MutationRecord.State.COMPLETED,
            attempt.attempt(),
            claimedAt,
            Instant.ofEpochMilli(settled.atMillis()))
        : new MutationRecord(id, MutationRecord.State.RELEASED, attempt.attempt(), claimedAt, null);
  }

  @Override
  public boolean forget(MutationId id) {
    InMemoryRecord record = records.get(id);
    InMemoryAttempt attempt = record == null ? null : record.current();
    if (record == null || attempt == null) {
      return false;
    }
    // I4: of an attempt under way the record stays, so that the next one has another number.
    return attempt.settle(released()) || (record.leave(attempt) && records.remove(id, record));
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

  private boolean makeRoom(long now) {
    wheel.sweep(now, VISITS_WHEN_FULL);
    return records.mappingCount() <= capacity;
  }

  private long expireOrPostpone(InMemoryRecord record, long now) {
    InMemoryAttempt attempt = record.current();
    if (attempt == null) {
      return ExpiryWheel.GONE; // I3: it left before its time, and is asked about now.
    }
    Settled settled = attempt.settled();
    if (settled == null) {
      return attempt.retentionNanos();
    }
    long left = attempt.retentionNanos() - (now - settled.atNanos());
    if (left > 0) {
      return left;
    }
    if (!record.leave(attempt)) {
      return attempt.retentionNanos(); // Somebody claimed it at this moment.
    }
    records.remove(record.id(), record);
    return ExpiryWheel.EXPIRED;
  }

  private Settled released() {
    return new Settled(false, null, "", nanos(), clock.millis());
  }

  private long nanos() {
    return ticker.nanos() - origin;
  }
}
