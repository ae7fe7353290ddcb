/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * How long the poller pauses: the interval, or after failures a length drawn below a bound that
 * doubles with each of them, so that nodes do not return to a recovering database in step. Used by
 * one thread.
 */
final class PollBackOff {
  /** No pause after a failure is longer than half an interval and this, or the interval. */
  static final Duration MAX_BOUND = Duration.ofSeconds(5);

  private final long intervalNanos;
  private final long maxBoundNanos;
  private final LongUnaryOperator random;
  private long boundNanos;

  /**
   * A back-off that has seen no failure.
   *
   * @param random draws a number from 0 to below its argument
   */
  PollBackOff(Duration interval, LongUnaryOperator random) {
    this.intervalNanos = interval.toNanos();
    this.maxBoundNanos = Math.max(MAX_BOUND.toNanos(), intervalNanos);
    this.random = random;
    this.boundNanos = intervalNanos;
  }

  /** Notes how a poll ended and returns the pause until the next one. */
  long pauseNanosAfter(boolean success) {
    if (success) {
      boundNanos = intervalNanos;
      return intervalNanos;
    }
    boundNanos = boundNanos > maxBoundNanos / 2 ? maxBoundNanos : 2 * boundNanos;
    return intervalNanos / 2 + random.applyAsLong(boundNanos);
  }
}
