/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;

/**
 * A hold ends once, by whichever thread closes it; one of several keys has them all or none; and
 * its fencing token is greater than those of the holds before it.
 */
public abstract class MutexHoldContract extends KeyedLockContract {
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
}
