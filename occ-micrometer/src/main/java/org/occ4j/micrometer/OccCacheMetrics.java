/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedCacheStats;

/**
 * What a {@link TaggedCache} counts, as meters whose names begin with {@code occ.cache.} and that
 * have its name as the tag {@code cache}. Hits are counted only by a cache that was built with
 * {@code recordStats()}. Needs {@code occ-cache}, which {@code occ-micrometer} does not bring.
 * Thread-safe.
 */
public final class OccCacheMetrics implements MeterBinder {
  private final TaggedCache<?, ?> cache;
  private final Tags tags;

  /** A binder of one cache. */
  public OccCacheMetrics(TaggedCache<?, ?> cache) {
    this.cache = Objects.requireNonNull(cache, "cache");
    this.tags = Tags.of("cache", cache.name());
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    counter(registry, "occ.cache.gets", tags.and("result", "hit"), stats -> stats.hits());
    counter(registry, "occ.cache.gets", tags.and("result", "miss"), stats -> stats.misses());
    counter(registry, "occ.cache.gets", tags.and("result", "stale"), stats -> stats.staleServed());
    counter(registry, "occ.cache.failures", tags, stats -> stats.loadFailures());
    counter(registry, "occ.cache.invalidations", tags, stats -> stats.invalidations());
    counter(registry, "occ.cache.evictions", tags, stats -> stats.evictions());
    FunctionTimer.builder(
            "occ.cache.load",
            cache,
            of -> of.stats().loads() + of.stats().loadFailures(),
            of -> of.stats().loadTime().toNanos(),
            TimeUnit.NANOSECONDS)
        .tags(tags)
        .register(registry);
    FunctionCounter.builder("occ.cache.flushes", cache, of -> of.health().flushes())
        .tags(tags)
        .register(registry);
    TimeGauge.builder("occ.cache.lag", cache, TimeUnit.NANOSECONDS, of -> lagNanos(of.health()))
        .tags(tags)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry, String name, Tags with, ToDoubleFunction<TaggedCacheStats> count) {
    FunctionCounter.builder(name, cache, of -> count.applyAsDouble(of.stats()))
        .tags(with)
        .register(registry);
  }

  private static double lagNanos(CacheHealth health) {
    return health.lag() == null ? Double.NaN : health.lag().toNanos();
  }
}
