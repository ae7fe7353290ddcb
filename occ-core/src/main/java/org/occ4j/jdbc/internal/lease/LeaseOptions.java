/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;

/**
 * How holds are granted.
 *
 * @param length how long a lease lasts without renewal
 * @param maxHold for how long it is renewed at most
 * @param warnAfter how long a hold lasts before the log says so
 */
public record LeaseOptions(Duration length, Duration maxHold, Duration warnAfter) {
  /** The logger of all that is about leases. */
  static final String LOGGER = "org.occ4j.jdbc.JdbcKeyedMutex";

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

  /** Shorter than a mutation waits for its turn, so that the death of a holder is outlived. */
  public static final LeaseOptions DEFAULT =
      new LeaseOptions(Duration.ofSeconds(10), FOR_EVER, FOR_EVER);

  public LeaseOptions {
    requirePositive(length, "lease");
    requirePositive(maxHold, "maxHold");
    requirePositive(warnAfter, "warnHeldLongerThan");
  }

  private static void requirePositive(Duration duration, String name) {
    if (duration.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(
          name + " must be positive, a millisecond at least: " + duration);
    }
  }

  /** How long a grant lasts that nobody renews: no longer than it may be held. */
  Duration granted() {
    return length.compareTo(maxHold) < 0 ? length : maxHold;
  }

  /** These with another length of the lease. */
  public LeaseOptions withLength(Duration lease) {
    return new LeaseOptions(lease, maxHold, warnAfter);
  }

  /** These with another limit of a hold. */
  public LeaseOptions withMaxHold(Duration limit) {
    return new LeaseOptions(length, limit, warnAfter);
  }

  /** These with another warning. */
  public LeaseOptions withWarning(Duration limit) {
    return new LeaseOptions(length, maxHold, limit);
  }
}
