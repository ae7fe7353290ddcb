/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.occ4j.Ticker;

/** A ticker that stands still until a test moves it. Thread-safe. */
public final class FakeTicker implements Ticker {
  private final AtomicLong nanos = new AtomicLong();

  @Override
  public long nanos() {
    return nanos.get();
  }

  /**
   * Moves the time forward, at once for every thread that reads it.
   *
   * @throws IllegalArgumentException if {@code step} is negative: a ticker never goes back
   */
  public void advance(Duration step) {
    if (step.isNegative()) {
      throw new IllegalArgumentException("step is negative: " + step);
    }
    nanos.addAndGet(step.toNanos());
  }
}
