/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;
import org.occ4j.cache.ReadOptions;
import org.occ4j.cache.ReadPoint;
import org.occ4j.cache.TaggedLoader;
import org.occ4j.change.ChangeToken;

/** Reads load once and keep; what was read before an invalidation is never kept after it. */
abstract class CacheReadContract extends CacheFixture {
  // Reading and loading

  @Test
  void get_ofAnAbsentKey_loadsOnceAndKeeps() {
    var cache = cache();
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", counting())).isEqualTo("v1");
    assertThat(cache.get("a", counting())).isEqualTo("v1");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  @Test
  void get_byManyThreads_loadsOnce() throws Exception {
    var cache = cache();
    var gate = new CountDownLatch(1);
    List<Future<String>> readers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      readers.add(
          threads.submit(
              () ->
                  cache.get(
                      "a",
                      (key, context) -> {
                        gate.await();
                        return "v" + calls.incrementAndGet();
                      })));
    }
    gate.countDown();
    for (Future<String> reader : readers) {
      assertThat(reader.get(30, TimeUnit.SECONDS)).isEqualTo("v1");
    }
    assertThat(calls).hasValue(1);
  }

  @Test
  void get_ofNull_isAbsentAndLoadedAgain() {
    var cache = cache();
    assertThat(cache.get("a", nothing())).isNull();
    assertThat(cache.get("a", nothing())).isNull();
    assertThat(calls).hasValue(2);
    assertThat(cache.estimatedSize()).isZero();
  }

  @Test
  void get_ofNullWithNegativeTtl_isRememberedThatLong() {
    var cache = cache(builder -> builder.negativeTtl(Duration.ofSeconds(5)));
    assertThat(cache.get("a", nothing(ORDER_1))).isNull();
    ticker.advance(Duration.ofSeconds(4));
    assertThat(cache.get("a", nothing(ORDER_1))).isNull();
    assertThat(calls).hasValue(1);
    ticker.advance(Duration.ofSeconds(1));
    assertThat(cache.get("a", nothing(ORDER_1))).isNull();
    assertThat(calls).hasValue(2);
    cache.invalidateTags(ORDER_1);
    assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v3");
  }

  TaggedLoader<String, String> nothing(Tag... tags) {
    return (key, context) -> {
      context.tag(tags);
      calls.incrementAndGet();
      return null;
    };
  }

  @Test
  void nulls_areRefused() {
    var cache = cache();
    assertThatThrownBy(() -> cache.getIfPresent(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.get(null, counting())).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.get("a", null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.put("a", null, Set.of(), cache.readPoint()))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.invalidate(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.invalidateTags((Tag) null))
        .isInstanceOf(NullPointerException.class);
  }

  // Read points

  @Test
  void put_withAReadPointFromBefore_isKept() {
    var cache = cache();
    ReadPoint since = cache.readPoint();
    cache.put("a", "mine", Set.of(ORDER_1), since);
    assertThat(cache.getIfPresent("a")).isEqualTo("mine");
    cache.invalidateTags(ORDER);
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void put_ofWhatWasInvalidatedSince_isRefused() {
    var cache = cache();
    ReadPoint since = cache.readPoint();
    cache.invalidateTags(ORDER_1);
    cache.put("a", "old", Set.of(ORDER_1), since);
    cache.put("b", "other", Set.of(ORDER_2), since);
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isEqualTo("other");
  }

  @Test
  void put_ofAnOlderRead_doesNotReplaceANewerOne() {
    var cache = cache();
    ReadPoint since = cache.readPoint();
    cache.invalidateTags(ORDER_2);
    cache.get("a", counting(ORDER_1));
    cache.put("a", "older", Set.of(ORDER_1), since);
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  @Test
  void put_withAReadPointOfAnotherCache_isRefused() {
    var cache = cache();
    ReadPoint foreign = cache().readPoint();
    assertThatThrownBy(() -> cache.put("a", "x", Set.of(), foreign))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_fromASnapshotOlderThanAnInvalidation_isNotKept() {
    var cache = cache();
    ReadPoint transactionBegin = cache.readPoint();
    cache.invalidateTags(ORDER_1);
    TaggedLoader<String, String> inOldSnapshot =
        (key, context) -> {
          context.asOf(transactionBegin).tag(ORDER_1);
          return "old";
        };
    assertThat(cache.get("a", inOldSnapshot)).isEqualTo("old");
    assertThat(cache.getIfPresent("a")).isNull();
  }

  // Reads that ask for more

  @Test
  void get_atLeastATokenThatIsApplied_servesWhatIsInMemory() {
    var cache = cache();
    var token = cache.invalidateTags(ORDER_2);
    cache.get("a", counting(ORDER_1));
    assertThat(cache.get("a", ReadOptions.atLeast(token), counting())).isEqualTo("v1");
    assertThat(cache.stats().missesBypassed()).isZero();
  }

  @Test
  void get_atLeastATokenOfAnotherFeed_loadsAndKeeps() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    var foreign = new ChangeToken(UUID.randomUUID(), 1);
    assertThat(cache.get("a", ReadOptions.atLeast(foreign), counting(ORDER_1))).isEqualTo("v2");
    assertThat(cache.stats().missesBypassed()).isEqualTo(1);
    assertThat(cache.getIfPresent("a")).isEqualTo("v2");
  }

  @Test
  void get_withPendingTags_servesNothingUnderThem() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting(ORDER_2));
    var mine = ReadOptions.pending(Set.of(ORDER_1));
    assertThat(cache.get("a", mine, counting(ORDER_1))).isEqualTo("v3");
    assertThat(cache.get("b", mine, counting(ORDER_2))).isEqualTo("v2");
    assertThat(cache.get("b", ReadOptions.pending(Set.of(ORDER)), counting())).isEqualTo("v4");
    assertThat(cache.getIfPresent("a")).as("others still see the committed value").isEqualTo("v1");
    assertThat(cache.getIfPresent("b")).isEqualTo("v2");
  }

  @Test
  void get_withPendingTags_keepsNothingAndJoinsNobody() throws Exception {
    var cache = cache();
    var mine = ReadOptions.pending(Set.of(ORDER_1));
    var reading = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Future<String> uncommitted =
        threads.submit(
            () ->
                cache.get(
                    "a",
                    mine,
                    (key, context) -> {
                      reading.countDown();
                      gate.await();
                      return "uncommitted";
                    }));
    reading.await();
    assertThat(cache.get("a", counting(ORDER_2))).as("who is not in it").isEqualTo("v1");
    gate.countDown();
    assertThat(uncommitted.get(30, TimeUnit.SECONDS)).isEqualTo("uncommitted");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }
}
