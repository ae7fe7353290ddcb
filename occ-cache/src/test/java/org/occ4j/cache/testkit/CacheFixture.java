/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.occ4j.Tag;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedCacheBuilder;
import org.occ4j.cache.TaggedLoader;
import org.occ4j.testkit.FakeTicker;

/**
 * A cache under test and what its tests have in common; the ticker stands still unless a test moves
 * it.
 */
abstract class CacheFixture {
  protected static final Duration PATIENCE = Duration.ofSeconds(30);

  static final Tag ORDERS = Tag.of("orders");
  static final Tag ORDER_1 = Tag.of("order", 1);
  static final Tag ORDER_2 = Tag.of("order", 2);
  static final Tag ORDER = Tag.of("order");

  protected final FakeTicker ticker = new FakeTicker();
  final ExecutorService threads = Executors.newCachedThreadPool();
  final List<TaggedCache<?, ?>> opened = new ArrayList<>();
  final AtomicInteger calls = new AtomicInteger();

  /** How the cache under test is configured beyond the subclass's own part. */
  @FunctionalInterface
  protected interface Configuration {
    /** Applies settings to the builder. */
    void apply(TaggedCacheBuilder<String, String, ?> builder);
  }

  /** A cache with these settings and with {@link #ticker}. */
  protected abstract TaggedCache<String, String> build(Configuration configuration);

  protected final TaggedCache<String, String> cache(Configuration configuration) {
    TaggedCache<String, String> cache = build(configuration);
    opened.add(cache);
    return cache;
  }

  protected final TaggedCache<String, String> cache() {
    return cache(builder -> {});
  }

  /** A loader that counts its calls and names them: v1, v2, ... */
  protected final TaggedLoader<String, String> counting(Tag... tags) {
    return (key, context) -> {
      context.tag(tags);
      return "v" + calls.incrementAndGet();
    };
  }

  /** A loader that counts its calls and fails. */
  final TaggedLoader<String, String> failing(Exception failure) {
    return (key, context) -> {
      calls.incrementAndGet();
      throw failure;
    };
  }

  @AfterEach
  void closeAll() throws Exception {
    opened.forEach(TaggedCache::close);
    threads.shutdownNow();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }
}
