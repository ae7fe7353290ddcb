/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.occ4j.cache.TaggedLoader;

/** Many keys at once, and reads by futures, under the rules of single reads. */
abstract class CacheManyContract extends CacheFailureContract {
  // Many keys at once

  @Test
  void getAll_loadsWhatIsMissingInOneCall() {
    var cache = cache();
    cache.get("b", counting());
    List<Set<String>> asked = new ArrayList<>();
    Map<String, String> found =
        cache.getAll(
            List.of("c", "b", "a", "c", "none"),
            (keys, context) -> {
              asked.add(Set.copyOf(keys));
              context.tagAll(ORDERS).of("a").tag(ORDER_1);
              return Map.of("a", "A", "c", "C", "extra", "X");
            });
    assertThat(found)
        .containsExactly(Map.entry("c", "C"), Map.entry("b", "v1"), Map.entry("a", "A"));
    assertThat(asked).containsExactly(Set.of("c", "a", "none"));
    assertThat(cache.getIfPresent("extra")).isNull();
    cache.invalidateTags(ORDER_1);
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("c")).isEqualTo("C");
    cache.invalidateTags(ORDERS);
    assertThat(cache.getIfPresent("c")).isNull();
  }

  @Test
  void getAll_whoseTagIsInvalidatedMeanwhile_keepsWhatIsNotConcerned() {
    var cache = cache();
    cache.getAll(
        List.of("a", "b"),
        (keys, context) -> {
          cache.invalidateTags(ORDER_1);
          context.of("a").tag(ORDER_1);
          context.of("b").tag(ORDER_2);
          return Map.of("a", "A", "b", "B");
        });
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isEqualTo("B");
  }

  @Test
  void getAll_waitsForTheLoadOfAnother() throws Exception {
    var cache = cache();
    var reading = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Future<String> single =
        threads.submit(
            () ->
                cache.get(
                    "a",
                    (key, context) -> {
                      reading.countDown();
                      gate.await();
                      return "A";
                    }));
    reading.await();
    Future<Map<String, String>> all =
        threads.submit(
            () ->
                cache.getAll(
                    List.of("a", "b"),
                    (keys, context) -> {
                      assertThat(keys).containsExactly("b");
                      gate.countDown();
                      return Map.of("b", "B");
                    }));
    assertThat(all.get(30, TimeUnit.SECONDS)).isEqualTo(Map.of("a", "A", "b", "B"));
    assertThat(single.get(30, TimeUnit.SECONDS)).isEqualTo("A");
  }

  @Test
  void getAll_whoseLoaderThrows_throwsItAndLeavesNothingBehind() {
    var cache = cache();
    var failure = new IllegalArgumentException("bad");
    assertThatThrownBy(
            () ->
                cache.getAll(
                    List.of("a", "b"),
                    (keys, context) -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(cache.get("a", counting())).isEqualTo("v1");
  }

  @Test
  void getAll_ofNothing_isEmpty() {
    assertThat(cache().getAll(List.of(), (keys, context) -> Map.of())).isEmpty();
  }

  // Futures

  @Test
  void async_sharesEntriesAndLoads() throws Exception {
    var cache = cache();
    assertThat(cache.async().get("a", counting(ORDER_1)).get(30, TimeUnit.SECONDS)).isEqualTo("v1");
    assertThat(cache.get("a", counting())).isEqualTo("v1");
    assertThat(
            cache
                .async()
                .getAll(List.of("a", "b"), (keys, context) -> Map.of("b", "B"))
                .get(30, TimeUnit.SECONDS))
        .isEqualTo(Map.of("a", "v1", "b", "B"));
  }

  @Test
  void async_cancelled_harmsNobody() throws Exception {
    var cache = cache();
    var gate = new CountDownLatch(1);
    TaggedLoader<String, String> loader =
        (key, context) -> {
          gate.await();
          return "v1";
        };
    CompletableFuture<String> first = cache.async().get("a", loader);
    CompletableFuture<String> second = cache.async().get("a", loader);
    first.cancel(true);
    gate.countDown();
    assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo("v1");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  @Test
  void async_failure_isTheLoadersOwn() {
    var cache = cache();
    var failure = new IllegalArgumentException("bad");
    assertThatThrownBy(() -> cache.async().get("a", failing(failure)).join())
        .isInstanceOf(CompletionException.class)
        .hasCause(failure);
  }
}
