/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.MutexDeadlockException;

/**
 * What the thread-bound half of a mutex promises: {@code withLock} and {@code asLock}. The checks
 * of ownership, reentrancy, interruption and time-out are those that any {@link Lock} of the JDK
 * has to pass.
 */
@SuppressWarnings("LockNotBeforeTry") // looks at what lies between locking and unlocking
abstract class KeyedLockContract extends KeyedAsyncContract {

  @Test
  void lock_freeKey_belongsToTheThread() throws Exception {
    Lock lock = mutex.asLock(KEY);
    lock.lock();
    assertThat(mutex.isHeldByCurrentThread(KEY)).isTrue();
    assertThat(mutex.isHeldByCurrentThread(OTHER)).isFalse();
    assertThat(Running.start(() -> mutex.isHeldByCurrentThread(KEY)).result()).isFalse();
    assertThat(canTakeElsewhere(KEY)).isFalse();

    lock.unlock();
    assertThat(mutex.isHeldByCurrentThread(KEY)).isFalse();
    assertFree(KEY);
  }

  @Test
  void lock_severalViews_areOneLock() throws Exception {
    mutex.asLock(KEY).lock();
    mutex.asLock(KEY).lock();
    mutex.asLock(KEY).unlock();
    assertThat(canTakeElsewhere(KEY)).isFalse();
    mutex.asLock(KEY).unlock();
    assertFree(KEY);
  }

  @Test
  void lock_enteredManyTimes_isLeftAsOften() throws Exception {
    Lock lock = mutex.asLock(KEY);
    for (int i = 0; i < 10; i++) {
      lock.lock();
      lock.lockInterruptibly();
      assertThat(lock.tryLock()).isTrue();
      assertThat(lock.tryLock(1, TimeUnit.SECONDS)).isTrue();
    }
    for (int i = 0; i < 40; i++) {
      assertThat(mutex.isHeldByCurrentThread(KEY)).isTrue();
      lock.unlock();
    }
    assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(lock::unlock);
    assertFree(KEY);
  }

  @Test
  void unlock_notHeld_throws() {
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(() -> mutex.asLock(KEY).unlock())
        .withMessageContaining(KEY);
  }

  @Test
  void unlock_byAnotherThread_throwsAndChangesNothing() throws Exception {
    Lock lock = mutex.asLock(KEY);
    lock.lock();
    Running<Boolean> thief =
        Running.start(
            () -> {
              lock.unlock();
              return true;
            });
    assertThatThrownBy(thief::result).isInstanceOf(IllegalMonitorStateException.class);
    assertThat(mutex.isHeldByCurrentThread(KEY)).isTrue();
    lock.unlock();
  }

