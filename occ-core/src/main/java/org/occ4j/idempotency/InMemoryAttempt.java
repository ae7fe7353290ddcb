/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.occ4j.Fingerprint;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;

/**
 * One run of an effect in this process, from its claim until it is settled; what it means is
 * decided by one field.
 *
 * <pre>
 *   state:  null ──follower──▶ CountDownLatch        claimed, without and with followers
 *             └────────┬────────────┘
 *                      ├─▶ Settled(completed)          the effect is done
 *                      └─▶ Settled(released)           it threw, or the claim was taken from it
 * </pre>
 *
 * <p><b>A1</b> An attempt is settled once, by the thread whose compare-and-set wins, and stays so.
 * <b>A2</b> A latch gets in only while the attempt is claimed, and whoever settles the attempt
 * opens the latch that it replaced; so nobody waits for an attempt that is settled.
 */
final class InMemoryAttempt implements EffectContext {

  /**
   * How an attempt ended.
   *
   * @param completed whether the effect is done
   * @param value its answer, if it is
   * @param codecId the format that the answer would have as bytes
   * @param atNanos when, by the ticker
   * @param atMillis when, by the clock for people
   */
  record Settled(
      boolean completed, @Nullable Object value, String codecId, long atNanos, long atMillis) {}

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(InMemoryAttempt.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final MutationId id;
  private final int number;
  private final Fingerprint fingerprint;
  private final long claimedNanos;
  private final long retentionNanos;

  // Written and cleared by the thread that runs the effect. Others compare it with themselves, and
  // whatever they see of it, it is not them.
  private @Nullable Thread runner = Thread.currentThread();
  private volatile @Nullable Object state;

  private InMemoryAttempt(
      MutationId id, int number, Fingerprint fingerprint, long claimedNanos, Duration retention) {
    this.id = id;
    this.number = number;
    this.fingerprint = fingerprint;
    this.claimedNanos = claimedNanos;
    this.retentionNanos = NANOSECONDS.convert(retention);
  }

  /** The first attempt at a mutation, run by the calling thread. */
  static InMemoryAttempt first(MutationId id, Execution<?> how, long nowNanos) {
    return new InMemoryAttempt(id, 1, how.fingerprint(), nowNanos, how.retention());
  }

  /** The attempt after this one; the first fingerprint that was given stays. */
  InMemoryAttempt next(Execution<?> how, long nowNanos) {
    Fingerprint first = fingerprint.equals(Fingerprint.none()) ? how.fingerprint() : fingerprint;
    return new InMemoryAttempt(id, number + 1, first, nowNanos, how.retention());
  }

  MutationId id() {
    return id;
  }

  Fingerprint fingerprint() {
    return fingerprint;
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
        if (seen instanceof CountDownLatch followers) {
          followers.countDown(); // A2
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
    if (nanos > 0 && state == null) {
      STATE.compareAndSet(this, null, new CountDownLatch(1)); // A2
    }
    if (state instanceof CountDownLatch latch && nanos > 0) {
      return latch.await(nanos, NANOSECONDS);
    }
    return state instanceof Settled;
  }

  @Override
  public int attempt() {
    return number;
  }

  @Override
  public boolean claimLost() {
    return state instanceof Settled settled && !settled.completed();
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
