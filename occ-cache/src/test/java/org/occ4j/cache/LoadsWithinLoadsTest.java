/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.testkit.FakeTicker;

/**
 * Loads that read other keys, while what they need waits for a thread, or for another load: they
 * end, or fail at once with the chain of keys (COHERENCE-7).
 */
class LoadsWithinLoadsTest extends LoadsWithinLoadsFixture {
  // Threads

  /** All threads are busy with loads that need what is queued behind them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16})
  void asyncLoads_thatEachReadAKeyBehindThemInTheQueue_end(int poolSize) throws Exception {
    var cache = open(builder().executor(pool(poolSize)).build());
    var begun = new CountDownLatch(1);
    List<Future<String>> all = new ArrayList<>();
    for (int i = 0; i < 3 * poolSize; i++) {
      String next = "k" + (i + poolSize);
      all.add(
          cache
              .async()
              .get(
                  "k" + i,
                  (key, context) -> {
                    begun.await();
                    return key + cache.get(next, LEAF).charAt(0);
                  }));
    }
    begun.countDown();

    for (int i = 0; i < all.size(); i++) {
      // A key whose place was taken was loaded by the loader of the load that needed it.
      assertThat(result(all.get(i))).isIn("<k" + i + ">", "k" + i + "<", "k" + i + "k");
    }
  }

  @Test
  void asyncLoads_thatEachWaitForAFutureOfAnotherKey_end() throws Exception {
    var cache = open(builder().build());
    var async = cache.async();
    var all = new ArrayList<Future<String>>();
    for (int i = 0; i < 16; i++) {
      String other = "other" + i;
      all.add(async.get("k" + i, (key, context) -> key + async.get(other, LEAF).join()));
    }

    for (int i = 0; i < all.size(); i++) {
      assertThat(result(all.get(i))).isEqualTo("k" + i + "<other" + i + ">");
    }
  }

  @Test
  void asyncLoads_thatEachWaitForFuturesOfManyKeys_end() throws Exception {
    var cache = open(builder().executor(pool(2)).maximumConcurrentLoads(2).build());
    var async = cache.async();
    var all = new ArrayList<Future<String>>();
    for (int i = 0; i < 8; i++) {
      List<String> others = List.of("o" + i, "p" + i);
      all.add(
          async.get(
              "k" + i,
              (key, context) ->
                  async.getAll(others, (keys, inner) -> Map.of(others.get(0), "!")).join().values()
                      + ""));
    }

    for (Future<String> one : all) {
      assertThat(result(one)).isEqualTo("[!]");
    }
  }

  /** Loads that are timed run on the executor; whoever asks for many there must not wait there. */
  @Test
  void asyncBulkReads_ofTimedLoads_doNotWaitForThreadsOfTheirOwn() throws Exception {
    var cache = open(builder().executor(pool(2)).loadTimeout(Duration.ofMinutes(5)).build());
    var all = new ArrayList<Future<Map<String, String>>>();
    for (int i = 0; i < 16; i++) {
      all.add(
          cache.async().getAll(List.of("k" + i, "k" + (i + 1)), (keys, context) -> named(keys)));
    }

    for (int i = 0; i < 16; i++) {
      assertThat(result(all.get(i))).containsOnlyKeys("k" + i, "k" + (i + 1));
    }
  }

  /** The user's own tasks fill the executor and read what waits for it. */
  @Test
  void read_onAThreadOfTheExecutor_doesNotWaitForThatThread() throws Exception {
    var pool = pool(1);
    var cache = open(builder().executor(pool).build());
    var asked = new AtomicReference<Future<String>>();
    Future<String> read =
        pool.submit(
            () -> {
              asked.set(cache.async().get("a", (key, context) -> "queued"));
              return cache.get("a", (key, context) -> "here");
            });

    assertThat(result(read)).isEqualTo("here");
    assertThat(result(asked.get())).isEqualTo("here");
  }

  @Test
  void refresh_byACallerWithinALoad_needsNoTurnOfItsOwn() {
    var ticker = new FakeTicker();
    TaggedCache<String, String> cache =
        open(
            builder()
                .ticker(ticker)
                .refreshAfterWrite(Duration.ofSeconds(1))
                .maximumConcurrentLoads(1)
                .executor(Runnable::run)
                .build());
    var calls = new AtomicInteger();
    TaggedLoader<String, String> counting = (key, context) -> "v" + calls.incrementAndGet();
    cache.get("b", counting);
    ticker.advance(Duration.ofSeconds(2));

    assertThat(cache.get("a", (key, context) -> key + cache.get("b", counting))).isEqualTo("av1");
    assertThat(cache.getIfPresent("b")).isEqualTo("v2");
  }

