/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;

/**
 * What to do when the same mutation is being carried out at this moment.
 *
 * @param waitUpTo how long to wait for its answer; zero to be refused at once. Nobody who waits
 *     holds a database connection.
 */
public record InFlight(Duration waitUpTo) {

  /** Refuses a negative duration. */
  public InFlight {
    if (waitUpTo.isNegative()) {
      throw new IllegalArgumentException("waitUpTo must not be negative: " + waitUpTo);
    }
  }

  /** Be refused at once. */
  public static InFlight reject() {
    return new InFlight(Duration.ZERO);
  }

  /** Wait for the answer for at most {@code duration}, then be refused. */
  public static InFlight waitUpTo(Duration duration) {
    return new InFlight(duration);
  }
}
