/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.mutex.Hold;

/** Keys that are held while a stage runs, and futures that are dropped. */
@ResourceLock(Resources.SYSTEM_ERR)
abstract class KeyedAsyncContract extends KeyedTermsContract {

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  /** Holds the key while the stage runs; the body has begun. */
  private CompletableFuture<String> begun(CompletionStage<String> stage)
      throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<String> result =
        mutex.withLockAsync(
            KEY,
            hold -> {
              begun.countDown();
              return stage;
            });
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    return result;
  }

  @Test
  void withLockAsync_stageUnderWay_holdsTheKeyUntilItCompletes() throws Exception {
    CompletableFuture<Integer> stage = new CompletableFuture<>();
    CompletableFuture<Integer> result = mutex.withLockAsync(KEY, hold -> stage);
    await().until(() -> mutex.holder(KEY).isPresent());
    assertThat(canTakeElsewhere(KEY)).isFalse();
    assertThat(result).isNotDone();
    stage.complete(7);
    assertThat(get(result)).isEqualTo(7);
    assertFree(KEY);
    CompletableFuture<Void> nothing =
        mutex.withLockAsync(KEY, LONG, hold -> CompletableFuture.completedFuture(null));
    assertThat(get(nothing)).isNull();
    assertFree(KEY);
  }

  @Test
  void withLockAsync_resultComplete_keyIsFreeAlready() throws Exception {
    CompletableFuture<Boolean> again =
        mutex
            .withLockAsync(KEY, hold -> CompletableFuture.completedFuture(hold.isValid()))
            .thenApply(
                valid -> {
                  try (Hold<String> next = mutex.tryAcquire(KEY)) {
                    return valid && next != null;
                  }
                });
    assertThat(get(again)).isTrue();
  }

  @Test
  void withLockAsync_heldKey_runsTheBodyAfterClose() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    AtomicBoolean ran = new AtomicBoolean();
    CompletableFuture<Boolean> result =
        mutex.withLockAsync(
            KEY,
            hold -> {
              ran.set(true);
              return CompletableFuture.completedFuture(hold.isValid());
            });
    await().until(() -> mutex.queueLength(KEY) == 1);
    assertThat(ran).isFalse();
    first.close();
    assertThat(get(result)).isTrue();
    assertFree(KEY);
  }

  @Test
  void withLockAsync_bodyFails_givesTheKeyBackAndSaysWhy() throws Exception {
    List<Function<Hold<String>, CompletionStage<String>>> bodies =
        List.of(
            hold -> {
              throw new IllegalStateException("thrown");
            },
            hold -> {
              throw new AssertionError("an error");
            },
            hold -> null,
            hold -> CompletableFuture.failedFuture(new IllegalStateException("failed")),
            hold -> CompletableFuture.supplyAsync(() -> "never", KeyedAsyncContract::refuse),
            hold -> cancelled(),
            hold -> {
              hold.close();
              throw new IllegalStateException("closed before");
            });
    List<Class<? extends Throwable>> causes =
        List.of(
            IllegalStateException.class,
            AssertionError.class,
            NullPointerException.class,
            IllegalStateException.class,
            RejectedExecutionException.class,
            CancellationException.class,
            IllegalStateException.class);
    for (int i = 0; i < bodies.size(); i++) {
      CompletableFuture<String> result = mutex.withLockAsync(KEY, bodies.get(i));
      Class<? extends Throwable> cause = causes.get(i);
      assertThatThrownBy(() -> get(result))
          .satisfies(
              thrown ->
                  assertThat(thrown instanceof ExecutionException ? thrown.getCause() : thrown)
                      .isInstanceOf(cause));
      assertFree(KEY);
    }
  }

  private static void refuse(Runnable task) {
    throw new RejectedExecutionException("shut down");
  }

  private static <T> CompletableFuture<T> cancelled() {
    CompletableFuture<T> stage = new CompletableFuture<>();
    stage.cancel(false);
    return stage;
  }

  @Test
  void withLockAsync_bodyClosesEarly_resultIsTheStages() throws Exception {
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> result =
        mutex.withLockAsync(
            KEY,
            hold -> {
              hold.close();
              return stage;
            });
    await().until(() -> mutex.holder(KEY).isEmpty());
    Hold<String> next = mutex.acquire(KEY, LONG);
    stage.complete("done");
    assertThat(get(result)).isEqualTo("done");
    assertThat(next.isValid()).as("not disturbed").isTrue();
    next.close();
  }

  @Test
  void withLockAsync_cancelledWhileItWaits_neverRunsTheBody() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    AtomicInteger runs = new AtomicInteger();
    CompletableFuture<String> result =
        mutex.withLockAsync(
            KEY,
            hold -> {
              runs.incrementAndGet();
              return CompletableFuture.completedFuture("never");
            });
    await().until(() -> mutex.queueLength(KEY) == 1);
    assertThat(result.cancel(true)).isTrue();
    await().until(() -> mutex.queueLength(KEY) == 0);
    first.close();
    assertFree(KEY);
    assertThat(runs).hasValue(0);
  }

  @Test
  void withLockAsync_cancelledWhileTheStageRuns_cancelsItAndGivesTheKeyBack() throws Exception {
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<String> result = begun(stage);
    result.cancel(true);
    await().until(stage::isCancelled);
    assertFree(KEY);

    CompletableFuture<String> another = new CompletableFuture<>();
    CompletableFuture<String> timed = begun(another).orTimeout(20, TimeUnit.MILLISECONDS);
    assertThatThrownBy(() -> get(timed)).hasCauseInstanceOf(TimeoutException.class);
    await().until(another::isCancelled);
    assertFree(KEY);
  }

  /** A stage that cannot be cancelled is waited for: whoever is next must not overtake it. */
  @Test
  void withLockAsync_cancelledAndTheStageGoesOn_keepsTheKeyUntilItEnds() throws Exception {
    CompletableFuture<String> work = new CompletableFuture<>();
    CompletableFuture<String> result = begun(work.minimalCompletionStage());
    result.cancel(true);
    assertThat(canTakeElsewhere(KEY)).isFalse();
    work.complete("ended");
    assertFree(KEY);
  }

  @Test
  void withLockAsync_resultDroppedAndDerivedStageCancelled_givesTheKeyBack() throws Exception {
    CompletableFuture<String> stage = new CompletableFuture<>();
    CompletableFuture<Integer> derived =
        mutex.withLockAsync(KEY, hold -> stage).thenApply(String::length);
    derived.cancel(true);
    stage.complete("done");
    assertFree(KEY);
  }

  @Test
  void withLockAsync_cancelRacingGrant_givesTheKeyBack() throws Exception {
    for (int round = 0; round < Math.max(10, rounds() / 100); round++) {
      Hold<String> first = mutex.acquire(KEY);
      CompletableFuture<String> result =
          mutex.withLockAsync(KEY, hold -> CompletableFuture.completedFuture("ran"));
      Running<Boolean> canceller = Running.start(() -> result.cancel(false));
      first.close();
      canceller.result();
      mutex.acquire(KEY, LONG).close();
    }
    assertFree(KEY);
  }

  @Test
  void withLockAsync_timeUp_failsAndNeverRunsTheBody() throws Exception {
    AtomicBoolean ran = new AtomicBoolean();
    try (Hold<String> hold = mutex.acquire(KEY)) {
      CompletableFuture<String> result =
          mutex.withLockAsync(
              KEY,
              SHORT,
              late -> {
                ran.set(true);
                return CompletableFuture.completedFuture("never");
              });
      assertThatThrownBy(() -> get(result)).hasCauseInstanceOf(TimeoutException.class);
      assertThat(hold.isValid()).isTrue();
    }
    assertFree(KEY);
    assertThat(ran).isFalse();
  }

  @Test
  void withLockAsync_manyAtOnce_excludeEachOther() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      results.add(
          mutex.withLockAsync(
              KEY,
              hold ->
                  CompletableFuture.supplyAsync(
                      () -> {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        Thread.onSpinWait();
                        return inside.decrementAndGet();
                      })));
    }
    for (CompletableFuture<Integer> result : results) {
      get(result);
    }
    assertThat(most).hasValue(1);
    assertFree(KEY);
  }

  @Test
  void withLockAsync_badArguments_areRefused() throws Exception {
    Function<Hold<String>, CompletionStage<String>> body =
        hold -> CompletableFuture.completedFuture("never");
    assertThatNullPointerException().isThrownBy(() -> mutex.withLockAsync(null, body));
    assertThatNullPointerException().isThrownBy(() -> mutex.withLockAsync(KEY, null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.withLockAsync(KEY, Duration.ofNanos(-1), body));
    assertFree(KEY);
  }

  /** A grant that nobody took stays, for its work may go on; but it is said. */
  @Test
  void acquireAsync_futureDropped_isWarnedOf() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      drop();
      await()
          .until(
              () -> {
                System.gc();
                return log.lines()
                    .anyMatch(line -> line.contains("dropped without") && line.contains(KEY));
              });
    }
    assertThat(mutex.holder(KEY)).isPresent();
  }

  /** In a method of its own, so that no local variable keeps the future or the hold. */
  private void drop() throws Exception {
    CompletableFuture<Hold<String>> future = mutex.acquireAsync(KEY, LONG);
    future.thenApply(Hold::fencingToken).cancel(true);
    await().until(future::isDone);
  }
}
