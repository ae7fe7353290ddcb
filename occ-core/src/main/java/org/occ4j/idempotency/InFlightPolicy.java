/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;

/**
 * What to do when the same mutation is being carried out at this moment.
 *
 * @param waitUpTo how long to wait for its answer; zero to be refused at once. Nobody who waits
 *     holds a database connection.
 */
public record InFlightPolicy(Duration waitUpTo) {

  /** Refuses a negative duration. */
  public InFlightPolicy {
    if (waitUpTo.isNegative()) {
      throw new IllegalArgumentException("waitUpTo must not be negative: " + waitUpTo);
    }
  }

  /** Be refused at once. */
  public static InFlightPolicy reject() {
    return new InFlightPolicy(Duration.ZERO);
  }

  /** Wait for the answer for at most {@code duration}, then be refused. */
  public static InFlightPolicy waitUpTo(Duration duration) {
    return new InFlightPolicy(duration);
  }
}
