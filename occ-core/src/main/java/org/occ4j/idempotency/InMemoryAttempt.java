/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.occ4j.Fingerprint;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;

/**
 * One run of an effect in this process, from its claim until it is settled; what it means is
 * decided by one field.
 *
 * <pre>
 *   state:  null ──follower──▶ CompletableFuture     claimed, without and with followers
 *             └────────┬────────────┘
 *                      ├─▶ Executed ──first replay──▶ Replayed
 *                      │                             the effect is done, or its failure is kept
 *                      └─▶ Released                  it threw, or the claim was taken from it
 * </pre>
 *
 * <p><b>ATTEMPT-1</b> An attempt is settled once, by the thread whose compare-and-set wins, and
 * stays so; its answer becomes the one that replays give, with the same value. <b>ATTEMPT-2</b> A
 * future gets in only while the attempt is claimed, and whoever settles the attempt completes the
 * future that it replaced; so nobody waits for an attempt that is settled.
 */
abstract class InMemoryAttempt extends ExpiryWheel.Node<InMemoryRecord> implements EffectContext {

  /** The effect failed, or the claim was taken from it; when, by the ticker. */
  private record Released(long atNanos) {}

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(InMemoryAttempt.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int number;
  private final Fingerprint fingerprint;
  private final String codecId;
  private final long claimedNanos;
  private final long retentionNanos;

  // Written by the one who runs the effect, before the state that says that it is done.
  private long completedNanos;

  // Written and cleared by the thread that runs the effect. A thread compares it only with itself;
  // a stale value is never the reader's own thread.
  private @Nullable Thread runner = Thread.currentThread();
  private volatile @Nullable Object state;

  // The state once more when it is this: to read it, nobody has to look what kind of object it is.
  private volatile Outcome.@Nullable Replayed<?> replayed;

  /** An attempt that is run by the calling thread. */
  InMemoryAttempt(
      int number, Fingerprint fingerprint, IdempotencyOptions<?> how, long claimedNanos) {
    this.number = number;
    this.fingerprint = fingerprint;
    this.codecId = how.codec().id();
    this.claimedNanos = claimedNanos;
    this.retentionNanos = NANOSECONDS.convert(how.retention());
  }

  /** The attempt after this one; the first fingerprint that was given stays. */
  final InMemoryAttempt next(IdempotencyOptions<?> how, long nowNanos) {
    Fingerprint first = fingerprint.equals(Fingerprint.none()) ? how.fingerprint() : fingerprint;
    return new Repeated(record(), number + 1, first, how, nowNanos);
  }

  /** Any attempt but the first. */
  private static final class Repeated extends InMemoryAttempt {
    private final InMemoryRecord record;

    Repeated(
        InMemoryRecord record,
        int number,
        Fingerprint fingerprint,
        IdempotencyOptions<?> how,
        long claimedNanos) {
      super(number, fingerprint, how, claimedNanos);
      this.record = record;
    }

    @Override
    MutationId id() {
      return record.id();
    }

    @Override
    InMemoryRecord record() {
      return record;
    }
  }

  abstract MutationId id();

  /** The record of which this is an attempt. */
  abstract InMemoryRecord record();

  Fingerprint fingerprint() {
    return fingerprint;
  }

  /** The format that its answer would have as bytes. */
  String codecId() {
    return codecId;
  }

  long claimedNanos() {
    return claimedNanos;
  }

  long retentionNanos() {
    return retentionNanos;
  }

  /** Whether it has ended, in whatever way. */
  boolean isSettled() {
    return isSettled(state);
  }

  private static boolean isSettled(@Nullable Object state) {
    return state != null && !(state instanceof CompletableFuture);
  }

  /** Whether the effect is done, so that there is an answer to replay. */
  boolean isCompleted() {
    return state instanceof Outcome; // One of two, and a third never gets in.
  }

  /** When it was settled, by the ticker; of no meaning while it is claimed. */
  long settledNanos() {
    return state instanceof Released released ? released.atNanos() : completedNanos;
  }

  /** The answer again, of whatever type it was; null if {@link #replayAt} was never called. */
  Outcome.@Nullable Replayed<?> replayed() {
    return replayed;
  }

  /**
   * The answer again, completed at this instant unless another was given before: it is the same in
   * every replay. Only for an attempt that is completed.
   */
  Outcome.Replayed<?> replayAt(Instant completedAt) {
    Object seen = state;
    if (seen instanceof Outcome.Executed<?> executed) {
      var again = new Outcome.Replayed<Object>(executed.value(), true, completedAt);
      seen = STATE.compareAndSet(this, executed, again) ? again : state;
    }
    Outcome.Replayed<?> first = (Outcome.Replayed<?>) Objects.requireNonNull(seen);
    replayed = first;
    return first;
  }

  /** Whether the calling thread is running the effect of this attempt. */
  boolean isRunByCaller() {
    return runner == Thread.currentThread();
  }

  /** Settles it as done with this answer; null if it was settled otherwise before. */
  <T> Outcome.@Nullable Executed<T> complete(@Nullable T value, long nowNanos) {
    var executed = new Outcome.Executed<T>(value, number);
    completedNanos = nowNanos;
    return settle(executed) ? executed : null;
  }

  /** Settles it as released, unless it is settled. */
  boolean release(long nowNanos) {
    return settle(new Released(nowNanos));
  }

  private boolean settle(Object end) {
    for (Object seen = state; !isSettled(seen); seen = state) {
      if (STATE.compareAndSet(this, seen, end)) {
        if (seen instanceof CompletableFuture<?> followers) {
          followers.complete(null); // ATTEMPT-2
        }
        return true;
      }
    }
    return false;
  }

  /** The effect returned or threw; the thread that ran it may come again. */
  void endOfRun() {
    runner = null;
  }

  /**
   * Waits until it is settled.
   *
   * @return false if the time was over first
   */
  boolean awaitSettled(long nanos) throws InterruptedException {
    CompletableFuture<?> end = nanos > 0 ? end() : null;
    if (end == null) {
      return isSettled();
    }
    try {
      end.get(nanos, NANOSECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException impossible) {
      throw new AssertionError("it is only ever completed", impossible);
    }
  }

  /** What is completed when it is settled; null if it is. */
  @Nullable CompletableFuture<?> end() {
    if (state == null) {
      STATE.compareAndSet(this, null, new CompletableFuture<>()); // ATTEMPT-2
    }
    return state instanceof CompletableFuture<?> followers ? followers : null;
  }

  @Override
  public int attempt() {
    return number;
  }

  @Override
  public boolean claimLost() {
    return state instanceof Released;
  }

  @Override
  public void renewClaim() {
    externalCallStarting();
  }

  /**
   * Only checks the claim: a process that dies takes this registry along, so there is nothing to
   * remember.
   */
  @Override
  public void externalCallStarting() {
    if (claimLost()) {
      throw lost();
    }
  }

  LeaseLostException lost() {
    return new LeaseLostException("attempt " + number + " lost its claim: it was forgotten", null);
  }

  @Override
  public UUID downstreamKey(String step) {
    return id().downstreamKey(step);
  }
}
