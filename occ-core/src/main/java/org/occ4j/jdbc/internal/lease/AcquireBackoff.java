/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;
import org.occ4j.jdbc.internal.lease.LeaseEvents.MutexWaitEvent;

/**
 * One wait for a lease: how much time is left, and how long to pause between two attempts.
 *
 * <p>Pauses are drawn by decorrelated jitter, so that nodes which began together do not ask
 * together: from 5 milliseconds to a quarter of what was waited for the present holder, 250
 * milliseconds at most. So a key that changes hands quickly is asked for often, or another node
 * that hands it on among its threads would nearly always be there first; and a wait for somebody
 * who holds it long asks seldom. None is longer than the present lease can last or the time allows.
 */
public final class AcquireBackoff {
  private static final long SHORTEST_PAUSE_NANOS = 5_000_000;
  private static final long LONGEST_PAUSE_NANOS = 250_000_000;
  private static final long SHORTEST_BOUND_NANOS = 3 * SHORTEST_PAUSE_NANOS;
  private static final int GROWTH = 3;
  private static final int PAUSES_PER_WAIT = 4;
  private static final long FOR_EVER = Long.MAX_VALUE;

  private final Ticker ticker;
  private final long start;
  private final long timeoutNanos;
  private final @Nullable MutexWaitEvent event = LeaseEvents.waitBegins();
  private volatile long pause = SHORTEST_PAUSE_NANOS;
  private volatile long presentHolderSince;
  private volatile long presentLease;

  private AcquireBackoff(Ticker ticker, long timeoutNanos) {
    this.ticker = ticker;
    this.start = ticker.nanos();
    this.timeoutNanos = timeoutNanos;
    this.presentHolderSince = start;
  }

  /** A wait without an end. */
  public static AcquireBackoff forEver(Ticker ticker) {
    return new AcquireBackoff(ticker, FOR_EVER);
  }

  /**
   * A wait that begins now.
   *
   * @throws IllegalArgumentException if the time-out is negative
   */
  public static AcquireBackoff of(Ticker ticker, Duration timeout) {
    if (Objects.requireNonNull(timeout, "timeout").isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    try {
      return new AcquireBackoff(ticker, timeout.toNanos());
    } catch (ArithmeticException tooLong) {
      return forEver(ticker);
    }
  }

  /** For the flight recorder: what {@link LeaseEvents#waitBegins} gave when the wait began. */
  public @Nullable MutexWaitEvent event() {
    return event;
  }

  boolean isForEver() {
    return timeoutNanos == FOR_EVER;
  }

  /** The nanoseconds left, zero or more. */
  long left() {
    return isForEver() ? FOR_EVER : Math.max(0, timeoutNanos - (ticker.nanos() - start));
  }

  /** What is left, for a wait that goes on elsewhere. */
  public Duration rest() {
    return Duration.ofNanos(left());
  }

  /** Whether the time is over. */
  public boolean isOver() {
    return left() == 0;
  }

  /** For how long the lease of the present holder lasts at most, by the last answer. */
  void presentLease(Duration remaining) {
    presentLease = LeaseRenewer.nanos(remaining);
  }

  /** Somebody else holds what is waited for than at the last look. */
  void changedHands() {
    presentHolderSince = ticker.nanos();
    pause = SHORTEST_PAUSE_NANOS;
  }

  /** The nanoseconds until the next look. */
  public long nextPause() {
    long proportional = (ticker.nanos() - presentHolderSince) / PAUSES_PER_WAIT;
    long bound = Math.min(pause * GROWTH, Math.min(LONGEST_PAUSE_NANOS, proportional));
    long drawn =
        ThreadLocalRandom.current()
            .nextLong(SHORTEST_PAUSE_NANOS, Math.max(SHORTEST_BOUND_NANOS, bound) + 1);
    pause = drawn;
    long untilFree = Math.max(SHORTEST_PAUSE_NANOS, presentLease);
    return Math.min(Math.min(drawn, untilFree), left());
  }
}
