/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.CacheLoadException;
import org.occ4j.cache.ReadOptions;
import org.occ4j.cache.ReadPoint;
import org.occ4j.cache.RemovalCause;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedCacheBuilder;
import org.occ4j.cache.TaggedLoader;
import org.occ4j.change.ChangeToken;
import org.occ4j.testkit.FakeTicker;

/**
 * What every tagged cache promises, whatever it follows. A subclass says how to build one; the
 * ticker stands still unless a test moves it.
 */
public abstract class TaggedCacheContract {
  protected static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Tag ORDERS = Tag.of("orders");
  private static final Tag ORDER_1 = Tag.of("order", 1);
  private static final Tag ORDER_2 = Tag.of("order", 2);
  private static final Tag ORDER = Tag.of("order");

  protected final FakeTicker ticker = new FakeTicker();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<TaggedCache<?, ?>> opened = new ArrayList<>();
  private final AtomicInteger calls = new AtomicInteger();

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

  @AfterEach
  void closeAll() throws Exception {
    opened.forEach(TaggedCache::close);
    threads.shutdownNow();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

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

  private TaggedLoader<String, String> nothing(Tag... tags) {
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

  private TaggedLoader<String, String> invalidating(Runnable invalidation) {
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

  private static int present(TaggedCache<String, String> cache, int keys) {
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

  private static TaggedLoader<String, String> notModified() {
    return (key, context) -> context.notModified();
  }

  // Failures

  private TaggedLoader<String, String> failing(Exception failure) {
    return (key, context) -> {
      calls.incrementAndGet();
      throw failure;
    };
  }

  @Test
  void get_whoseLoaderThrowsUnchecked_throwsItAsItIsAndCachesNothing() {
    var cache = cache();
    var failure = new IllegalArgumentException("no such order");
    assertThatThrownBy(() -> cache.get("a", failing(failure))).isSameAs(failure);
    assertThat(cache.get("a", counting())).isEqualTo("v2");
  }

  @Test
  void get_whoseLoaderThrowsChecked_wrapsIt() {
    var cache = cache();
    var failure = new IOException("down");
    assertThatThrownBy(() -> cache.get("a", failing(failure)))
        .isInstanceOf(CacheLoadException.class)
        .hasCause(failure);
  }

  @Test
  void get_whoseLoaderThrows_tellsAllWhoWait() throws Exception {
    var cache = cache();
    var failure = new IllegalArgumentException("no such order");
    var reading = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    TaggedLoader<String, String> loader =
        (key, context) -> {
          reading.countDown();
          gate.await();
          throw failure;
        };
    Future<String> first = threads.submit(() -> cache.get("a", loader));
    reading.await();
    Future<String> second = threads.submit(() -> cache.get("a", loader));
    await().atMost(PATIENCE).until(() -> cache.stats().missesAbsent() == 2);
    gate.countDown();
    assertThatThrownBy(() -> first.get(30, TimeUnit.SECONDS)).hasCause(failure);
    assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS)).hasCause(failure);
  }

  @Test
  void staleIfError_bridgesAFailureAndPausesBeforeTheNextAttempt() {
    var cache =
        cache(
            builder -> {
              builder.expireAfterWrite(Duration.ofSeconds(10));
              builder.staleIfError(Duration.ofSeconds(60));
            });
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(10));
    assertThat(cache.get("a", failing(new IOException("down")))).isEqualTo("v1");
    assertThat(cache.get("a", failing(new IOException("down")))).isEqualTo("v1");
    assertThat(calls).hasValue(2);
    ticker.advance(Duration.ofSeconds(2));
    assertThat(cache.get("a", counting())).isEqualTo("v3");
  }

  @Test
  void staleIfError_pastItsGrace_throws() {
    var cache =
        cache(
            builder -> {
              builder.expireAfterWrite(Duration.ofSeconds(10));
              builder.staleIfError(Duration.ofSeconds(60));
            });
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(70));
    assertThatThrownBy(() -> cache.get("a", failing(new IOException("down"))))
        .isInstanceOf(CacheLoadException.class);
  }

