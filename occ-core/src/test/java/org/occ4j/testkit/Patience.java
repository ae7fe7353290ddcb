/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * How long tests wait for what must happen: far longer than it takes on a busy machine, so that
 * only a condition that never comes true fails, and no longer than it takes, since the condition is
 * looked at often. Awaitility by itself gives up after ten seconds and looks ten times a second.
 */
public final class Patience {
  private static final Duration GENEROUS = Duration.ofSeconds(90);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  private Patience() {}

  /** Awaits a condition, from now on and for up to 90 seconds; both can be set otherwise. */
  public static ConditionFactory await() {
    return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(BETWEEN_LOOKS).atMost(GENEROUS);
  }
}
