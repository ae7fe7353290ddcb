/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;

/**
 * A wait that ends without a turn (by time-out, interrupt or cancellation) leaves the queue and
 * loses nobody the key.
 */
public abstract class MutexWaitContract extends MutexHoldContract {
  // Time-outs

  @Test
  void tryAcquire_heldKey_answersNullAtOnce() throws Exception {
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(Running.start(() -> mutex.tryAcquire(KEY)).result()).isNull();
      assertThat(mutex.tryAcquire(KEY, Duration.ZERO)).isNull();
      assertThatThrownBy(() -> mutex.acquire(KEY, Duration.ZERO))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining(KEY);
      assertThat(mutex.queueLength(KEY)).isZero();
    }
  }

  @Test
  void tryAcquire_timeUp_leavesTheQueue() throws Exception {
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(mutex.tryAcquire(KEY, SHORT)).isNull();
      assertThat(mutex.queueLength(KEY)).isZero();
      assertThat(mutex.stats().timedOut()).isPositive();
    }
    assertFree(KEY);
  }

  @Test
  void tryAcquire_manyTimeOutsAgainstReleases_loseNoTurn() throws Exception {
    AtomicInteger granted = new AtomicInteger();
    List<Running<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Running.start(
              () -> {
                for (int round = 0; round < rounds() / 20; round++) {
                  Duration wait = Duration.ofNanos(ThreadLocalRandom.current().nextInt(100_000));
                  try (Hold<String> hold = mutex.tryAcquire(KEY, wait)) {
                    if (hold != null) {
                      granted.incrementAndGet();
                      pause();
                    }
                  }
                }
                return true;
              }));
    }
    for (Running<Boolean> thread : threads) {
      thread.result();
    }
    assertThat(granted).hasPositiveValue();
    assertFree(KEY);
  }

  @SuppressWarnings("ThreadPriorityCheck") // only makes collisions likelier
  private static void pause() {
    Thread.yield();
  }

  @Test
  void timeouts_negative_areRefused() {
    Duration negative = Duration.ofNanos(-1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.acquire(KEY, negative))
        .withMessageContaining("timeout");
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.tryAcquire(KEY, negative));
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.acquireAsync(KEY, negative));
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.acquireAll(List.of(KEY), negative));
    assertThat(mutex.holder(KEY)).isEmpty();
  }

  @Test
  void timeouts_tooLongToCount_waitAsGoodAsForEver() throws Exception {
    Duration eternity = Duration.ofSeconds(Long.MAX_VALUE);
    Hold<String> first = mutex.acquire(KEY, eternity);
    Running<Hold<String>> second = startQueued(KEY, () -> mutex.acquire(KEY, eternity));
    CompletableFuture<Hold<String>> third = mutex.acquireAsync(KEY, eternity);

    first.close();
    second.result().close();
    third.get(60, TimeUnit.SECONDS).close();
    mutex.acquireAll(List.of(KEY, OTHER), eternity).close();
    assertFree(KEY);
  }

  // Interrupts

  @Test
  void acquire_interruptedOnEntry_throwsAndHoldsNothing() throws Exception {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> mutex.acquire(KEY)).isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> mutex.acquire(KEY, LONG)).isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> mutex.tryAcquire(KEY, LONG)).isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> mutex.acquireAll(List.of(KEY, OTHER), LONG))
        .isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> mutex.withLock(KEY, () -> 1)).isInstanceOf(InterruptedException.class);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertFree(KEY);
    assertFree(OTHER);
  }

  @Test
  void tryAcquire_interruptedOnEntry_doesNotLookAtTheFlag() throws Exception {
    Thread.currentThread().interrupt();
    try (Hold<String> hold = mutex.tryAcquire(KEY)) {
      assertThat(hold).isNotNull();
    }
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void acquire_interruptedWhileWaiting_leavesTheQueue() throws Exception {
    try (Hold<String> hold = mutex.acquire(KEY)) {
      Running<Hold<String>> waiter = startQueued(KEY, () -> mutex.acquire(KEY));
      waiter.interrupt();
      assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
      assertThat(mutex.queueLength(KEY)).isZero();
    }
    assertFree(KEY);
  }

  @Test
  void acquire_interruptRacingRelease_eitherHoldsOrThrows() throws Exception {
    for (int round = 0; round < Math.max(10, rounds() / 200); round++) {
      Hold<String> first = mutex.acquire(KEY);
      Running<Boolean> waiter =
          Running.start(
              () -> {
                try (Hold<String> hold = mutex.acquire(KEY)) {
                  return hold.isValid();
                } catch (InterruptedException gone) {
                  return true;
                }
              });
      Running<Boolean> interrupter =
          Running.start(
              () -> {
                waiter.interrupt();
                return true;
              });
      first.close();
      interrupter.result();
      assertThat(waiter.result()).isTrue();
    }
    assertFree(KEY);
  }

  // Futures

  @Test
  void acquireAsync_freeKey_isCompleteAtOnce() throws Exception {
    CompletableFuture<Hold<String>> future = mutex.acquireAsync(KEY, LONG);
    try (Hold<String> hold = future.get(60, TimeUnit.SECONDS)) {
      assertThat(hold.key()).isEqualTo(KEY);
      assertThat(canTakeElsewhere(KEY)).isFalse();
    }
    assertFree(KEY);
  }

  @Test
  void acquireAsync_heldKey_completesAfterClose() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    CompletableFuture<Hold<String>> future = mutex.acquireAsync(KEY, LONG);
    await().until(() -> mutex.queueLength(KEY) == 1);
    assertThat(future).isNotDone();

    first.close();
    future.get(60, TimeUnit.SECONDS).close();
    assertFree(KEY);
  }

  @Test
  void acquireAsync_timeUp_failsAndLeavesTheQueue() throws Exception {
    try (Hold<String> hold = mutex.acquire(KEY)) {
      CompletableFuture<Hold<String>> future = mutex.acquireAsync(KEY, SHORT);
      assertThatThrownBy(() -> future.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(TimeoutException.class);
      assertThat(mutex.queueLength(KEY)).isZero();
      assertThatThrownBy(() -> mutex.acquireAsync(KEY, Duration.ZERO).get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(TimeoutException.class);
    }
    assertFree(KEY);
  }

  @Test
  void acquireAsync_cancelled_leavesTheQueue() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    CompletableFuture<Hold<String>> cancelled = mutex.acquireAsync(KEY, LONG);
    CompletableFuture<Hold<String>> next = mutex.acquireAsync(KEY, LONG);
    assertThat(cancelled.cancel(true)).isTrue();
    await().until(() -> mutex.queueLength(KEY) == 1);

    first.close();
    next.get(60, TimeUnit.SECONDS).close();
    assertFree(KEY);
  }

  @Test
  void acquireAsync_cancelRacingGrant_givesTheKeyBack() throws Exception {
    for (int round = 0; round < Math.max(10, rounds() / 100); round++) {
      Hold<String> first = mutex.acquire(KEY);
      CompletableFuture<Hold<String>> future = mutex.acquireAsync(KEY, LONG);
      Running<Boolean> canceller = Running.start(() -> future.cancel(false));
      first.close();
      if (!canceller.result()) {
        future.get(60, TimeUnit.SECONDS).close();
      }
      mutex.acquire(KEY, LONG).close();
    }
    assertFree(KEY);
  }

  @Test
  void acquireAsync_dependentStage_mayUseTheMutex() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    CompletableFuture<Boolean> nested =
        mutex
            .acquireAsync(KEY, LONG)
            .thenApply(
                hold -> {
                  hold.close();
                  try (Hold<String> again = mutex.tryAcquire(KEY)) {
                    return again != null;
                  }
                });
    first.close();
    assertThat(nested.get(60, TimeUnit.SECONDS)).isTrue();
  }
}