  @Test
  void staleIfError_neverBringsBackWhatWasInvalidated() {
    var cache = cache(builder -> builder.staleIfError(Duration.ofSeconds(60)));
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting());
    cache.invalidateTags(ORDER_1);
    cache.invalidate("b");
    assertThatThrownBy(() -> cache.get("a", failing(new IOException("down"))))
        .isInstanceOf(CacheLoadException.class);
    assertThatThrownBy(() -> cache.get("b", failing(new IOException("down"))))
        .isInstanceOf(CacheLoadException.class);
  }

  @Test
  void staleIfErrorEvenInvalidated_bringsItBack() {
    var cache = cache(builder -> builder.staleIfErrorEvenInvalidated(Duration.ofSeconds(60)));
    cache.get("a", counting(ORDER_1));
    cache.get("b", counting());
    cache.invalidateTags(ORDER_1);
    cache.invalidate("b");
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", failing(new IOException("down")))).isEqualTo("v1");
    assertThat(cache.get("b", failing(new IOException("down")))).isEqualTo("v2");
  }

  @Test
  void loadTimeout_failsAllWhoWaitAndKeepsNothing() throws Exception {
    var cache = cache(builder -> builder.loadTimeout(Duration.ofMillis(50)));
    var interrupted = new CountDownLatch(1);
    TaggedLoader<String, String> hanging =
        (key, context) -> {
          try {
            new CountDownLatch(1).await();
            return "never";
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        };
    // On a busy machine a load may be given up before a thread began it; then there is none to
    // stop.
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThatThrownBy(() -> cache.get("a", hanging))
                  .isInstanceOf(CacheLoadException.class)
                  .hasCauseInstanceOf(TimeoutException.class);
              return interrupted.getCount() == 0;
            });
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void interrupt_ofOneWhoWaits_harmsNobodyElse() throws Exception {
    var cache = cache();
    var reading = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Future<String> leader =
        threads.submit(
            () ->
                cache.get(
                    "a",
                    (key, context) -> {
                      reading.countDown();
                      gate.await();
                      return "v1";
                    }));
    reading.await();
    var seen = new AtomicReference<Throwable>();
    var flag = new CompletableFuture<Boolean>();
    Thread waiter =
        new Thread(
            () -> {
              try {
                cache.get("a", counting());
              } catch (CacheLoadException e) {
                seen.set(e);
              }
              flag.complete(Thread.currentThread().isInterrupted());
            });
    waiter.start();
    await().atMost(PATIENCE).until(() -> cache.stats().missesAbsent() == 2);
    waiter.interrupt();
    assertThat(flag.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(seen.get()).hasCauseInstanceOf(InterruptedException.class);
    gate.countDown();
    assertThat(leader.get(30, TimeUnit.SECONDS)).isEqualTo("v1");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  @Test
  void interrupt_ofTheOneWhoLoads_letsAnotherLoad() throws Exception {
    var cache = cache();
    var reading = new CountDownLatch(1);
    Future<String> leader =
        threads.submit(
            () ->
                cache.get(
                    "a",
                    (key, context) -> {
                      reading.countDown();
                      new CountDownLatch(1).await();
                      return "never";
                    }));
    reading.await();
    Future<String> waiter = threads.submit(() -> cache.get("a", counting()));
    await().atMost(PATIENCE).until(() -> cache.stats().missesAbsent() == 2);
    leader.cancel(true);
    assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo("v1");
  }

  @Test
  void get_ofItsOwnKeyWithinItsLoad_failsFastAndNamesTheChain() {
    var cache = cache();
    TaggedLoader<String, String> inner = (key, context) -> cache.get("a", counting());
    assertThatThrownBy(() -> cache.get("a", (key, context) -> cache.get("b", inner)))
        .isInstanceOf(CacheLoadException.class)
        .hasMessageContaining("a -> b -> a");
    assertThat(cache.get("a", counting())).isEqualTo("v1");
  }

  @Test
  void get_ofAnotherKeyWithinALoad_works() {
    var cache = cache(builder -> builder.maximumConcurrentLoads(1));
    assertThat(cache.get("a", (key, context) -> "a" + cache.get("b", (other, inner) -> "b")))
        .isEqualTo("ab");
    assertThat(cache.getIfPresent("b")).isEqualTo("b");
  }

  @Test
  void get_ofTwoKeysThatNeedEachOther_failsInsteadOfHanging() throws Exception {
    var cache = cache();
    var both = new CountDownLatch(2);
    Future<String> first = threads.submit(() -> cache.get("a", crossing(cache, "b", both)));
    Future<String> second = threads.submit(() -> cache.get("b", crossing(cache, "a", both)));
    List<Throwable> failures = new ArrayList<>();
    for (Future<String> reader : List.of(first, second)) {
      try {
        reader.get(30, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        failures.add(e.getCause());
      }
    }
    assertThat(failures).isNotEmpty().allMatch(CacheLoadException.class::isInstance);
    assertThat(failures.get(0)).hasMessageContaining("would wait for itself");
  }

  private static TaggedLoader<String, String> crossing(
      TaggedCache<String, String> cache, String other, CountDownLatch both) {
    return (key, context) -> {
      both.countDown();
      both.await();
      return cache.get(other, (inner, ignored) -> "alone");
    };
  }

  @Test
  void maximumConcurrentLoads_isNotExceeded() throws Exception {
    var cache = cache(builder -> builder.maximumConcurrentLoads(2));
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    List<Future<String>> readers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String key = "k" + i;
      readers.add(
          threads.submit(
              () ->
                  cache.get(
                      key,
                      (same, context) -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        LockSupport.parkNanos(1);
                        now.decrementAndGet();
                        return same;
                      })));
    }
    for (Future<String> reader : readers) {
      reader.get(30, TimeUnit.SECONDS);
    }
    assertThat(most.get()).isBetween(1, 2);
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
    await().atMost(PATIENCE).until(() -> cache.estimatedSize() == 1);
    assertThat(cache.stats().removals()).containsEntry(RemovalCause.INVALIDATED, 2L);
  }

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
}