  @Test
  void unlock_ofAHold_throws() throws Exception {
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(mutex.isHeldByCurrentThread(KEY)).isFalse();
      assertThatExceptionOfType(IllegalMonitorStateException.class)
          .isThrownBy(() -> mutex.asLock(KEY).unlock());
      assertThat(mutex.asLock(KEY).tryLock()).isFalse();
      assertThat(hold.isValid()).isTrue();
    }
  }

  @Test
  void unlock_ofAnotherMutex_throws() throws Exception {
    var stranger = create();
    try {
      stranger.asLock(KEY).lock();
      assertThatExceptionOfType(IllegalMonitorStateException.class)
          .isThrownBy(() -> mutex.asLock(KEY).unlock());
      stranger.asLock(KEY).unlock();
    } finally {
      destroy(stranger);
    }
  }

  @Test
  void lock_whileOthersQueueForIt_mayBeEnteredAgain() throws Exception {
    Lock lock = mutex.asLock(KEY);
    lock.lock();
    Running<Boolean> waiter =
        startQueued(
            KEY,
            () -> {
              lock.lock();
              boolean mine = mutex.isHeldByCurrentThread(KEY);
              lock.unlock();
              return mine;
            });
    lock.lock();
    lock.unlock();
    assertThat(waiter.isDone()).isFalse();
    lock.unlock();
    assertThat(waiter.result()).isTrue();
    assertFree(KEY);
  }

  @Test
  void lock_interrupted_goesOnWaitingAndKeepsTheFlag() throws Exception {
    Lock lock = mutex.asLock(KEY);
    lock.lock();
    Running<Boolean> waiter =
        startQueued(
            KEY,
            () -> {
              lock.lock();
              lock.unlock();
              return Thread.interrupted();
            });
    waiter.interrupt();
    await().during(SHORT.multipliedBy(2)).until(() -> mutex.queueLength(KEY) == 1);
    lock.unlock();
    assertThat(waiter.result()).isTrue();
  }

  @Test
  void lock_interruptedOnEntry_locksAndKeepsTheFlag() {
    Thread.currentThread().interrupt();
    mutex.asLock(KEY).lock();
    assertThat(Thread.interrupted()).isTrue();
    mutex.asLock(KEY).unlock();
  }

  @Test
  void lockInterruptibly_interruptedOnEntry_throws() throws Exception {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> mutex.asLock(KEY).lockInterruptibly())
        .isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> mutex.asLock(KEY).tryLock(1, TimeUnit.SECONDS))
        .isInstanceOf(InterruptedException.class);
    assertFree(KEY);
  }

  @Test
  void lockInterruptibly_interruptedWhileWaiting_leavesTheQueue() throws Exception {
    Lock lock = mutex.asLock(KEY);
    lock.lock();
    Running<Boolean> waiter =
        startQueued(
            KEY,
            () -> {
              lock.lockInterruptibly();
              return true;
            });
    waiter.interrupt();
    assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
    assertThat(mutex.queueLength(KEY)).isZero();
    lock.unlock();
    assertFree(KEY);
  }

  @Test
  void tryLock_heldByAnother_answersFalse() throws Exception {
    Lock lock = mutex.asLock(KEY);
    lock.lock();
    assertThat(Running.start(() -> lock.tryLock()).result()).isFalse();
    assertThat(Running.start(() -> lock.tryLock(30, TimeUnit.MILLISECONDS)).result()).isFalse();
    assertThat(Running.start(() -> lock.tryLock(0, TimeUnit.SECONDS)).result()).isFalse();
    assertThat(Running.start(() -> lock.tryLock(-1, TimeUnit.SECONDS)).result()).isFalse();
    lock.unlock();
    assertFree(KEY);
  }

  @Test
  void newCondition_isNotSupported() {
    assertThatThrownBy(() -> mutex.asLock(KEY).newCondition())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void withLock_yieldsTheValue_andLeaves() throws Exception {
    assertThat(mutex.<Integer, RuntimeException>withLock(KEY, () -> 42)).isEqualTo(42);
    assertThat(mutex.<String, RuntimeException>withLock(KEY, () -> null)).isNull();
    assertFree(KEY);
  }

  @Test
  void withLock_failingBody_throwsAndLeaves() throws Exception {
    IOException thrown = new IOException("disk");
    assertThatThrownBy(
            () ->
                mutex.withLock(
                    KEY,
                    () -> {
                      throw thrown;
                    }))
        .isSameAs(thrown);
    assertFree(KEY);
  }

  @Test
  void withLock_nestedAndMixedWithLock_isReentrant() throws Exception {
    int answer =
        mutex.withLock(
            KEY,
            () -> {
              mutex.asLock(KEY).lock();
              try {
                return mutex.withLock(KEY, () -> mutex.isHeldByCurrentThread(KEY) ? 1 : 0);
              } finally {
                mutex.asLock(KEY).unlock();
              }
            });
    assertThat(answer).isEqualTo(1);
    assertFree(KEY);
  }

  @Test
  void withLock_bodyThatUnlocksTooOften_isTold() throws Exception {
    assertThatThrownBy(
            () ->
                mutex.withLock(
                    KEY,
                    () -> {
                      mutex.asLock(KEY).unlock();
                      return 1;
                    }))
        .isInstanceOf(IllegalMonitorStateException.class);
    assertFree(KEY);
  }

  @Test
  void exclusion_manyThreadsThroughLocks_neverTwoInside() throws Exception {
    List<ExclusionProbe.Turn> turns = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      turns.add(
          () -> {
            mutex.asLock(KEY).lock();
            return () -> mutex.asLock(KEY).unlock();
          });
    }
    assertThat(ExclusionProbe.violations(turns, rounds() / 4)).isZero();
    assertFree(KEY);
  }

  // Rings

  @Test
  void ring_ofTwoThreads_isBrokenInOne() throws Exception {
    assertRingIsBroken(List.of("ring:a", "ring:b"));
  }

  @Test
  void ring_ofThreeThreads_isBrokenInOne() throws Exception {
    assertRingIsBroken(List.of("ring:a", "ring:b", "ring:c"));
  }

  private void assertRingIsBroken(List<String> keys) throws Exception {
    CyclicBarrier allHoldOne = new CyclicBarrier(keys.size());
    List<Running<List<?>>> threads = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      String mine = keys.get(i);
      String next = keys.get((i + 1) % keys.size());
      threads.add(Running.start(() -> lockBoth(mine, allHoldOne, next)));
    }
    List<List<?>> rings = new ArrayList<>();
    for (Running<List<?>> thread : threads) {
      List<?> ring = thread.result();
      if (!ring.isEmpty()) {
        rings.add(ring);
      }
    }
    assertThat(rings).hasSize(1);
    assertThat(rings.get(0)).hasSize(keys.size());
    for (String key : keys) {
      assertThat(rings.get(0).toString()).contains(key);
      assertFree(key);
    }
  }

  /** The keys of the ring, or empty if both locks were had. */
  private List<?> lockBoth(String first, CyclicBarrier barrier, String second) throws Exception {
    return mutex.<List<?>, Exception>withLock(
        first,
        () -> {
          barrier.await(60, TimeUnit.SECONDS);
          try {
            return mutex.<List<?>, RuntimeException>withLock(second, () -> List.of());
          } catch (MutexDeadlockException ring) {
            return ring.keys();
          }
        });
  }

  @Test
  void ring_thatIsNone_isNotReported() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Running<Boolean> holder =
        Running.start(
            () ->
                mutex.<Boolean, Exception>withLock(
                    "chain:a",
                    () ->
                        mutex.<Boolean, Exception>withLock(
                            "chain:b", () -> release.await(60, TimeUnit.SECONDS))));
    await().until(() -> mutex.holder("chain:b").isPresent());
    Running<Boolean> second =
        startQueued(
            "chain:b",
            () ->
                mutex.<Boolean, Exception>withLock(
                    "chain:c", () -> mutex.withLock("chain:b", () -> true)));
    Running<Boolean> third =
        startQueued("chain:c", () -> mutex.<Boolean, Exception>withLock("chain:c", () -> true));
    assertThat(mutex.asLock("chain:a").tryLock(200, TimeUnit.MILLISECONDS)).isFalse();
    release.countDown();
    assertThat(holder.result()).isTrue();
    assertThat(second.result()).isTrue();
    assertThat(third.result()).isTrue();
  }
}
