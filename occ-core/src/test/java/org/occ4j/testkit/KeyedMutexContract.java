/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.HoldInfo;
import org.occ4j.mutex.KeyedMutex;

/**
 * What every {@link KeyedMutex} promises, whatever it is made of: turns, their order, and what is
 * seen of them; holds and waits are in the contracts above. A subclass says how to make one. The
 * thread-bound half is in {@link KeyedLockContract}, which this one includes.
 */
public abstract class KeyedMutexContract extends MutexWaitContract {
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
