/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.testkit.FakeTicker;

/**
 * Loads that read other keys, while what they need waits for a turn, for a thread, or for another
 * load: they end, or fail at once with the chain of keys (COHERENCE-7).
 */
class LoadsWithinLoadsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final TaggedLoader<String, String> LEAF = (key, context) -> "<" + key + ">";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    threads.shutdownNow();
    for (AutoCloseable one : opened) {
      one.close();
    }
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  private ThreadPoolExecutor pool(int size) {
    var pool = new ThreadPoolExecutor(size, size, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
    opened.add(pool::shutdownNow);
    return pool;
  }

  private static InMemoryCacheBuilder<String, String> builder() {
    return TaggedCache.builder("orders");
  }

  private TaggedCache<String, String> open(TaggedCache<String, String> cache) {
    opened.add(cache);
    return cache;
  }

  private static <T> T result(Future<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static String fail(Future<?> future) throws Exception {
    try {
      return "no failure but " + result(future);
    } catch (ExecutionException e) {
      assertThat(e).hasRootCauseInstanceOf(CacheLoadException.class);
      return String.valueOf(Throwables.getRootCause(e).getMessage());
    }
  }

  /** A load of "a" that reads "b" as soon as {@code before} has been done. */
  private static TaggedLoader<String, String> readingB(
      TaggedCache<String, String> cache, Runnable before) {
    return (key, context) -> {
      before.run();
      return key + cache.get("b", LEAF);
    };
  }

  private Thread start(String key, TaggedCache<String, String> cache, AtomicReference<String> got) {
    Thread thread = new Thread(() -> got.set(cache.get(key, LEAF)), "reader of " + key);
    thread.start();
    return thread;
  }

  private static void awaitWaiting(Thread thread) {
    await().atMost(PATIENCE).until(() -> thread.getState() == Thread.State.WAITING);
  }

  // Turns

  @Test
  void load_ofAKeyThatWaitsForTheTurnOfTheLoad_takesItsPlace() throws Exception {
    var cache = open(builder().maximumConcurrentLoads(1).build());
    var other = new AtomicReference<String>();
    var readers = new ArrayList<Thread>();

    String found =
        cache.get(
            "a",
            readingB(
                cache,
                () -> {
                  readers.add(start("b", cache, other));
                  awaitWaiting(readers.get(0));
                }));

    assertThat(found).isEqualTo("a<b>");
    await().atMost(PATIENCE).untilAtomic(other, equalTo("<b>"));
    assertThat(cache.stats().loads()).as("b was loaded once").isEqualTo(2);
  }

  @Test
  void load_whosePlaceWasTaken_isAnsweredWithoutWaitingForItsTurn() throws Exception {
    var cache = open(builder().maximumConcurrentLoads(1).build());
    var other = new AtomicReference<String>();

    String found =
        cache.get(
            "a",
            (key, context) -> {
              awaitWaiting(start("b", cache, other));
              String b = cache.get("b", LEAF);
              await().atMost(PATIENCE).until(() -> other.get() != null);
              return key + b;
            });

    assertThat(found).isEqualTo("a<b>");
  }

  /** The broken twin: with a flight that does not give way both wait for ever. */
  @Test
  void load_ofAKeyThatWaitsForItsTurn_withoutI7_hangs() throws Exception {
    class NeverGivesWay extends Coherence {
      @Override
      boolean givesWay(InFlightLoad<?, ?> flight) {
        return false;
      }
    }
    var cache = open(builder().maximumConcurrentLoads(1).buildOver(new NeverGivesWay()));
    var waiting = new AtomicReference<Thread>();
    Thread loading =
        new Thread(
            () ->
                assertThatThrownBy(
                        () ->
                            cache.get(
                                "a",
                                readingB(
                                    cache,
                                    () -> {
                                      waiting.set(start("b", cache, new AtomicReference<>()));
                                      awaitWaiting(waiting.get());
                                    })))
                    .hasRootCauseInstanceOf(InterruptedException.class));
    loading.start();
    // Both are waiting, and nobody else is there to wake them.
    await().atMost(PATIENCE).until(() -> isWaitingForAFlight(loading));
    assertThat(waiting.get().getState()).isEqualTo(Thread.State.WAITING);
    loading.interrupt();
    loading.join();
    waiting.get().join();
  }

  private static boolean isWaitingForAFlight(Thread thread) {
    return thread.getState() == Thread.State.WAITING
        && Stream.of(thread.getStackTrace())
            .anyMatch(
                frame ->
                    frame.getClassName().equals(LoadCoordinator.class.getName())
                        && frame.getMethodName().equals("await"));
  }

  @Test
  void bulkLoad_thatWaitsForATurn_givesUpOnlyWhatIsNeeded() throws Exception {
    var cache = open(builder().maximumConcurrentLoads(1).build());
    var asked = new ArrayList<String>();
    var all = new CompletableFuture<Map<String, String>>();

    String found =
        cache.get(
            "a",
            readingB(
                cache,
                () -> {
                  Thread bulk =
                      new Thread(
                          () ->
                              all.complete(
                                  cache.getAll(
                                      List.of("b", "c"),
                                      (keys, context) -> {
                                        asked.addAll(keys);
                                        return Map.of("c", "C");
                                      })));
                  bulk.start();
                  awaitWaiting(bulk);
                }));

    assertThat(found).isEqualTo("a<b>");
    assertThat(result(all)).containsExactly(Map.entry("b", "<b>"), Map.entry("c", "C"));
    assertThat(asked).containsExactly("c");
  }

  @Test
  void bulkLoad_withinALoad_takesThePlaceOfWhatWaits() throws Exception {
    var cache = open(builder().maximumConcurrentLoads(1).build());
    var other = new AtomicReference<String>();

    String found =
        cache.get(
            "a",
            (key, context) -> {
              awaitWaiting(start("b", cache, other));
              return String.valueOf(
                  cache.getAll(List.of("b", "c"), (keys, inner) -> Map.of("b", "B", "c", "C")));
            });

    assertThat(found).isEqualTo("{b=B, c=C}");
    await().atMost(PATIENCE).untilAtomic(other, equalTo("B"));
  }

  @Test
  void loads_throughTwoCachesWithOneTurnEach_end() throws Exception {
    var one = open(builder().maximumConcurrentLoads(1).build());
    var two = open(builder().maximumConcurrentLoads(1).build());
    var both = new CountDownLatch(2);
    Future<String> first = threads.submit(() -> one.get("a", through(two, "b", both)));
    Future<String> second = threads.submit(() -> two.get("c", through(one, "d", both)));

    assertThat(result(first)).isEqualTo("a<b>");
    assertThat(result(second)).isEqualTo("c<d>");
  }

  @Test
  void loads_ofTwoCachesThatNeedEachOther_failAndNameTheChain() throws Exception {
    var one = open(builder().maximumConcurrentLoads(1).build());
    var two = open(builder().maximumConcurrentLoads(1).build());
    var both = new CountDownLatch(2);
    Future<String> first = threads.submit(() -> one.get("a", through(two, "b", both)));
    Future<String> second = threads.submit(() -> two.get("b", through(one, "a", both)));

    assertThat(fail(first) + fail(second)).containsAnyOf("a -> b -> a", "b -> a -> b");
  }

  private static TaggedLoader<String, String> through(
      TaggedCache<String, String> other, String otherKey, CountDownLatch both) {
    return (key, context) -> {
      both.countDown();
      both.await();
      return key + other.get(otherKey, LEAF);
    };
  }

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

  private static Map<String, String> named(Iterable<String> keys) {
    Map<String, String> named = new HashMap<>();
    keys.forEach(key -> named.put(key, "<" + key + ">"));
    return named;
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
