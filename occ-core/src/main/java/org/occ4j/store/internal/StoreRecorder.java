/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store.internal;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;
import org.occ4j.internal.HistogramRecorder;
import org.occ4j.store.StoreStats;
import org.occ4j.store.WriteResult;

/** Counts what is done on a store. Thread-safe, and waits for nobody. */
public final class StoreRecorder {
  private final Ticker ticker;
  private final LongAdder conflicts = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final HistogramRecorder reads = new HistogramRecorder();
  private final HistogramRecorder writes = new HistogramRecorder();

  /** Counters that are nought. */
  public StoreRecorder(Ticker ticker) {
    this.ticker = ticker;
  }

  /** What this read gives, timed. */
  public <T extends @Nullable Object> T read(Supplier<T> work) {
    return timed(work, reads);
  }

  /** What this write gives, timed. */
  public <T extends @Nullable Object> T written(Supplier<T> work) {
    return timed(work, writes);
  }

  private <T extends @Nullable Object> T timed(Supplier<T> work, HistogramRecorder times) {
    long begin = ticker.nanos();
    boolean done = false;
    try {
      T result = work.get();
      done = true;
      return result;
    } finally {
      times.record(ticker.nanos() - begin);
      if (!done) {
        failures.increment();
      }
    }
  }

  /** This result, counted if it is a conflict. */
  public <V> WriteResult<V> counted(WriteResult<V> result) {
    if (!result.isApplied()) {
      conflicts.increment();
    }
    return result;
  }

  /** The counts so far. */
  public StoreStats snapshot() {
    return new StoreStats(conflicts.sum(), failures.sum(), reads.snapshot(), writes.snapshot());
  }
}
