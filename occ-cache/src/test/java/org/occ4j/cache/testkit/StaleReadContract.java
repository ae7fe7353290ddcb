/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;
import org.occ4j.cache.ReadOptions;
import org.occ4j.cache.ReadResult;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedCacheBuilder;
import org.occ4j.cache.TaggedLoader;
import org.occ4j.testkit.FakeTicker;

/**
 * A read that is served stale says so, and one that is not does not. The tasks of the caches wait
 * until a test runs them: nothing is refreshed behind a test's back.
 */
public abstract class StaleReadContract {
  private static final Tag ORDER_1 = Tag.of("order", 1);
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofSeconds(20);

  protected final FakeTicker ticker = new FakeTicker();
  private final List<Runnable> tasks = new ArrayList<>();

  /** A cache with these settings and with {@link #ticker}. */
  protected abstract TaggedCache<String, String> build(
      Consumer<TaggedCacheBuilder<String, String, ?>> settings);

  private TaggedCache<String, String> cache(
      Consumer<TaggedCacheBuilder<String, String, ?>> settings) {
    return build(
        builder -> {
          builder.expireAfterWrite(TIME_TO_LIVE).executor(tasks::add);
          settings.accept(builder);
        });
  }

  private static TaggedLoader<String, String> loading(String value) {
    return (key, context) -> {
      context.tag(ORDER_1);
      return value;
    };
  }

  private static TaggedLoader<String, String> failing() {
    return (key, context) -> {
      throw new IllegalStateException("no source");
    };
  }

  private static ReadResult<String> read(
      TaggedCache<String, String> cache, TaggedLoader<String, String> loader) {
    return cache.read("a", ReadOptions.none(), loader);
  }

  private static void assertFresh(ReadResult<String> result, String value) {
    assertThat(result).isEqualTo(new ReadResult<>(value, false));
  }

  private static void assertStale(ReadResult<String> result, String value) {
    assertThat(result).isEqualTo(new ReadResult<>(value, true));
  }

  @Test
  void read_ofWhatIsLoadedOrInMemory_isFresh() {
    try (TaggedCache<String, String> cache = cache(builder -> {})) {
      assertFresh(read(cache, loading("old")), "old");
      assertFresh(read(cache, loading("new")), "old");
      ticker.advance(TIME_TO_LIVE);
      assertFresh(read(cache, loading("new")), "new");
    }
  }

  @Test
  void read_ofNothing_isFresh() {
    try (TaggedCache<String, String> cache = cache(builder -> {})) {
      assertThat(cache.read("a", ReadOptions.none(), (key, context) -> null))
          .isEqualTo(new ReadResult<String>(null, false));
    }
  }

  @Test
  void read_pastItsTimeWhileRevalidating_isStaleUntilTheNewValueIsThere() {
    try (TaggedCache<String, String> cache =
        cache(builder -> builder.staleWhileRevalidate(GRACE))) {
      read(cache, loading("old"));
      ticker.advance(TIME_TO_LIVE);
      assertStale(read(cache, loading("new")), "old");
      assertStale(read(cache, loading("new")), "old");
      List.copyOf(tasks).forEach(Runnable::run);
      assertFresh(read(cache, loading("newer")), "new");
    }
  }

  @Test
  void read_markedAsStale_isStale() {
    try (TaggedCache<String, String> cache =
        cache(builder -> builder.staleWhileRevalidate(GRACE))) {
      read(cache, loading("old"));
      cache.markStale(ORDER_1);
      assertStale(read(cache, loading("new")), "old");
      cache.invalidateTags(ORDER_1);
      assertFresh(cache.read("b", ReadOptions.none(), loading("new")), "new");
    }
  }

  @Test
  void read_dueForARefresh_isFresh() {
    try (TaggedCache<String, String> cache =
        cache(builder -> builder.refreshAfterWrite(Duration.ofSeconds(5)))) {
      read(cache, loading("old"));
      ticker.advance(Duration.ofSeconds(5));
      assertFresh(read(cache, loading("new")), "old");
    }
  }

  @Test
  void read_whoseLoadFails_isStaleWithinTheGraceAndThrowsAfterIt() {
    try (TaggedCache<String, String> cache = cache(builder -> builder.staleIfError(GRACE))) {
      read(cache, loading("old"));
      ticker.advance(TIME_TO_LIVE);
      assertStale(read(cache, failing()), "old");
      assertStale(read(cache, loading("not asked while the pause lasts")), "old");
      ticker.advance(GRACE);
      assertThatThrownBy(() -> read(cache, failing())).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void read_ofHardInvalidated_isLoadedWhateverTheGraces() {
    try (TaggedCache<String, String> cache =
        cache(builder -> builder.staleWhileRevalidate(GRACE).staleIfError(GRACE))) {
      read(cache, loading("old"));
      cache.invalidateTags(ORDER_1);
      assertThatThrownBy(() -> read(cache, failing())).isInstanceOf(IllegalStateException.class);
      assertFresh(read(cache, loading("new")), "new");
    }
  }

  @Test
  void asyncRead_saysTheSame() throws Exception {
    try (TaggedCache<String, String> cache =
        cache(builder -> builder.staleWhileRevalidate(GRACE))) {
      read(cache, loading("old"));
      assertFresh(asyncRead(cache), "old");
      ticker.advance(TIME_TO_LIVE);
      assertStale(asyncRead(cache), "old");
    }
  }

  private static ReadResult<String> asyncRead(TaggedCache<String, String> cache) throws Exception {
    return cache.async().read("a", loading("new")).get(60, TimeUnit.SECONDS);
  }
}