  @Test
  void bulkRefresh_byTheCaller_thatReadsWhatTheCallerIsGoingToLoad_ends() {
    var ticker = new FakeTicker();
    TaggedCache<String, String> cache =
        open(
            builder()
                .ticker(ticker)
                .refreshAfterWrite(Duration.ofSeconds(1))
                .executor(Runnable::run)
                .build());
    cache.get("b", LEAF);
    ticker.advance(Duration.ofSeconds(2));

    Map<String, String> found =
        cache.getAll(
            List.of("c", "b"),
            (keys, context) ->
                keys.contains("b")
                    ? Map.of("b", "b" + cache.get("c", LEAF))
                    : Map.of("c", "by the caller"));

    assertThat(found.get("b")).isEqualTo("<b>");
    assertThat(cache.getIfPresent("b")).isEqualTo("b<c>");
    assertThat(found.get("c")).isIn("<c>", "by the caller");
  }

  @Test
  void load_thatTheExecutorCannotStart_failsForAllAndLeavesNothingBehind() throws Exception {
    var broken = new AtomicReference<Error>(new OutOfMemoryError("unable to create native thread"));
    var cache =
        open(
            builder()
                .executor(
                    task -> {
                      Error error = broken.get();
                      if (error != null) {
                        throw error;
                      }
                      threads.execute(task);
                    })
                .build());
    var asked = cache.async().get("a", LEAF);
    assertThatThrownBy(() -> result(asked)).hasRootCauseInstanceOf(OutOfMemoryError.class);
    broken.set(null);
    assertThat(result(cache.async().get("a", LEAF))).isEqualTo("<a>");
  }

  /**
   * A ring of loads longer than the pool, so that it closes through flights that wait for threads.
   */
  @Test
  void asyncLoads_inARingLongerThanThePool_failAndNameTheChain() throws Exception {
    var cache = open(builder().executor(pool(4)).build());
    int ring = 40;
    var begun = new CountDownLatch(1);
    TaggedLoader<String, String> next =
        new TaggedLoader<>() {
          @Override
          public String load(String key, LoadContext<String> context) throws Exception {
            begun.await();
            return cache.get("k" + (Integer.parseInt(key.substring(1)) + 1) % ring, this);
          }
        };
    var all = new ArrayList<Future<String>>();
    for (int i = 0; i < ring; i++) {
      all.add(cache.async().get("k" + i, next));
    }
    begun.countDown();

    for (Future<String> one : all) {
      assertThat(fail(one)).contains("would wait for itself: k").contains(" -> k");
    }
  }

  // Everything together

  /**
   * Random loads over two caches with few turns and few threads; keys read greater keys only, so no
   * chain closes and every read must be answered; with some that read any key, it is answered or
   * refused.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void loads_ofAllKinds_endOrAreRefused(int backwardOfTen) throws Exception {
    var pool = pool(2);
    List<TaggedCache<String, String>> caches =
        List.of(
            open(builder().executor(pool).maximumConcurrentLoads(1).build()),
            open(builder().executor(pool).maximumConcurrentLoads(2).maximumSize(4).build()));
    var random = new SplittableRandom(42);
    var loader = new RandomLoader(caches, new AtomicLong(), backwardOfTen);
    List<Future<?>> all = new ArrayList<>();
    for (int reader = 0; reader < 400; reader++) {
      int key = random.nextInt(12);
      TaggedCache<String, String> cache = caches.get(random.nextInt(2));
      switch (random.nextInt(4)) {
        case 0 -> all.add(cache.async().get("" + key, loader));
        case 1 ->
            all.add(
                cache
                    .async()
                    .getAll(
                        List.of("" + key, "" + (key + 1)),
                        (keys, context) -> {
                          loader.load("" + (key + 1), context.of(keys.iterator().next()));
                          return named(keys);
                        }));
        default -> all.add(threads.submit(() -> cache.get("" + key, loader)));
      }
      if (reader % 50 == 49) {
        cache.invalidateAll();
      }
    }

    for (Future<?> one : all) {
      try {
        result(one);
      } catch (ExecutionException e) {
        assertThat(backwardOfTen).as("a load was refused: %s", e).isPositive();
        assertThat(e).hasStackTraceContaining("would wait for itself");
      }
    }
  }

  /** Reads up to two other keys, in whichever way. */
  private record RandomLoader(
      List<TaggedCache<String, String>> caches, AtomicLong seeds, int backwardOfTen)
      implements TaggedLoader<String, String> {
    @Override
    public String load(String text, LoadContext<String> context) {
      int key = Integer.parseInt(text);
      var mine = new SplittableRandom(seeds.incrementAndGet());
      for (int i = mine.nextInt(3); i > 0 && key < 16; i--) {
        boolean backward = mine.nextInt(10) < backwardOfTen;
        int other = backward ? mine.nextInt(17) : key + 1 + mine.nextInt(3);
        var cache = caches.get(mine.nextInt(2));
        switch (mine.nextInt(3)) {
          case 0 -> cache.get("" + other, this);
          case 1 -> cache.async().get("" + other, this).join();
          default ->
              cache.getAll(
                  List.of("" + other),
                  (keys, inner) -> Map.of("" + other, load("" + other, inner.of("" + other))));
        }
      }
      return text;
    }
  }
}
