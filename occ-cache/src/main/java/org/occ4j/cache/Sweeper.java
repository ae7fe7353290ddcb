/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;

/**
 * Removes entries that can never be served again, in the background and in slices. It is
 * housekeeping only: such entries are found out when they are read, and evicted for room like
 * others.
 *
 * <p>It has no timer. Loads and puts ask for a sweep, and most requests find that the last one is
 * too recent; a cache that nobody fills is not swept. Invalidations do not ask: to start a thread
 * takes a hundred times longer than they do.
 */
final class Sweeper<K, V> {
  /** Entries looked at before the thread is given back. */
  private static final int SLICE = 1_024;

  /** The shortest pause between two sweeps. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A sweep is followed by a pause of this many times its own length: at most 1/20 of a core. */
  private static final int PAUSE_FACTOR = 20;

  private final EntryTable<K, V> entries;
  private final Ticker ticker;
  private final Executor executor;
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private volatile long notBefore;
  private volatile long deadAtLastSweep;
  // Used only by the one sweep that goes on.
  private @Nullable Iterator<Map.Entry<K, Entry<V>>> position;
  private long worked;
  private long dead;

  Sweeper(EntryTable<K, V> entries, Ticker ticker, Executor executor) {
    this.entries = entries;
    this.ticker = ticker;
    this.executor = executor;
    this.notBefore = ticker.nanos() + PAUSE_NANOS;
  }

  /** Asks for a sweep; most often nothing happens. */
  void request() {
    if (ticker.nanos() - notBefore >= 0 && sweeping.compareAndSet(false, true)) {
      position = entries.iterator();
      worked = 0;
      dead = 0;
      submitSlice();
    }
  }

  private void submitSlice() {
    try {
      executor.execute(this::sweepSlice);
    } catch (RejectedExecutionException e) {
      finish(ticker.nanos()); // the executor is full or closed; there will be other requests
    }
  }

  private void sweepSlice() {
    Iterator<Map.Entry<K, Entry<V>>> remaining = position;
    long start = ticker.nanos();
    if (remaining != null) {
      dead += sweep(remaining, start, SLICE);
    }
    long end = ticker.nanos();
    worked += end - start;
    if (remaining != null && remaining.hasNext()) {
      submitSlice();
    } else {
      deadAtLastSweep = dead;
      finish(end);
    }
  }

  private void finish(long now) {
    position = null;
    notBefore = now + Math.max(PAUSE_NANOS, PAUSE_FACTOR * worked);
    sweeping.set(false);
  }

  /** Sweeps everything, on this thread. */
  void sweepAll() {
    deadAtLastSweep = sweep(entries.iterator(), ticker.nanos(), Integer.MAX_VALUE);
  }

  /**
   * How many entries the last sweep that reached its end found that could never be served again.
   */
  long deadAtLastSweep() {
    return deadAtLastSweep;
  }

  /** Removes what can never be served again among the next entries, and returns their number. */
  private long sweep(Iterator<Map.Entry<K, Entry<V>>> from, long now, int atMost) {
    long spent = 0;
    for (int i = 0; i < atMost && from.hasNext(); i++) {
      Map.Entry<K, Entry<V>> next = from.next();
      if (entries.isSpent(next.getValue(), now)) {
        entries.remove(next.getKey(), next.getValue());
        spent++;
      }
    }
    return spent;
  }
}
