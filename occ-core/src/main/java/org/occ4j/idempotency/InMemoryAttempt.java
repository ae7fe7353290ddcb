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
 *                      ├─▶ Settled(completed)          the effect is done, or its failure is kept
 *                      └─▶ Settled(released)           it threw, or the claim was taken from it
 * </pre>
 *
 * <p><b>A1</b> An attempt is settled once, by the thread whose compare-and-set wins, and stays so.
 * <b>A2</b> A future gets in only while the attempt is claimed, and whoever settles the attempt
 * completes the future that it replaced; so nobody waits for an attempt that is settled.
 */
final class InMemoryAttempt implements EffectContext {

  /** How an attempt ended. */
  static final class Settled {
    private final boolean completed;
    private final @Nullable Object value;
    private final long atNanos;
    private volatile Outcome.@Nullable Replayed<Object> replayed;

    private Settled(boolean completed, @Nullable Object value, long atNanos) {
      this.completed = completed;
      this.value = value;
      this.atNanos = atNanos;
    }

    /** The effect is done, with this answer; when, by the ticker. */
    static Settled completed(@Nullable Object value, long atNanos) {
      return new Settled(true, value, atNanos);
    }

    /** The effect failed, or the claim was taken from it. */
    static Settled released(long atNanos) {
      return new Settled(false, null, atNanos);
    }

    boolean isCompleted() {
      return completed;
    }

    long atNanos() {
      return atNanos;
    }

    /** The answer again, of whatever type it was; null if {@link #replayAt} was never called. */
    Outcome.@Nullable Replayed<Object> replayed() {
      return replayed;
    }

    /**
     * The answer again, completed at this instant unless another was given before: it is the same
     * in every replay.
     */
    Outcome.Replayed<Object> replayAt(Instant completedAt) {
      var fresh = new Outcome.Replayed<Object>(value, true, completedAt);
      Object earlier = REPLAYED.compareAndExchange(this, null, fresh);
      return earlier == null ? fresh : Objects.requireNonNull(replayed);
    }
  }

  private static final VarHandle STATE;
  private static final VarHandle REPLAYED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(InMemoryAttempt.class, "state", Object.class);
      REPLAYED = lookup.findVarHandle(Settled.class, "replayed", Outcome.Replayed.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final MutationId id;
  private final int number;
  private final Fingerprint fingerprint;
  private final String codecId;
  private final long claimedNanos;
  private final long retentionNanos;

  // Written and cleared by the thread that runs, or starts, the effect. Others compare it with
  // themselves, and
  // whatever they see of it, it is not them.
  private @Nullable Thread runner = Thread.currentThread();
  private volatile @Nullable Object state;

  private InMemoryAttempt(
      MutationId id, int number, Fingerprint fingerprint, Execution<?> how, long claimedNanos) {
    this.id = id;
    this.number = number;
    this.fingerprint = fingerprint;
    this.codecId = how.codec().id();
    this.claimedNanos = claimedNanos;
    this.retentionNanos = NANOSECONDS.convert(how.retention());
  }

  /** The first attempt at a mutation, run by the calling thread. */
  static InMemoryAttempt first(MutationId id, Execution<?> how, long nowNanos) {
    return new InMemoryAttempt(id, 1, how.fingerprint(), how, nowNanos);
  }

  /** The attempt after this one; the first fingerprint that was given stays. */
  InMemoryAttempt next(Execution<?> how, long nowNanos) {
    Fingerprint first = fingerprint.equals(Fingerprint.none()) ? how.fingerprint() : fingerprint;
    return new InMemoryAttempt(id, number + 1, first, how, nowNanos);
  }

  MutationId id() {
    return id;
  }

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

  /** How it ended, or null while it is claimed. */
  @Nullable Settled settled() {
    return state instanceof Settled settled ? settled : null;
  }

  /** Whether the calling thread is running the effect of this attempt. */
  boolean isRunByCaller() {
    return runner == Thread.currentThread();
  }

  /** Settles it, unless it already is. */
  boolean settle(Settled end) {
    for (Object seen = state; !(seen instanceof Settled); seen = state) {
      if (STATE.compareAndSet(this, seen, end)) {
        if (seen instanceof CompletableFuture<?> followers) {
          followers.complete(null); // A2
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
      return settled() != null;
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
      STATE.compareAndSet(this, null, new CompletableFuture<>()); // A2
    }
    return state instanceof CompletableFuture<?> followers ? followers : null;
  }

  @Override
  public int attempt() {
    return number;
  }

  @Override
  public boolean claimLost() {
    return state instanceof Settled settled && !settled.isCompleted();
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
    return id.derive("downstream:" + step);
  }
}
