/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedCacheStats;

/**
 * What a {@link TaggedCache} counts, as meters whose names begin with {@code occ.cache.} and that
 * have its name as the tag {@code cache}. Hits are counted only by a cache that was built with
 * {@code recordStats()}. Needs {@code occ-cache}, which {@code occ-micrometer} does not bring.
 * Thread-safe.
 */
public final class OccCacheMetrics implements MeterBinder {
  private final List<Source<?>> sources;

  /** A cache, of which meters hold no more than a weak reference. */
  private record Source<C>(
      C cache, String name, Function<C, TaggedCacheStats> stats, Function<C, CacheHealth> health) {}

  /** A binder of one cache. */
  public OccCacheMetrics(TaggedCache<?, ?> cache) {
    this.sources =
        List.of(new Source<>(cache, cache.name(), TaggedCache::stats, TaggedCache::health));
  }

  /** A binder of a cached store: of its states under its name, and of its queries beside. */
  public OccCacheMetrics(CachedStore<?, ?> cached) {
    String queries = cached.name() + " queries";
    this.sources =
        List.of(
            new Source<>(cached, cached.name(), CachedStore::stats, CachedStore::health),
            new Source<>(cached, queries, CachedStore::queryStats, CachedStore::health));
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    sources.forEach(source -> bind(registry, source));
  }

  private static <C> void bind(MeterRegistry registry, Source<C> source) {
    Tags tags = Tags.of("cache", source.name());
    C cache = source.cache();
    Function<C, TaggedCacheStats> stats = source.stats();
    Function<C, CacheHealth> health = source.health();
    Counters<C> counters = new Counters<>(registry, cache, stats);
    if (stats.apply(cache).hits() != TaggedCacheStats.NOT_COUNTED) {
      counters.add("occ.cache.gets", tags.and("result", "hit"), TaggedCacheStats::hits);
    }
    counters.add("occ.cache.gets", tags.and("result", "miss"), TaggedCacheStats::misses);
    counters.add("occ.cache.gets", tags.and("result", "stale"), TaggedCacheStats::staleServed);
    counters.add("occ.cache.failures", tags, TaggedCacheStats::loadFailures);
    counters.add("occ.cache.invalidations", tags, TaggedCacheStats::invalidations);
    counters.add("occ.cache.evictions", tags, TaggedCacheStats::evictions);
    FunctionTimer.builder(
            "occ.cache.load",
            cache,
            of -> stats.apply(of).loads() + stats.apply(of).loadFailures(),
            of -> stats.apply(of).loadTime().toNanos(),
            TimeUnit.NANOSECONDS)
        .tags(tags)
        .register(registry);
    FunctionCounter.builder("occ.cache.flushes", cache, of -> health.apply(of).flushes())
        .tags(tags)
        .register(registry);
    TimeGauge.builder(
            "occ.cache.lag", cache, TimeUnit.NANOSECONDS, of -> lagNanos(health.apply(of)))
        .tags(tags)
        .register(registry);
  }

  private record Counters<C>(MeterRegistry registry, C cache, Function<C, TaggedCacheStats> stats) {
    void add(String name, Tags with, ToDoubleFunction<TaggedCacheStats> count) {
      FunctionCounter.builder(name, cache, of -> count.applyAsDouble(stats.apply(of)))
          .tags(with)
          .register(registry);
    }
  }

  private static double lagNanos(CacheHealth health) {
    return health.lag() == null ? Double.NaN : health.lag().toNanos();
  }
}
