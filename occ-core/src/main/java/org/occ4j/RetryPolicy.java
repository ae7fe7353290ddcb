/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often, and for how long, an operation that lost a race is tried again.
 *
 * <p>It is bounded twice, by the number of attempts and by the time since the first one; whichever
 * is reached first ends it. Between attempts the delay is drawn evenly from zero to an upper bound
 * that doubles from {@code firstDelay} to {@code longestDelay} ("full jitter": Brooker,
 * "Exponential Backoff And Jitter", AWS 2015), so that rivals do not meet again in lockstep.
 *
 * @param maxAttempts attempts in all, the first included; at least 1
 * @param within no attempt starts later than this after the first one; not negative
 * @param firstDelay upper bound of the delay before the second attempt; not negative
 * @param longestDelay the bound that doubling does not exceed; at least {@code firstDelay}
 */
public record RetryPolicy(
    int maxAttempts, Duration within, Duration firstDelay, Duration longestDelay) {

  private static final RetryPolicy DEFAULTS =
      new RetryPolicy(10, Duration.ofSeconds(5), Duration.ofMillis(2), Duration.ofMillis(250));

  /** Refuses values outside the ranges given above, naming the offender. */
  public RetryPolicy {
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("maxAttempts must be at least 1: " + maxAttempts);
    }
    requireNotNegative("within", within);
    requireNotNegative("firstDelay", firstDelay);
    if (longestDelay.compareTo(firstDelay) < 0) {
      throw new IllegalArgumentException(
          "longestDelay " + longestDelay + " is less than firstDelay " + firstDelay);
    }
  }

  /** Ten attempts within 5 seconds, delays from 2 to 250 milliseconds. */
  public static RetryPolicy defaults() {
    return DEFAULTS;
  }

  /** One attempt, no second one. */
  public static RetryPolicy once() {
    return new RetryPolicy(1, Duration.ZERO, Duration.ZERO, Duration.ZERO);
  }

  /** The default delays with other bounds. */
  public static RetryPolicy of(int maxAttempts, Duration within) {
    return new RetryPolicy(maxAttempts, within, DEFAULTS.firstDelay, DEFAULTS.longestDelay);
  }

  /**
   * Whether attempt number {@code attempt + 1} may start.
   *
   * @param attempt attempts made so far, at least 1
   * @param elapsedNanos nanoseconds since the first attempt started
   */
  public boolean allowsAfter(int attempt, long elapsedNanos) {
    return attempt < maxAttempts && elapsedNanos < saturatedNanos(within);
  }

  /**
   * A delay before attempt number {@code attempt + 1}, drawn anew at each call.
   *
   * @param attempt attempts made so far, at least 1
   * @return nanoseconds, zero or more
   */
  public long delayNanosAfter(int attempt) {
    long first = saturatedNanos(firstDelay);
    long longest = saturatedNanos(longestDelay);
    int doublings = Math.min(attempt - 1, Long.SIZE - 2);
    long bound = first > (longest >> doublings) ? longest : first << doublings;
    return bound == 0 ? 0 : ThreadLocalRandom.current().nextLong(bound + 1);
  }

  private static long saturatedNanos(Duration duration) {
    try {
      return Math.min(duration.toNanos(), Long.MAX_VALUE - 1);
    } catch (ArithmeticException tooLong) {
      return Long.MAX_VALUE - 1;
    }
  }

  private static void requireNotNegative(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative: " + duration);
    }
  }
}
