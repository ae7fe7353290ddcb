/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;

/** Holds that end later than they are given back, and holds that are extended. */
abstract class KeyedTermsContract extends KeyedMutexHarness {
  private static final Duration DELAY = Duration.ofMillis(300);

  @Test
  void releaseAfter_delay_keepsTheKeyTakenForSoLong() throws Exception {
    long token;
    long start;
    try (Hold<String> hold = mutex.acquire(KEY)) {
      token = hold.fencingToken();
      start = System.nanoTime();
      hold.releaseAfter(DELAY);
      assertThat(hold.isValid()).isFalse();
      assertThat(hold.remaining()).isZero();
      hold.releaseAfter(Duration.ofNanos(1)); // over, so nothing happens
    } // and neither does it here
    assertTakenUntilDelayed(KEY, start);
    try (Hold<String> next = mutex.acquire(KEY, LONG)) {
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(DELAY);
      assertThat(next.fencingToken()).isGreaterThan(token);
    }
    assertFree(KEY);
  }

  /** Not to be had, or so late that it may be. */
  private void assertTakenUntilDelayed(String key, long start) {
    try (Hold<String> early = mutex.tryAcquire(key)) {
      Duration passed = Duration.ofNanos(System.nanoTime() - start);
      assertThat(early == null || passed.compareTo(DELAY) >= 0).as(key).isTrue();
    }
  }

  @Test
  void releaseAfter_othersWait_getTheKeyAfterIt() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);
    Running<Hold<String>> thread = startQueued(KEY, () -> mutex.acquire(KEY));
    CompletableFuture<Hold<String>> future = mutex.acquireAsync(KEY, LONG);
    long start = System.nanoTime();
    hold.releaseAfter(DELAY);
    hold.close();
    Hold<String> first = thread.result();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(DELAY);
    first.close();
    future.get(60, TimeUnit.SECONDS).close();
    assertFree(KEY);
  }

  @Test
  void releaseAfter_futuresWaitOnly_getTheKeyAfterIt() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);
    List<CompletableFuture<Hold<String>>> futures =
        List.of(mutex.acquireAsync(KEY, LONG), mutex.acquireAsync(KEY, LONG));
    hold.releaseAfter(DELAY);
    for (CompletableFuture<Hold<String>> future : futures) {
      Hold<String> next = future.get(60, TimeUnit.SECONDS);
      next.releaseAfter(Duration.ofMillis(10));
    }
    assertFree(KEY);
  }

  @Test
  void releaseAfter_otherKeysNearby_areNotDisturbed() throws Exception {
    try (Hold<String> other = mutex.acquire(OTHER)) {
      Hold<Set<String>> both = mutex.acquireAll(List.of("a", KEY), LONG);
      long start = System.nanoTime();
      both.releaseAfter(DELAY);
      both.close();
      assertThat(both.isValid()).isFalse();
      assertTakenUntilDelayed("a", start);
      assertTakenUntilDelayed(KEY, start);
      assertThat(other.isValid()).isTrue();
      mutex.acquireAll(List.of(KEY, "a"), LONG).close();
    }
    assertFree(KEY);
    assertFree(OTHER);
  }

  @Test
  void releaseAfter_noDelay_isClose() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);
    hold.releaseAfter(Duration.ZERO);
    mutex.acquire(KEY, LONG).close();
    Hold<String> closed = mutex.acquire(KEY);
    closed.close();
    closed.releaseAfter(LONG);
    assertFree(KEY);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> closed.releaseAfter(Duration.ofNanos(-1)))
        .withMessageContaining("delay");
  }

  @Test
  void extend_openHold_isTrueAndThenItLastsSoLong() throws Exception {
    Hold<String> hold = mutex.acquire(KEY);
    long token = hold.fencingToken();
    assertThat(hold.extend(LONG)).isTrue();
    assertThat(hold.isValid()).isTrue();
    assertThat(hold.remaining()).isGreaterThan(LONG.dividedBy(2));
    assertThat(hold.fencingToken()).isEqualTo(token);
    assertThat(hold.extend(SHORT)).as("never shortens").isTrue();
    assertThat(hold.remaining()).isGreaterThan(LONG.dividedBy(2));
    assertThatIllegalArgumentException().isThrownBy(() -> hold.extend(Duration.ZERO));
    hold.close();
    assertThat(hold.extend(LONG)).isFalse();
    assertFree(KEY);
    Hold<Set<String>> both = mutex.acquireAll(List.of(KEY, OTHER), LONG);
    assertThat(both.extend(LONG)).isTrue();
    both.close();
    assertThat(both.extend(LONG)).isFalse();
    assertFree(KEY);
  }
}
