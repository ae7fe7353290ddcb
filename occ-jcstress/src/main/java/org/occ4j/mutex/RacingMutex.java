/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

/**
 * Opens to the races what only tests may set: one slot, so that keys meet, and no look at the key
 * before queueing. A thread that looks for some microseconds first would hardly ever be found in
 * the queue by a release that comes within nanoseconds.
 */
public final class RacingMutex {
  private RacingMutex() {}

  /** A mutex with the shortest way into its queues. */
  public static KeyedMutex<String> create(boolean fair) {
    return KeyedMutex.<String>builder().slots(1).backOff(false).fair(fair).build();
  }
}
