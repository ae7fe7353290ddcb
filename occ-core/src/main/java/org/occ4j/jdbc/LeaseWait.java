/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.occ4j.Ticker;

/**
 * One wait for a lease: how much time is left, and how long to pause between two attempts.
 *
 * <p>Pauses are drawn by decorrelated jitter, from 5 to 250 milliseconds, so that nodes which began
 * together do not ask together; none is longer than the present lease can last or the time allows.
 */
final class LeaseWait {
  private static final long SHORTEST_PAUSE_NANOS = 5_000_000;
  private static final long LONGEST_PAUSE_NANOS = 250_000_000;
  private static final int GROWTH = 3;
  private static final long FOR_EVER = Long.MAX_VALUE;

  private final Ticker ticker;
  private final long start;
  private final long timeoutNanos;
  private long pause = SHORTEST_PAUSE_NANOS;

  private LeaseWait(Ticker ticker, long timeoutNanos) {
    this.ticker = ticker;
    this.start = ticker.nanos();
    this.timeoutNanos = timeoutNanos;
  }

  static LeaseWait forEver(Ticker ticker) {
    return new LeaseWait(ticker, FOR_EVER);
  }

  /**
   * A wait that begins now.
   *
   * @throws IllegalArgumentException if the time-out is negative
   */
  static LeaseWait of(Ticker ticker, Duration timeout) {
    if (Objects.requireNonNull(timeout, "timeout").isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    try {
      return new LeaseWait(ticker, timeout.toNanos());
    } catch (ArithmeticException tooLong) {
      return forEver(ticker);
    }
  }

  boolean isForEver() {
    return timeoutNanos == FOR_EVER;
  }

  /** The nanoseconds left, zero or more. */
  long left() {
    return isForEver() ? FOR_EVER : Math.max(0, timeoutNanos - (ticker.nanos() - start));
  }

  /** What is left, for a wait that goes on elsewhere. */
  Duration rest() {
    return Duration.ofNanos(left());
  }

  boolean isOver() {
    return left() == 0;
  }

  /** The nanoseconds until the next attempt, given how long the present lease lasts. */
  long nextPause(Duration presentLease) {
    long bound = Math.min(LONGEST_PAUSE_NANOS, pause * GROWTH);
    pause = ThreadLocalRandom.current().nextLong(SHORTEST_PAUSE_NANOS, bound + 1);
    long untilFree = Math.max(SHORTEST_PAUSE_NANOS, LeaseKeeper.nanos(presentLease));
    return Math.min(Math.min(pause, untilFree), left());
  }
}
