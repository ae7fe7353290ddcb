/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency.internal;

import java.time.Duration;

/** When to ask again about an attempt under way. */
public final class RetryHints {
  private static final Duration LEAST = Duration.ofSeconds(1);

  private RetryHints() {}

  /**
   * As long again as the attempt has taken so far: a payment of two seconds is not waited for until
   * its lease of minutes ends, and a job of an hour is not asked after every second. No later than
   * the end of the lease, when another attempt may begin; and a second at least.
   */
  public static Duration of(Duration age, Duration lease) {
    Duration hint = age.compareTo(lease) < 0 ? age : lease;
    return hint.compareTo(LEAST) < 0 ? LEAST : hint;
  }

  /** The same of an attempt that has no lease. */
  public static Duration of(Duration age) {
    return of(age, age);
  }
}
