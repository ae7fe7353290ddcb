/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.occ4j.cache.TaggedLoader;

/**
 * After an invalidation nothing from before it is served, kept or joined, and nothing else is lost.
 */
abstract class CacheInvalidationContract extends CacheReadContract {
  // Hard invalidation

  @Test
  void invalidateTags_reachesEveryEntryUnderThemAndNoOther() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting(ORDER_1, ORDERS));
    cache.get("c", counting(ORDER_2));
    cache.invalidateTags(ORDER_1);
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isNull();
    assertThat(cache.getIfPresent("c")).isEqualTo("v3");
  }

  @Test
  void invalidateTags_ofAnAncestor_reachesWhatLiesUnderIt() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting(ORDER));
    cache.invalidateTags(ORDER);
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isNull();
  }

  @Test
  void invalidateTags_ofADescendant_leavesTheAncestorAlone() {
    var cache = cache();
    cache.get("b", counting(ORDER));
    cache.invalidateTags(ORDER_1);
    assertThat(cache.getIfPresent("b")).isEqualTo("v1");
  }

  @Test
  void invalidateTags_ofNothingOrTwice_isHarmless() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.invalidateTags();
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    cache.invalidateTags(ORDER_1, ORDER_1);
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_afterAnInvalidation_isKeptAndNotDiscardedByIt() {
    var cache = cache();
    for (int i = 1; i <= 100; i++) {
      assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v" + i);
      assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v" + i);
      cache.invalidateTags(ORDER_1);
    }
  }

  @Test
  void invalidate_reachesTheKeyOnly() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting(ORDER_1));
    cache.invalidate("a");
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isEqualTo("v2");
  }

  @Test
  void invalidate_ofAKeySpelledAsATag_leavesTheTagAlone() {
    var cache = cache();
    cache.get("order:1", counting(ORDER_2));
    cache.get("order:2", counting(ORDER_1));
    cache.invalidateTags(ORDER_1);
    assertThat(cache.getIfPresent("order:1")).isEqualTo("v1");
    assertThat(cache.getIfPresent("order:2")).isNull();
  }

  @Test
  void invalidateAll_reachesEverything() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting());
    cache.invalidateAll();
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isNull();
    assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v3");
    assertThat(cache.getIfPresent("a")).isEqualTo("v3");
  }

  @Test
  void get_whoseTagIsInvalidatedMeanwhile_returnsButKeepsNothing() {
    var cache = cache();
    assertThat(cache.get("a", invalidating(() -> cache.invalidateTags(ORDER_1)))).isEqualTo("v1");
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.stats().refusals()).isEqualTo(1);
  }

  @Test
  void get_whoseKeyIsInvalidatedMeanwhile_returnsButKeepsNothing() {
    var cache = cache();
    cache.get("a", invalidating(() -> cache.invalidate("a")));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_whenAllIsInvalidatedMeanwhile_returnsButKeepsNothing() {
    var cache = cache();
    cache.get("a", invalidating(cache::invalidateAll));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_whoseTagIsMarkedMeanwhile_keepsNothing() {
    var cache = cache();
    cache.get("a", invalidating(() -> cache.markStale(ORDER_1)));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_whenAnotherTagIsInvalidatedMeanwhile_keepsTheValue() {
    var cache = cache();
    cache.get("a", invalidating(() -> cache.invalidateTags(ORDER_2)));
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  TaggedLoader<String, String> invalidating(Runnable invalidation) {
    return (key, context) -> {
      String value = "v" + calls.incrementAndGet();
      invalidation.run();
      context.tag(ORDER_1);
      return value;
    };
  }

  @Test
  void get_afterAnInvalidation_doesNotJoinTheLoadThatBeganBeforeIt() throws Exception {
    var cache = cache();
    var reading = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Future<String> early =
        threads.submit(
            () ->
                cache.get(
                    "a",
                    (key, context) -> {
                      context.tag(ORDER_1);
                      reading.countDown();
                      gate.await();
                      return "old";
                    }));
    reading.await();
    cache.invalidateTags(ORDER_1);
    Future<String> late = threads.submit(() -> cache.get("a", (key, context) -> "new"));
    await().atMost(PATIENCE).until(() -> cache.stats().missesAbsent() == 2);
    gate.countDown();
    assertThat(early.get(30, TimeUnit.SECONDS)).isEqualTo("old");
    assertThat(late.get(30, TimeUnit.SECONDS)).isEqualTo("new");
    assertThat(cache.stats().rejoined()).isLessThanOrEqualTo(1);
  }
}
