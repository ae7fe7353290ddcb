/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.occ4j.cache.CacheLoadException;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedLoader;

/** A load that fails, hangs, is interrupted or asks for itself harms nobody but its own readers. */
abstract class CacheFailureContract extends CacheTimeContract {
  // Failures

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

  /** Whose entries live for ten seconds, and bridge failures for sixty more. */
  private TaggedCache<String, String> bridging() {
    return cache(
        builder -> {
          builder.expireAfterWrite(Duration.ofSeconds(10));
          builder.staleIfError(Duration.ofSeconds(60));
        });
  }

  @Test
  void staleIfError_bridgesAFailureAndPausesBeforeTheNextAttempt() {
    var cache = bridging();
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
    var cache = bridging();
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

  /**
   * An invalidator of the key finds the newer entry only. Who joins later gets what this one gets.
   */
  @Test
  void staleIfError_ofAnEntryThatWasReplacedMeanwhile_doesNotBringBackWhatWasInvalidated() {
    var cache = bridging();
    cache.get("a", counting());
    ticker.advance(Duration.ofSeconds(10));
    assertThatThrownBy(
            () ->
                cache.get(
                    "a",
                    (key, context) -> {
                      cache.put("a", "newer", Set.of(), cache.readPoint());
                      cache.invalidate("a");
                      throw new IOException("down");
                    }))
        .isInstanceOf(CacheLoadException.class);
  }

  @Test
  void staleValue_ofAnEntryThatWasReplacedAndInvalidatedBeforeTheLoad_isNotOffered() {
    Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    var cache =
        cache(
            builder -> {
              builder.staleWhileRevalidate(Duration.ofSeconds(60));
              builder.executor(tasks::add);
            });
    cache.get("a", counting(ORDER_1));
    cache.markStale(ORDER_1);
    var offered = new AtomicReference<Optional<String>>();
    cache.get(
        "a",
        (key, context) -> {
          offered.set(context.staleValue());
          return "reloaded";
        });
    cache.put("a", "newer", Set.of(), cache.readPoint());
    cache.invalidate("a");
    tasks.forEach(Runnable::run);
    assertThat(offered.get()).isEmpty();
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

  static TaggedLoader<String, String> crossing(
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
}
