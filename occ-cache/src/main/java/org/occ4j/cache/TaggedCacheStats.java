/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Map;

/**
 * What a cache did since it was built. Counts are read one after the other while others go on, so
 * they may disagree slightly.
 *
 * @param hits reads answered from memory with a fresh value, or with a known absence; {@link
 *     #NOT_COUNTED} unless the builder was told {@code recordStats()}
 * @param missesAbsent reads that found no entry
 * @param missesExpired reads that found one past its time, or marked as stale
 * @param missesInvalidated reads that found one that was hard-invalidated
 * @param missesOutOfContact reads that found one that could not be served because contact to the
 *     feed was lost
 * @param missesBypassed reads that were not allowed what is in memory by their {@link ReadOptions}
 * @param staleServed reads answered with a value that was stale, for whatever reason it was allowed
 * @param joined reads that waited for another's load and took its value
 * @param rejoined reads that waited for another's load and had to go on, because the value had been
 *     invalidated before they asked
 * @param loads loads that ended well
 * @param loadFailures loads that threw or were too slow
 * @param loadTime the time spent in both
 * @param refusals values that were not kept because they had been invalidated since their load
 *     began
 * @param refusalsForOthers those of {@code refusals} where nothing of the value itself had been
 *     invalidated, but a tag or key that shares a slot of the cache's table with it; roughly
 * @param invalidations tags, keys and whole caches made void here, whoever asked for it; a write
 *     counts the tags that its writer gave, or one
 * @param marks tags marked as stale here, whoever asked for it
 * @param removals entries that left, by cause; every cause is there
 * @param liveTags tags that entries carry at this moment, about
 * @param deadAtLastSweep entries that the last sweep found that could never be served again, and
 *     removed: how much of the bound they had taken
 */
public record TaggedCacheStats(
    long hits,
    long missesAbsent,
    long missesExpired,
    long missesInvalidated,
    long missesOutOfContact,
    long missesBypassed,
    long staleServed,
    long joined,
    long rejoined,
    long loads,
    long loadFailures,
    Duration loadTime,
    long refusals,
    long refusalsForOthers,
    long invalidations,
    long marks,
    Map<RemovalCause, Long> removals,
    long liveTags,
    long deadAtLastSweep) {

  /** What {@link #hits} is where nobody counts: less than any count, so that it is no bad one. */
  public static final long NOT_COUNTED = -1;

  /** Copies the removals. */
  public TaggedCacheStats {
    removals = Map.copyOf(removals);
  }

  /** Entries removed to keep within the bound. */
  public long evictions() {
    return removals.getOrDefault(RemovalCause.SIZE, 0L);
  }

  /** Reads that had to load or to wait. */
  public long misses() {
    return missesAbsent + missesExpired + missesInvalidated + missesOutOfContact + missesBypassed;
  }
}
