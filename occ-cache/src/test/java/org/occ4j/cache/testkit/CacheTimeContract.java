/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.occ4j.cache.ReadOptions;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedLoader;

/** Entries age from the beginning of their load, and are refreshed while they are served. */
abstract class CacheTimeContract extends CacheInvalidationContract {
  // Time

  @Test
  void get_afterItsTimeToLive_loadsAgain() {
    var cache = cache(builder -> builder.expireAfterWrite(Duration.ofSeconds(10)));
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(10).minusNanos(1));
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    ticker.advance(Duration.ofNanos(1));
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", counting())).isEqualTo("v2");
  }

  @Test
  void get_countsTheAgeFromTheBeginningOfTheLoad() {
    var cache = cache(builder -> builder.expireAfterWrite(Duration.ofSeconds(10)));
    cache.get(
        "a",
        (key, context) -> {
          ticker.advance(Duration.ofSeconds(6));
          return "slow";
        });
    assertThat(cache.getIfPresent("a")).isEqualTo("slow");
    ticker.advance(Duration.ofSeconds(4));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_byDefault_expiresBetween30And60SecondsAndNotAllAtOnce() {
    var cache = cache();
    int keys = 200;
    for (int i = 0; i < keys; i++) {
      cache.get("k" + i, counting());
    }
    assertThat(present(cache, keys)).isEqualTo(keys);
    ticker.advance(Duration.ofSeconds(30).minusNanos(1));
    assertThat(present(cache, keys)).isEqualTo(keys);
    ticker.advance(Duration.ofSeconds(15));
    assertThat(present(cache, keys)).isBetween(1, keys - 1);
    ticker.advance(Duration.ofSeconds(15).plusNanos(1));
    assertThat(present(cache, keys)).isZero();
  }

  static int present(TaggedCache<String, String> cache, int keys) {
    int present = 0;
    for (int i = 0; i < keys; i++) {
      present += cache.getIfPresent("k" + i) == null ? 0 : 1;
    }
    return present;
  }

  @Test
  void get_withATimeToLiveOfItsOwn_expiresThen() {
    var cache = cache();
    cache.get("a", (key, context) -> context.expireAfter(Duration.ofSeconds(1)) == null ? "" : "x");
    ticker.advance(Duration.ofSeconds(1).minusNanos(1));
    assertThat(cache.getIfPresent("a")).isEqualTo("x");
    ticker.advance(Duration.ofNanos(1));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void expireAfterAccess_letsIdleEntriesExpire() {
    var cache = cache(builder -> builder.expireAfterAccess(Duration.ofSeconds(4)));
    cache.get("read", counting());
    cache.get("idle", counting());
    for (int i = 0; i < 4; i++) {
      ticker.advance(Duration.ofSeconds(3));
      assertThat(cache.getIfPresent("read")).isEqualTo("v1");
    }
    assertThat(cache.getIfPresent("idle")).isNull();
  }

  @Test
  void doNotCache_handsTheValueOutAndKeepsNothing() {
    var cache = cache();
    TaggedLoader<String, String> loader =
        (key, context) -> {
          context.doNotCache();
          return "v" + calls.incrementAndGet();
        };
    assertThat(cache.get("a", loader)).isEqualTo("v1");
    assertThat(cache.get("a", loader)).isEqualTo("v2");
  }

  // Soft invalidation and refreshing

  @Test
  void markStale_withoutGrace_loadsAgain() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.markStale(ORDER);
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v2");
    assertThat(cache.getIfPresent("a")).isEqualTo("v2");
  }

  @Test
  void markStale_withGrace_servesTheOldValueWhileOneLoadReplacesIt() {
    var cache = cache(builder -> builder.staleWhileRevalidate(Duration.ofSeconds(5)));
    cache.get("a", counting(ORDER_1));
    cache.markStale(ORDER_1);
    assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v1");
    await().atMost(PATIENCE).until(() -> "v2".equals(cache.getIfPresent("a")));
    assertThat(calls).hasValue(2);
    assertThat(cache.stats().staleServed()).isEqualTo(1);
  }

  @Test
  void markStale_afterItsGrace_isServedNoLonger() {
    var cache = cache(builder -> builder.staleWhileRevalidate(Duration.ofSeconds(5)));
    cache.get("a", counting(ORDER_1));
    cache.markStale(ORDER_1);
    ticker.advance(Duration.ofSeconds(5));
    assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v2");
  }

  @Test
  void invalidateTags_afterMarkStale_wins() {
    var cache = cache(builder -> builder.staleWhileRevalidate(Duration.ofSeconds(5)));
    cache.get("a", counting(ORDER_1));
    cache.markStale(ORDER_1);
    cache.invalidateTags(ORDER_1);
    assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v2");
  }

  @Test
  void staleWhileRevalidate_afterExpiry_servesOnceMoreAndLoads() {
    var cache =
        cache(
            builder -> {
              builder.expireAfterWrite(Duration.ofSeconds(10));
              builder.staleWhileRevalidate(Duration.ofSeconds(5));
            });
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(14));
    assertThat(cache.get("a", counting())).isEqualTo("v1");
    await().atMost(PATIENCE).until(() -> "v2".equals(cache.getIfPresent("a")));
  }

  @Test
  void refreshAfterWrite_answersAtOnceAndLoadsInTheBackground() {
    var cache = cache(builder -> builder.refreshAfterWrite(Duration.ofSeconds(5)));
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(5));
    assertThat(cache.get("a", counting())).isEqualTo("v1");
    await().atMost(PATIENCE).until(() -> "v2".equals(cache.getIfPresent("a")));
  }

  /** A time is over when it has passed: not before, and at exactly that age. */
  @Test
  void times_areOverAtExactlyTheirEndAndNotBefore() {
    var asked = new ArrayDeque<Runnable>();
    var cache =
        cache(
            builder ->
                builder
                    .refreshAfterWrite(Duration.ofSeconds(5))
                    .expireAfterWrite(Duration.ofSeconds(10))
                    .staleWhileRevalidate(Duration.ofSeconds(5))
                    .executor(asked::add));
    cache.get("a", counting());
    asked.clear();
    ticker.advance(Duration.ofSeconds(5).minusNanos(1));
    cache.get("a", counting());
    assertThat(asked).as("not due yet").isEmpty();
    ticker.advance(Duration.ofNanos(1));
    assertThat(cache.get("a", counting())).isEqualTo("v1");
    assertThat(asked).as("due").hasSize(1);
    ticker.advance(Duration.ofSeconds(5).minusNanos(1));
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    ticker.advance(Duration.ofNanos(1));
    assertThat(cache.getIfPresent("a")).as("expired").isNull();
    ticker.advance(Duration.ofSeconds(5).minusNanos(1));
    assertThat(cache.read("a", ReadOptions.none(), counting()).stale()).isTrue();
    ticker.advance(Duration.ofNanos(1));
    assertThat(cache.get("a", counting())).as("the grace is over").isEqualTo("v2");
  }

  @Test
  void refreshAfterWrite_thatFails_keepsTheValueAndPausesBeforeTheNextAttempt() {
    var cache = cache(builder -> builder.refreshAfterWrite(Duration.ofSeconds(5)));
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(5));
    assertThat(cache.get("a", failing(new IOException("down")))).isEqualTo("v1");
    await().atMost(PATIENCE).until(() -> cache.stats().loadFailures() == 1);
    assertThat(cache.get("a", counting())).isEqualTo("v1");
    assertThat(calls).hasValue(2);
    ticker.advance(Duration.ofSeconds(2));
    cache.get("a", counting());
    await().atMost(PATIENCE).until(() -> "v3".equals(cache.getIfPresent("a")));
  }

  @Test
  void notModified_keepsTheOldValueUnderItsOldTagsAsIfLoadedNow() {
    var cache = cache(builder -> builder.expireAfterWrite(Duration.ofSeconds(10)));
    cache.get("a", counting(ORDER_1));
    ticker.advance(Duration.ofSeconds(10));
    assertThat(cache.get("a", notModified())).isEqualTo("v1");
    ticker.advance(Duration.ofSeconds(9));
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    cache.invalidateTags(ORDER_1);
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void notModified_afterAHardInvalidation_hasNothingToKeep() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.invalidateTags(ORDER_1);
    assertThatThrownBy(() -> cache.get("a", notModified()))
        .isInstanceOf(IllegalStateException.class);
  }

  static TaggedLoader<String, String> notModified() {
    return (key, context) -> context.notModified();
  }

  @Test
  void refreshAfterWrite_whoseTagIsInvalidatedMeanwhile_keepsNothing() {
    var cache = cache(builder -> builder.refreshAfterWrite(Duration.ofSeconds(5)));
    cache.get("a", counting(ORDER_1));
    ticker.advance(Duration.ofSeconds(5));
    assertThat(cache.get("a", invalidating(() -> cache.invalidateTags(ORDER_1)))).isEqualTo("v1");
    await().atMost(PATIENCE).until(() -> cache.stats().refusals() == 1);
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void refreshAfterWrite_slowerThanItsInterval_isOneLoadAndEnds() {
    var cache = cache(builder -> builder.refreshAfterWrite(Duration.ofSeconds(5)));
    var gate = new CountDownLatch(1);
    TaggedLoader<String, String> slow =
        (key, context) -> {
          String value = "v" + calls.incrementAndGet();
          gate.await();
          return value;
        };
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(5));
    for (int i = 0; i < 20; i++) {
      assertThat(cache.get("a", slow)).isEqualTo("v1");
      ticker.advance(Duration.ofSeconds(1));
    }
    gate.countDown();
    await().atMost(PATIENCE).until(() -> "v2".equals(cache.getIfPresent("a")));
    assertThat(calls).hasValue(2);
  }

  @Test
  void staleValue_isWhatIsReplacedUnlessItWasHardInvalidated() {
    var cache = cache();
    List<String> seen = new ArrayList<>();
    TaggedLoader<String, String> looking =
        (key, context) -> {
          seen.add(context.staleValue().orElse("none"));
          context.tag(ORDER_1);
          return "v" + calls.incrementAndGet();
        };
    cache.get("a", looking);
    cache.markStale(ORDER_1);
    cache.get("a", looking);
    cache.invalidateTags(ORDER_1);
    cache.get("a", looking);
    assertThat(seen).containsExactly("none", "v1", "none");
  }
}
