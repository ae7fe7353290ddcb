/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.Ticker;
import org.occ4j.change.ChangeFeed;

/**
 * What a builder has collected, checked as a whole. Times are in nanoseconds, 0 where an option is
 * off.
 */
record CacheSettings<K, V>(
    String name,
    long maximumSize,
    long maximumWeight,
    @Nullable ToIntBiFunction<? super K, ? super V> weigher,
    long minimumTimeToLive,
    long maximumTimeToLive,
    long expireAfterAccess,
    long refreshAfterWrite,
    long staleWhileRevalidate,
    long staleIfError,
    long negativeTimeToLive,
    int maximumConcurrentLoads,
    long loadTimeout,
    @Nullable Executor executor,
    Ticker ticker,
    boolean recordStats,
    boolean allowsUntagged,
    @Nullable ChangeFeed feed,
    @Nullable KeyCodec<K> keyCodec,
    @Nullable RemovalListener<? super K, ? super V> removalListener) {

  CacheSettings {
    if (refreshAfterWrite >= minimumTimeToLive) {
      throw new IllegalArgumentException(
          "refreshAfterWrite must be shorter than the shortest time to live, "
              + Duration.ofNanos(minimumTimeToLive)
              + ": "
              + Duration.ofNanos(refreshAfterWrite));
    }
  }

  boolean isWeighted() {
    return weigher != null;
  }

  /** The same times and limits for answers to questions about what has these settings. */
  CacheSettings<Object, Object> ofQueries(long maximumQueries) {
    return new CacheSettings<>(
        name + " queries",
        maximumQueries,
        0,
        null,
        minimumTimeToLive,
        maximumTimeToLive,
        expireAfterAccess,
        refreshAfterWrite,
        staleWhileRevalidate,
        staleIfError,
        negativeTimeToLive,
        maximumConcurrentLoads,
        loadTimeout,
        executor,
        ticker,
        recordStats,
        true,
        feed,
        null,
        null);
  }
}
