/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;

/**
 * How a mutation is to be carried out and its answer kept. Immutable; each method returns a changed
 * copy.
 *
 * @param codec how the answer becomes bytes. A stored answer that it does not {@linkplain
 *     Codec#reads read} is a {@link org.occ4j.CodecException}, and the effect is not run again for
 *     that. A registry in memory keeps the answer as the object that it is, which must not be
 *     changed afterwards, and uses only the codec's id.
 * @param fingerprint of the payload, compared with that of the first attempt before anything else;
 *     none by default. One by another algorithm than that one's is a {@link
 *     org.occ4j.CodecException}, for neither a match nor a mismatch could be told; nothing is run
 * @param inFlight what to do when the same mutation is under way; refuse by default
 * @param retention how long the answer is kept at least, 24 hours by default
 * @param lease how long an attempt may take before others may take over, 60 seconds by default;
 *     used only where the effect lies outside the database transaction
 * @param onCrash what happens when a lease ran out; {@link CrashPolicy#RETRY} by default
 * @param maxAnswerBytes a longer answer, and one on which the codec fails, is not kept, and replays
 *     say so: the effect is done and is not run again for that; 262 144 by default
 * @param failures which failures of the effect are kept as answers; none by default
 * @param <T> the answer
 */
public record Execution<T>(
    Codec<T> codec,
    Fingerprint fingerprint,
    InFlight inFlight,
    Duration retention,
    Duration lease,
    CrashPolicy onCrash,
    int maxAnswerBytes,
    FailurePolicy<T> failures) {

  private static final Duration DEFAULT_RETENTION = Duration.ofHours(24);
  private static final Duration DEFAULT_LEASE = Duration.ofSeconds(60);
  private static final int DEFAULT_MAX_ANSWER_BYTES = 256 * 1024;

  /** Refuses nulls, sizes below zero and durations that are not positive, naming them. */
  public Execution {
    Objects.requireNonNull(codec, "codec");
    Objects.requireNonNull(inFlight, "inFlight");
    Objects.requireNonNull(onCrash, "onCrash");
    Objects.requireNonNull(fingerprint, "fingerprint");
    requirePositive("retention", retention);
    requirePositive("lease", lease);
    Objects.requireNonNull(failures, "failures");
    requireNotNegative("maxAnswerBytes", maxAnswerBytes);
  }

  /** Answers encoded by {@code codec}, everything else as the defaults say. */
  public static <T> Execution<T> returning(Codec<T> codec) {
    return new Execution<>(
        codec,
        Fingerprint.none(),
        InFlight.reject(),
        DEFAULT_RETENTION,
        DEFAULT_LEASE,
        CrashPolicy.RETRY,
        DEFAULT_MAX_ANSWER_BYTES,
        FailurePolicy.release());
  }

  /** With this fingerprint of the payload. */
  public Execution<T> fingerprint(Fingerprint ofPayload) {
    return new Execution<>(
        codec, ofPayload, inFlight, retention, lease, onCrash, maxAnswerBytes, failures);
  }

  /** With this policy for a mutation under way. */
  public Execution<T> onInFlight(InFlight policy) {
    return new Execution<>(
        codec, fingerprint, policy, retention, lease, onCrash, maxAnswerBytes, failures);
  }

  /** With the answer kept for at least this long. */
  public Execution<T> retention(Duration atLeast) {
    return new Execution<>(
        codec, fingerprint, inFlight, atLeast, lease, onCrash, maxAnswerBytes, failures);
  }

  /** With this lease for an effect outside the database. */
  public Execution<T> lease(Duration duration) {
    return new Execution<>(
        codec, fingerprint, inFlight, retention, duration, onCrash, maxAnswerBytes, failures);
  }

  /** With this policy for a lease that ran out. */
  public Execution<T> onCrash(CrashPolicy policy) {
    return new Execution<>(
        codec, fingerprint, inFlight, retention, lease, policy, maxAnswerBytes, failures);
  }

  /** With answers of at most this many bytes kept. */
  public Execution<T> maxAnswerBytes(int bytes) {
    return new Execution<>(
        codec, fingerprint, inFlight, retention, lease, onCrash, bytes, failures);
  }

  /** With the failures kept as answers that this policy names. */
  public Execution<T> failures(FailurePolicy<T> policy) {
    return new Execution<>(
        codec, fingerprint, inFlight, retention, lease, onCrash, maxAnswerBytes, policy);
  }

  /** Whether there may be failures that are kept as answers. */
  public boolean keepsFailures() {
    return failures != ReleaseFailures.instance();
  }

  /**
   * The answer that is kept for a failure of the effect, as the policy says. A policy that fails
   * itself keeps nothing, and its failure is suppressed in the other one.
   */
  public Optional<T> answerTo(Throwable failure) {
    if (!(failure instanceof Exception exception) || failure instanceof InterruptedException) {
      return Optional.empty();
    }
    try {
      return Objects.requireNonNull(failures.answerTo(exception), "answer to a failure");
    } catch (RuntimeException | Error broken) {
      failure.addSuppressed(broken);
      return Optional.empty();
    }
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " must be positive: " + duration);
    }
  }

  private static void requireNotNegative(String name, int size) {
    if (size < 0) {
      throw new IllegalArgumentException(name + " is negative: " + size);
    }
  }
}
