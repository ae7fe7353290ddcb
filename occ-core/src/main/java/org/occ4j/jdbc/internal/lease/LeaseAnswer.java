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
record LeaseAnswer(@Nullable Long token, Duration remaining) {

  static LeaseAnswer granted(long token) {
    return new LeaseAnswer(token, Duration.ZERO);
  }

  static LeaseAnswer held(long remainingMicros) {
    return new LeaseAnswer(null, LeaseSql.duration(remainingMicros));
  }

  boolean isGranted() {
    return token != null;
  }
}
