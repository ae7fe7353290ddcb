/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.HoldInfo;
import org.occ4j.mutex.KeyedMutex;

/**
 * What every {@link KeyedMutex} promises, whatever it is made of. A subclass says how to make one.
 * The thread-bound half is in {@link KeyedLockContract}, which this one includes.
 */
public abstract class KeyedMutexContract extends KeyedLockContract {

  // Turns

  @Test
  void acquire_freeKey_isHeldUntilClosed() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);

    assertThat(hold.key()).isEqualTo(KEY);
    assertThat(hold.isValid()).isTrue();
    assertThat(hold.remaining()).isPositive();
    assertThat(canTakeElsewhere(KEY)).isFalse();

    hold.close();
    assertThat(hold.isValid()).isFalse();
    assertThat(hold.remaining()).isZero();
    assertFree(KEY);
  }

  @Test
  void acquire_equalKeyOfAnotherInstance_isTheSameKey() throws Exception {
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(mutex.tryAcquire(new String(KEY.toCharArray()))).isNull();
    }
  }

  @Test
  void acquire_otherKey_neverWaits() throws Exception {
    List<Hold<String>> holds = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      holds.add(mutex.acquire("key:" + i));
    }
    assertThat(mutex.stats().heldKeys()).isEqualTo(100);
    holds.forEach(Hold::close);
    assertThat(mutex.stats().heldKeys()).isZero();
  }

  @Test
  void acquire_keysWithEqualHashCodes_areDistinct() throws Exception {
    try (Hold<String> one = mutex.acquire("AaAa");
        Hold<String> two = mutex.acquire("BBBB");
        Hold<String> three = mutex.acquire("AaBB")) {
      assertThat(mutex.tryAcquire("BBBB")).isNull();
      two.close();
      assertThat(canTakeElsewhere("BBBB")).isTrue();
      assertThat(canTakeElsewhere("AaAa")).isFalse();
      assertThat(canTakeElsewhere("AaBB")).isFalse();
    }
    assertThat(mutex.stats().heldKeys()).isZero();
  }

  @Test
  void acquire_heldKey_waitsForClose() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    Running<Hold<String>> second = startQueued(KEY, () -> mutex.acquire(KEY));

    first.close();
    Hold<String> hold = second.result();
    assertThat(hold.isValid()).isTrue();
    hold.close(); // by another thread than the one that acquired
    assertFree(KEY);
  }

  @Test
  void acquire_sameThreadAgain_isNotReentrant() throws Exception {
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(mutex.tryAcquire(KEY)).isNull();
      assertThat(mutex.tryAcquire(KEY, SHORT)).isNull();
      assertThatThrownBy(() -> mutex.acquire(KEY, SHORT)).isInstanceOf(TimeoutException.class);
    }
  }

  @Test
  void exclusion_manyThreadsOneKey_neverTwoInside() throws Exception {
    List<ExclusionProbe.Turn> turns =
        List.of(
            () -> mutex.acquire(KEY),
            () -> mutex.acquire(KEY, LONG),
            () -> mutex.acquireAsync(KEY, LONG).get(),
            () -> mutex.acquireAll(List.of(OTHER, KEY), LONG),
            () -> mutex.acquireAll(List.of(KEY, OTHER), LONG),
            this::impatiently,
            this::lockInsteadOfHold,
            this::lockInsteadOfHold);
    assertThat(ExclusionProbe.violations(turns, rounds() / turns.size())).isZero();
    assertFree(KEY);
    assertFree(OTHER);
    assertThat(mutex.stats().waiting()).isZero();
  }

  private Hold<String> impatiently() throws InterruptedException {
    while (true) {
      Duration wait = Duration.ofNanos(ThreadLocalRandom.current().nextInt(2_000_000));
      Hold<String> hold = mutex.tryAcquire(KEY, wait);
      if (hold != null) {
        return hold;
      }
    }
  }

  @SuppressWarnings("LockNotBeforeTry") // whoever closes unlocks
  private AutoCloseable lockInsteadOfHold() {
    mutex.asLock(KEY).lock();
    return () -> mutex.asLock(KEY).unlock();
  }

  @Test
  void exclusion_collidingKeys_keepTheirOwnTurns() throws Exception {
    List<String> keys = List.of("AaAa", "BBBB", "AaBB");
    List<Running<Long>> probes = new ArrayList<>();
    for (String key : keys) {
      ExclusionProbe.Turn turn = () -> mutex.acquire(key);
      probes.add(
          Running.start(() -> ExclusionProbe.violations(List.of(turn, turn, turn), rounds() / 10)));
    }
    for (Running<Long> probe : probes) {
      assertThat(probe.result()).isZero();
    }
    assertThat(mutex.stats().heldKeys()).isZero();
  }

  // Closing

  @Test
  void close_twice_doesNotDisturbTheNextHolder() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    first.close();
    try (Hold<String> second = mutex.acquire(KEY)) {
      first.close();
      assertThat(second.isValid()).isTrue();
      assertThat(canTakeElsewhere(KEY)).isFalse();
    }
    assertFree(KEY);
  }

  @Test
  void close_staleWhileOthersQueue_grantsNobody() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    first.close();
    Hold<String> second = mutex.acquire(KEY);
    Running<Hold<String>> third = startQueued(KEY, () -> mutex.acquire(KEY));

    first.close();
    assertThat(second.isValid()).isTrue();
    assertThat(mutex.queueLength(KEY)).isEqualTo(1);

    second.close();
    third.result().close();
    assertFree(KEY);
  }

  @Test
  void close_byManyThreadsAtOnce_releasesOnce() throws Exception {
    for (int round = 0; round < Math.max(10, rounds() / 200); round++) {
      Hold<String> first = mutex.acquire(KEY);
      Running<Hold<String>> second = Running.start(() -> mutex.acquire(KEY, LONG));
      List<Running<Boolean>> closers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        closers.add(
            Running.start(
                () -> {
                  first.close();
                  return true;
                }));
      }
      for (Running<Boolean> closer : closers) {
        closer.result();
      }
      try (Hold<String> hold = second.result()) {
        assertThat(hold.isValid()).isTrue();
        assertThat(mutex.tryAcquire(KEY)).isNull();
      }
    }
    assertFree(KEY);
  }

  @Test
  void close_onAnInterruptedThread_releasesAndKeepsTheFlag() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);
    Thread.currentThread().interrupt();
    hold.close();
    assertThat(Thread.interrupted()).isTrue();
    assertFree(KEY);
  }

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

  // Several keys

  @Test
  void acquireAll_severalKeys_holdsThemTogether() throws Exception {
    Hold<Set<String>> all = mutex.acquireAll(List.of(OTHER, KEY, OTHER), LONG);
    assertThat(all.key()).containsExactlyInAnyOrder(KEY, OTHER);
    assertThat(all.isValid()).isTrue();
    assertThat(canTakeElsewhere(KEY)).isFalse();
    assertThat(canTakeElsewhere(OTHER)).isFalse();

    all.close();
    all.close();
    assertThat(all.isValid()).isFalse();
    assertThat(all.remaining()).isZero();
    assertFree(KEY);
    assertFree(OTHER);
  }

  @Test
  void acquireAll_timeUp_leavesNothingHeld() throws Exception {
    for (String taken : List.of(KEY, OTHER)) {
      try (Hold<String> hold = mutex.acquire(taken)) {
        assertThatThrownBy(() -> mutex.acquireAll(List.of(KEY, OTHER), SHORT))
            .isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> mutex.acquireAll(List.of(KEY, OTHER), Duration.ZERO))
            .isInstanceOf(TimeoutException.class);
        assertThat(canTakeElsewhere(taken.equals(KEY) ? OTHER : KEY)).isTrue();
      }
    }
    assertFree(KEY);
    assertFree(OTHER);
  }

  @Test
  void acquireAll_noKeys_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.acquireAll(List.of(), LONG))
        .withMessageContaining("keys");
  }

  @Test
  void acquireAll_shuffledOrders_neverDeadlock() throws Exception {
    // Three of them share a hash code, so no order by hash code tells them apart.
    List<String> keys = List.of("AaAa", "BBBB", "AaBB", KEY, OTHER);
    List<Running<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Running.start(
              () -> {
                List<String> mine = new ArrayList<>(keys);
                for (int round = 0; round < rounds() / 50; round++) {
                  Collections.shuffle(mine, ThreadLocalRandom.current());
                  int count = 2 + ThreadLocalRandom.current().nextInt(keys.size() - 1);
                  mutex.acquireAll(mine.subList(0, count), LONG).close();
                }
                return true;
              }));
    }
    for (Running<Boolean> thread : threads) {
      thread.result();
    }
    assertThat(mutex.stats().heldKeys()).isZero();
  }

  // Fencing

  @Test
  void fencingToken_ofSuccessiveHolds_grows() throws Exception {
    long last = 0;
    for (int i = 0; i < 20; i++) {
      try (Hold<String> hold = mutex.acquire(KEY)) {
        long token = hold.fencingToken();
        assertThat(token).isGreaterThan(last);
        assertThat(hold.fencingToken()).isEqualTo(token);
        hold.close();
        assertThat(hold.fencingToken()).isEqualTo(token);
        last = token;
      }
    }
  }

  @Test
  void fencingToken_askedForAfterALaterGrant_isSmallerThanTheLaterOne() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    first.close();
    try (Hold<String> second = mutex.acquire(KEY)) {
      long later = second.fencingToken();
      assertThat(first.fencingToken()).isLessThan(later);
    }
  }

  @Test
  void fencingToken_ofSeveralKeys_isTheGreatest() throws Exception {
    long before;
    try (Hold<String> hold = mutex.acquire(OTHER)) {
      before = hold.fencingToken();
    }
    try (Hold<Set<String>> all = mutex.acquireAll(List.of(KEY, OTHER), LONG)) {
      assertThat(all.fencingToken()).isGreaterThan(before);
    }
  }

  // Order

  @Test
  void waiters_areAllServed_inOrderIfFair() throws Exception {
    List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    List<Running<Boolean>> waiters = new ArrayList<>();
    try (Hold<String> hold = mutex.acquire(KEY)) {
      for (int i = 0; i < 6; i++) {
        int number = i;
        waiters.add(
            startQueued(
                KEY,
                () -> {
                  try (Hold<String> mine = mutex.acquire(KEY)) {
                    return served.add(number);
                  }
                }));
      }
    }
    for (Running<Boolean> waiter : waiters) {
      waiter.result();
    }
    assertThat(served).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
    if (isFair()) {
      assertThat(served).isSorted();
    }
  }

  // Seen from outside

  @Test
  void holder_tellsWhoHoldsAndWhat() throws Exception {
    assertThat(mutex.holder(KEY)).isEmpty();
    try (Hold<String> hold = mutex.acquire(KEY)) {
      HoldInfo info = mutex.holder(KEY).orElseThrow();
      assertThat(info.key()).contains(KEY);
      assertThat(info.owner()).contains(Thread.currentThread().getName());
      assertThat(mutex.holder(OTHER)).isEmpty();
    }
    assertThat(mutex.holder(KEY)).isEmpty();
  }

  @Test
  void queueLengthAndStats_countWaiters() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);
    Running<Hold<String>> one = startQueued(KEY, () -> mutex.acquire(KEY));
    CompletableFuture<Hold<String>> two = mutex.acquireAsync(KEY, LONG);
    await().until(() -> mutex.queueLength(KEY) == 2);
    assertThat(mutex.queueLength(OTHER)).isZero();
    assertThat(mutex.stats().waiting()).isEqualTo(2);
    assertThat(mutex.stats().contended()).isEqualTo(2);
    assertThat(mutex.stats().heldKeys()).isEqualTo(1);
    assertThat(mutex.stats().lost()).isZero();

    hold.close();
    one.result().close();
    two.get(60, TimeUnit.SECONDS).close();
    assertThat(mutex.stats().waiting()).isZero();
  }

  @Test
  void onLost_closedHold_isNeverTold() throws Exception {
    AtomicInteger told = new AtomicInteger();
    Hold<String> hold = mutex.acquire(KEY);
    assertThat(hold.onLost(reason -> told.incrementAndGet())).isSameAs(hold);
    hold.close();
    assertThat(told).hasValue(0);
    assertThatNullPointerException().isThrownBy(() -> hold.onLost(null));
  }

  // Bad input

  @Test
  void nullKeys_areRefusedByName() {
    assertThatNullPointerException()
        .isThrownBy(() -> mutex.acquire(null))
        .withMessageContaining("key");
    assertThatNullPointerException().isThrownBy(() -> mutex.acquire(null, LONG));
    assertThatNullPointerException().isThrownBy(() -> mutex.tryAcquire(null));
    assertThatNullPointerException().isThrownBy(() -> mutex.tryAcquire(null, LONG));
    assertThatNullPointerException().isThrownBy(() -> mutex.acquireAsync(null, LONG));
    assertThatNullPointerException()
        .isThrownBy(() -> mutex.acquireAll(Collections.singletonList(null), LONG));
    assertThatNullPointerException().isThrownBy(() -> mutex.withLock(null, () -> 1));
    assertThatNullPointerException().isThrownBy(() -> mutex.asLock(null));
    assertThatNullPointerException().isThrownBy(() -> mutex.holder(null));
    assertThatNullPointerException().isThrownBy(() -> mutex.queueLength(null));
    assertThatNullPointerException().isThrownBy(() -> mutex.isHeldByCurrentThread(null));
    assertThatNullPointerException().isThrownBy(() -> mutex.acquire(KEY, null));
    assertThatNullPointerException().isThrownBy(() -> mutex.withLock(KEY, null));
    assertThat(mutex.stats().heldKeys()).isZero();
  }
}
