/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;

/** What the contract suites of a mutex share. */
@Timeout(300)
abstract class KeyedMutexHarness {
  /** Longer than any test needs. */
  static final Duration LONG = Duration.ofSeconds(60);

  /** A wait that is meant to end by time-out. */
  static final Duration SHORT = Duration.ofMillis(30);

  static final String KEY = "task:42";
  static final String OTHER = "task:43";

  KeyedMutex<String> mutex;

  /** A new mutex that nobody else uses. */
  protected abstract KeyedMutex<String> create() throws Exception;

  /** Disposes of what {@link #create} made. */
  protected void destroy(KeyedMutex<String> mutex) throws Exception {}

  /** How many rounds the tests with many threads make; fewer where a round is slow. */
  protected int rounds() {
    return 20_000;
  }

  /** Whether waiters are served strictly in the order in which they came. */
  protected boolean isFair() {
    return false;
  }

  @BeforeEach
  final void createMutex() throws Exception {
    mutex = create();
  }

  @AfterEach
  final void destroyMutex() throws Exception {
    assertThat(Thread.interrupted()).as("a test left the interrupt flag set").isFalse();
    destroy(mutex);
  }

  /** Starts a thread and returns once it queues for the key. */
  <T> Running<T> startQueued(String key, Callable<T> work) {
    int before = mutex.queueLength(key);
    Running<T> running = Running.start(work);
    await().until(() -> mutex.queueLength(key) > before || running.isDone());
    assertThat(running.isDone()).as("queues for " + key).isFalse();
    return running;
  }

  /** The key becomes free, and nothing is left of those who were here or are on their way. */
  void assertFree(String key) {
    await()
        .until(
            () ->
                mutex.queueLength(key) == 0
                    && mutex.holder(key).isEmpty()
                    && canTakeElsewhere(key));
  }

  boolean canTakeElsewhere(String key) throws Exception {
    return Running.start(
            () -> {
              try (Hold<String> hold = mutex.tryAcquire(key)) {
                return hold != null;
              }
            })
        .result();
  }
}
