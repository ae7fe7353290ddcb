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
 * What a builder collects, by name. Times are in nanoseconds, 0 where an option is off. A builder
 * changes its own; a cache is given a {@linkplain #checked copy} that nobody changes any more.
 */
final class CacheSettings<K, V> implements Cloneable {
  private static final Duration MINIMUM_TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final Duration MAXIMUM_TIME_TO_LIVE = Duration.ofSeconds(60);

  String name;
  long maximumSize = 10_000;
  long maximumWeight;
  @Nullable ToIntBiFunction<? super K, ? super V> weigher;
  long minimumTimeToLive = MINIMUM_TIME_TO_LIVE.toNanos();
  long maximumTimeToLive = MAXIMUM_TIME_TO_LIVE.toNanos();
  long expireAfterAccess;
  long refreshAfterWrite;
  long staleWhileRevalidate;
  long staleIfError;
  long negativeTimeToLive;
  int maximumConcurrentLoads;
  long loadTimeout;
  @Nullable Executor executor;
  Ticker ticker = Ticker.system();
  boolean recordStats;
  boolean allowsUntagged;
  @Nullable ChangeFeed feed;
  @Nullable KeyCodec<K> keyCodec;
  @Nullable RemovalListener<? super K, ? super V> removalListener;

  CacheSettings(String name) {
    this.name = name;
  }

  boolean isWeighted() {
    return weigher != null;
  }

  /**
   * These as they are now, for a cache that follows {@code feed} or none.
   *
   * @throws IllegalArgumentException if they contradict each other
   */
  CacheSettings<K, V> checked(@Nullable ChangeFeed feed) {
    if (refreshAfterWrite >= minimumTimeToLive) {
      throw new IllegalArgumentException(
          "refreshAfterWrite must be shorter than the shortest time to live, "
              + Duration.ofNanos(minimumTimeToLive)
              + ": "
              + Duration.ofNanos(refreshAfterWrite));
    }
    CacheSettings<K, V> copy = copy();
    copy.feed = feed;
    return copy;
  }

  /** The same times and limits for answers to questions about what has these settings. */
  @SuppressWarnings("unchecked") // what depends on the types is taken out
  CacheSettings<Object, Object> ofQueries(long maximumQueries) {
    CacheSettings<Object, Object> queries = (CacheSettings<Object, Object>) copy();
    queries.name = name + " queries";
    queries.maximumSize = maximumQueries;
    queries.maximumWeight = 0;
    queries.weigher = null;
    queries.allowsUntagged = true;
    queries.keyCodec = null;
    queries.removalListener = null;
    return queries;
  }

  @SuppressWarnings("unchecked") // of the same types
  private CacheSettings<K, V> copy() {
    try {
      return (CacheSettings<K, V>) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }
}
