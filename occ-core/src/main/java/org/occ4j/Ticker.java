/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

/**
 * A source of monotonic time, so that tests can hold the clock in their hands.
 *
 * <p>Readings mean nothing by themselves; only the difference of two readings of one ticker does,
 * as with {@link System#nanoTime()}. A ticker never goes back. Implementations are thread-safe.
 */
@FunctionalInterface
public interface Ticker {

  /** The present reading, in nanoseconds since an arbitrary origin. */
  long nanos();

  /** The ticker of this machine: {@link System#nanoTime()}. */
  static Ticker system() {
    return System::nanoTime;
  }
}
