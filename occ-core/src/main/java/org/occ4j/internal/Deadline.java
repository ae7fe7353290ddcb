/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.internal;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import org.occ4j.Ticker;

/** How long a caller goes on waiting for others, counted from when it first asks. One thread's. */
public final class Deadline {
  private final Duration atMost;
  private final Ticker ticker;
  private boolean begun;
  private long begin;

  /** Waits for {@code atMost} in all. */
  public Deadline(Duration atMost, Ticker ticker) {
    this.atMost = atMost;
    this.ticker = ticker;
  }

  /** What is left of it; zero or less when it is over. The clock is read only if there was any. */
  public long leftNanos() {
    if (atMost.isZero()) {
      return 0;
    }
    if (!begun) {
      begun = true;
      begin = ticker.nanos();
    }
    return NANOSECONDS.convert(atMost) - (ticker.nanos() - begin);
  }
}
