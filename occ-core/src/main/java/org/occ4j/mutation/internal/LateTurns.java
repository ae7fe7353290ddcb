/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.mutation.MutationPipeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of mutations whose turn does not come in time. The log has one a minute: when a key
 * is stuck, each that waits for it would say the same. Thread-safe.
 */
public final class LateTurns {
  private static final Logger LOG = LoggerFactory.getLogger(MutationPipeline.class);
  private static final long BETWEEN_WARNINGS = TimeUnit.MINUTES.toNanos(1);

  private final Ticker ticker;
  private final AtomicLong lastWarning;

  /** Of a pipeline that nobody has waited for yet. */
  public LateTurns(Ticker ticker) {
    this.ticker = ticker;
    this.lastWarning = new AtomicLong(ticker.nanos() - BETWEEN_WARNINGS);
  }

  /** What the caller is told. */
  public StoreUnavailableException failure(String lockKey, TimeoutException late) {
    long now = ticker.nanos();
    long last = lastWarning.get();
    if (now - last >= BETWEEN_WARNINGS && lastWarning.compareAndSet(last, now)) {
      LOG.warn(
          "the turn of {} did not come in time; others of the next minute are not told", lockKey);
    }
    return new StoreUnavailableException(
        "the turn of " + lockKey + " did not come in time, nothing was done", late);
  }
}
