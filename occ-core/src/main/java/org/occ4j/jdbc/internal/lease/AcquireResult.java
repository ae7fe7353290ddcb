/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an attempt.
 *
 * @param token the fencing token, or null if a key is held by somebody else
 * @param remaining for how long the present lease lasts if nobody renews it; zero if not known
 */
record AcquireResult(@Nullable Long token, Duration remaining) {

  static AcquireResult granted(long token) {
    return new AcquireResult(token, Duration.ZERO);
  }

  static AcquireResult held(long remainingMicros) {
    return new AcquireResult(null, LeaseDialect.duration(remainingMicros));
  }

  boolean isGranted() {
    return token != null;
  }
}
