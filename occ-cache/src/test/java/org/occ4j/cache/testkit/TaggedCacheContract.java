/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.RemovalCause;
import org.occ4j.cache.TaggedCacheBuilder;
import org.occ4j.cache.TaggedLoader;

/** What every tagged cache promises, whatever it follows. A subclass says how to build one. */
public abstract class TaggedCacheContract extends CacheManyContract {
  // What leaves

  @Test
  void removalListener_isToldWhatLeftAndWhy() {
    Queue<String> told = new ConcurrentLinkedQueue<>();
    var cache =
        cache(
            builder ->
                builder.removalListener(
                    (key, value, cause) -> told.add(key + " " + value + " " + cause)));
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting());
    cache.get("c", counting());
    cache.get("d", counting());
    cache.invalidateTags(ORDER_1);
    cache.invalidate("b");
    cache.cleanUp();
    cache.put("c", "newer", Set.of(), cache.readPoint());
    ticker.advance(Duration.ofSeconds(60));
    cache.get("c", counting());
    assertThat(cache.getIfPresent("d")).isNull();
    cache.cleanUp();
    cache.close();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(told)
                    .containsExactlyInAnyOrder(
                        "a v1 INVALIDATED",
                        "b v2 INVALIDATED",
                        "c v3 REPLACED",
                        "c newer REPLACED",
                        "d v4 EXPIRED",
                        "c v5 CLOSED"));
    assertThat(cache.stats().removals())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                RemovalCause.INVALIDATED,
                2L,
                RemovalCause.REPLACED,
                2L,
                RemovalCause.EXPIRED,
                1L,
                RemovalCause.CLOSED,
                1L,
                RemovalCause.SIZE,
                0L));
  }

  @Test
  void removalListener_isToldOfEvictionsAndMayFail() {
    Queue<RemovalCause> told = new ConcurrentLinkedQueue<>();
    var cache =
        cache(
            builder -> {
              builder.maximumSize(2);
              builder.removalListener(
                  (key, value, cause) -> {
                    told.add(cause);
                    throw new IllegalStateException("a listener that fails");
                  });
            });
    for (int i = 0; i < 5; i++) {
      cache.get("k" + i, counting());
    }
    cache.cleanUp();
    await().atMost(PATIENCE).until(() -> told.size() == 3);
    assertThat(told).containsOnly(RemovalCause.SIZE);
    assertThat(cache.stats().evictions()).isEqualTo(3);
  }

  @Test
  void get_thatLoads_hasWhatIsVoidSweptInTheBackground() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting(ORDER_1));
    cache.invalidateTags(ORDER_1);
    ticker.advance(Duration.ofSeconds(2));
    cache.get("c", counting());
    await().atMost(PATIENCE).until(() -> cache.stats().deadAtLastSweep() == 2);
    assertThat(cache.estimatedSize()).isEqualTo(1);
    assertThat(cache.stats().removals()).containsEntry(RemovalCause.INVALIDATED, 2L);
  }

  // Bounds and housekeeping

  @Test
  void maximumSize_isKept() {
    var cache = cache(builder -> builder.maximumSize(10));
    for (int i = 0; i < 1_000; i++) {
      cache.get("k" + i, counting());
    }
    cache.cleanUp();
    assertThat(cache.estimatedSize()).isLessThanOrEqualTo(10);
    assertThat(cache.stats().evictions()).isGreaterThanOrEqualTo(990);
  }

  @Test
  void maximumWeight_isKept() {
    var cache = cache(builder -> builder.maximumWeight(100, (key, value) -> value.length()));
    for (int i = 0; i < 100; i++) {
      cache.get("k" + i, (key, context) -> "0123456789");
    }
    cache.cleanUp();
    assertThat(cache.estimatedSize()).isLessThanOrEqualTo(10);
  }

  @Test
  void cleanUp_removesWhatCanNeverBeServedAgain() {
    var cache = cache();
    for (int i = 0; i < 100; i++) {
      cache.get("k" + i, counting(ORDER_1));
    }
    cache.get("stays", counting(ORDER_2));
    cache.invalidateTags(ORDER_1);
    cache.cleanUp();
    assertThat(cache.estimatedSize()).isEqualTo(1);
    assertThat(cache.stats().deadAtLastSweep()).isEqualTo(100);
    ticker.advance(Duration.ofSeconds(60));
    cache.cleanUp();
    assertThat(cache.estimatedSize()).isZero();
  }

  @Test
  void stats_tellWhyReadsMissed() {
    var cache = cache(TaggedCacheBuilder::recordStats);
    cache.get("a", counting(ORDER_1));
    cache.get("a", counting(ORDER_1));
    cache.invalidateTags(ORDER_1);
    cache.get("a", counting(ORDER_1));
    ticker.advance(Duration.ofSeconds(60));
    cache.get("a", counting(ORDER_1));
    cache.markStale(ORDER_1);
    var stats = cache.stats();
    assertThat(stats.hits()).isEqualTo(1);
    assertThat(stats.missesAbsent()).isEqualTo(1);
    assertThat(stats.missesInvalidated()).isEqualTo(1);
    assertThat(stats.missesExpired()).isEqualTo(1);
    assertThat(stats.misses()).isEqualTo(3);
    assertThat(stats.loads()).isEqualTo(3);
    assertThat(stats.invalidations()).isEqualTo(1);
    assertThat(stats.marks()).isEqualTo(1);
    assertThat(stats.liveTags()).isBetween(2L, 4L);
  }

  @Test
  void awaitApplied_ofItsOwnToken_isTrue() throws Exception {
    var cache = cache();
    assertThat(cache.awaitApplied(cache.invalidateTags(ORDER_1), PATIENCE)).isTrue();
    assertThat(cache.awaitApplied(cache.markStale(ORDER_1), PATIENCE)).isTrue();
    assertThat(cache.awaitApplied(cache.invalidateAll(), PATIENCE)).isTrue();
    var token = cache.invalidateTags(ORDER_2);
    assertThatThrownBy(() -> cache.awaitApplied(token, Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void close_refusesReadsAndKeepsNothing() {
    var cache = cache();
    cache.get("a", counting());
    cache.close();
    cache.close();
    assertThat(cache.health().state()).isEqualTo(CacheHealth.State.CLOSED);
    assertThatThrownBy(() -> cache.getIfPresent("a")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.get("a", counting())).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.put("a", "x", Set.of(), cache.readPoint()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void builder_refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> cache(builder -> builder.maximumSize(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maximumSize");
    assertThatThrownBy(() -> cache(builder -> builder.expireAfterWrite(Duration.ZERO)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                cache(
                    builder ->
                        builder.expireAfterWrite(Duration.ofSeconds(2), Duration.ofSeconds(1))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> cache(builder -> builder.refreshAfterWrite(Duration.ofSeconds(30))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("refreshAfterWrite");
  }

  @Test
  void close_whileALoadRuns_keepsNothingOfIt() throws Exception {
    var cache = cache();
    var reading = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    TaggedLoader<String, String> gated =
        (key, context) -> {
          reading.countDown();
          gate.await();
          return "A";
        };
    Future<String> load = threads.submit(() -> cache.get("a", gated));
    reading.await();
    cache.close();
    gate.countDown();
    assertThat(load.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("A");
    assertThat(cache.estimatedSize()).isZero();
  }
}
