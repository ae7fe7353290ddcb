/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;

/**
 * How a mutation is to be carried out and its answer kept. Immutable and thread-safe; {@link
 * IdempotencyOptionsBuilder} describes each option.
 *
 * @param <T> the answer
 */
public final class IdempotencyOptions<T> {
  private final Codec<T> codec;
  private final Fingerprint fingerprint;
  private final InFlightPolicy inFlight;
  private final Duration retention;
  private final Duration lease;
  private final CrashPolicy onCrash;
  private final int maxAnswerBytes;
  private final FailurePolicy<T> failures;

  IdempotencyOptions(IdempotencyOptionsBuilder<T> given) {
    this.codec = given.codec;
    this.fingerprint = given.fingerprint;
    this.inFlight = given.inFlight;
    this.retention = given.retention;
    this.lease = given.lease;
    this.onCrash = given.onCrash;
    this.maxAnswerBytes = given.maxAnswerBytes;
    this.failures = given.failures;
  }

  /** Answers encoded by {@code codec}, everything else as the defaults say. */
  public static <T> IdempotencyOptions<T> returning(Codec<T> codec) {
    return builder(codec).build();
  }

  /**
   * Begins with the defaults.
   *
   * @param codec how the answer becomes bytes. A stored answer that it does not {@linkplain
   *     Codec#reads read} is a {@link org.occ4j.CodecException}, and the effect is not run again
   *     for that. A registry in memory keeps the answer as the object that it is, which must not be
   *     changed afterwards, and uses only the codec's id.
   */
  public static <T> IdempotencyOptionsBuilder<T> builder(Codec<T> codec) {
    return new IdempotencyOptionsBuilder<>(codec);
  }

  /** Begins with these options. */
  public IdempotencyOptionsBuilder<T> toBuilder() {
    return new IdempotencyOptionsBuilder<>(this);
  }

  /** How the answer becomes bytes. */
  public Codec<T> codec() {
    return codec;
  }

  /** Of the payload. */
  public Fingerprint fingerprint() {
    return fingerprint;
  }

  /** What to do when the same mutation is under way. */
  public InFlightPolicy inFlight() {
    return inFlight;
  }

  /** How long the answer is kept at least. */
  public Duration retention() {
    return retention;
  }

  /** How long an attempt may take before others may take over. */
  public Duration lease() {
    return lease;
  }

  /** What happens when a lease ran out. */
  public CrashPolicy onCrash() {
    return onCrash;
  }

  /** The longest answer that is kept. */
  public int maxAnswerBytes() {
    return maxAnswerBytes;
  }

  /** Which failures of the effect are kept as answers. */
  public FailurePolicy<T> failures() {
    return failures;
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
}
