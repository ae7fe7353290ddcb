/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;
import static org.occ4j.testkit.Patience.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Loads that read other keys, while what they need waits for a turn: they end, or fail at once with
 * the chain of keys (COHERENCE-7).
 */
class LoadsWithinLoadsTurnsTest extends LoadsWithinLoadsFixture {
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
}
