/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;
import java.util.Objects;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;

/**
 * Collects {@link IdempotencyOptions}. Used by one thread; each method refuses nulls, sizes below
 * zero and durations that are not positive, naming them.
 *
 * @param <T> the answer
 */
public final class IdempotencyOptionsBuilder<T> {
  private static final Duration DEFAULT_RETENTION = Duration.ofHours(24);
  private static final Duration DEFAULT_LEASE = Duration.ofSeconds(60);
  private static final int DEFAULT_MAX_ANSWER_BYTES = 256 * 1024;

  final Codec<T> codec;
  Fingerprint fingerprint = Fingerprint.none();
  InFlightPolicy inFlight = InFlightPolicy.reject();
  Duration retention = DEFAULT_RETENTION;
  Duration lease = DEFAULT_LEASE;
  CrashPolicy onCrash = CrashPolicy.RETRY;
  int maxAnswerBytes = DEFAULT_MAX_ANSWER_BYTES;
  FailurePolicy<T> failures = FailurePolicy.release();

  IdempotencyOptionsBuilder(Codec<T> codec) {
    this.codec = Objects.requireNonNull(codec, "codec");
  }

  IdempotencyOptionsBuilder(IdempotencyOptions<T> options) {
    this.codec = options.codec();
    this.fingerprint = options.fingerprint();
    this.inFlight = options.inFlight();
    this.retention = options.retention();
    this.lease = options.lease();
    this.onCrash = options.onCrash();
    this.maxAnswerBytes = options.maxAnswerBytes();
    this.failures = options.failures();
  }

  /**
   * Compared with that of the first attempt before anything else; none by default. One by another
   * algorithm than that one's is a {@link org.occ4j.CodecException}, for neither a match nor a
   * mismatch can be told; nothing is run.
   */
  public IdempotencyOptionsBuilder<T> fingerprint(Fingerprint ofPayload) {
    this.fingerprint = Objects.requireNonNull(ofPayload, "fingerprint");
    return this;
  }

  /** What to do when the same mutation is under way; be refused by default. */
  public IdempotencyOptionsBuilder<T> onInFlight(InFlightPolicy policy) {
    this.inFlight = Objects.requireNonNull(policy, "inFlight");
    return this;
  }

  /** How long the answer is kept at least; 24 hours by default. */
  public IdempotencyOptionsBuilder<T> retention(Duration atLeast) {
    this.retention = requirePositive("retention", atLeast);
    return this;
  }

  /**
   * How long an attempt may take before others may take over, 60 seconds by default; used only
   * where the effect lies outside the database transaction.
   */
  public IdempotencyOptionsBuilder<T> lease(Duration duration) {
    this.lease = requirePositive("lease", duration);
    return this;
  }

  /** What happens when a lease ran out; {@link CrashPolicy#RETRY} by default. */
  public IdempotencyOptionsBuilder<T> onCrash(CrashPolicy policy) {
    this.onCrash = Objects.requireNonNull(policy, "onCrash");
    return this;
  }

  /**
   * A longer answer, and one on which the codec fails, is not kept, and replays say so: the effect
   * is done and is not run again for that; 262 144 by default. The same holds, whatever the bound,
   * for an answer that is more than the database server takes at once.
   */
  public IdempotencyOptionsBuilder<T> maxAnswerBytes(int bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("maxAnswerBytes is negative: " + bytes);
    }
    this.maxAnswerBytes = bytes;
    return this;
  }

  /** Which failures of the effect are kept as answers; none by default. */
  public IdempotencyOptionsBuilder<T> failures(FailurePolicy<T> policy) {
    this.failures = Objects.requireNonNull(policy, "failures");
    return this;
  }

  /** The options. */
  public IdempotencyOptions<T> build() {
    return new IdempotencyOptions<>(this);
  }

  private static Duration requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " must be positive: " + duration);
    }
    return duration;
  }
}
