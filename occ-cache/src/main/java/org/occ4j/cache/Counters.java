/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** The counts behind {@link TaggedCacheStats}. */
final class Counters {
  private final boolean countsHits;
  final LongAdder hits = new LongAdder();
  final LongAdder missesAbsent = new LongAdder();
  final LongAdder missesExpired = new LongAdder();
  final LongAdder missesInvalidated = new LongAdder();
  final LongAdder missesOutOfContact = new LongAdder();
  final LongAdder staleServed = new LongAdder();
  final LongAdder joined = new LongAdder();
  final LongAdder rejoined = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder loadFailures = new LongAdder();
  final LongAdder loadNanos = new LongAdder();
  final LongAdder refusals = new LongAdder();
  final LongAdder refusalsForOthers = new LongAdder();
  final LongAdder invalidations = new LongAdder();
  final LongAdder marks = new LongAdder();
  final LongAdder missesBypassed = new LongAdder();

  /**
   * Counters.
   *
   * @param countsHits whether those who are asked for hits count them
   */
  Counters(boolean countsHits) {
    this.countsHits = countsHits;
  }

  TaggedCacheStats snapshot(Map<RemovalCause, Long> removals, long liveTags, long deadAtLastSweep) {
    return new TaggedCacheStats(
        countsHits ? hits.sum() : TaggedCacheStats.NOT_COUNTED,
        missesAbsent.sum(),
        missesExpired.sum(),
        missesInvalidated.sum(),
        missesOutOfContact.sum(),
        missesBypassed.sum(),
        staleServed.sum(),
        joined.sum(),
        rejoined.sum(),
        loads.sum(),
        loadFailures.sum(),
        Duration.ofNanos(loadNanos.sum()),
        refusals.sum(),
        refusalsForOthers.sum(),
        invalidations.sum(),
        marks.sum(),
        removals,
        liveTags,
        deadAtLastSweep);
  }
}
