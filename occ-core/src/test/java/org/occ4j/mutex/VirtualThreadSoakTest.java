/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Very many virtual threads over many keys: nobody is lost, nobody is inside with another, and
 * nothing stays behind. On a JDK without virtual threads the test says so and is skipped.
 *
 * <p>{@code -Docc.soak.threads=1000000 -Docc.test.jvm.flags=-Xmx6g} makes it a long one; a million
 * stacks do not fit into the heap of the other tests.
 */
@Timeout(600)
class VirtualThreadSoakTest {
  private static final int THREADS = Integer.getInteger("occ.soak.threads", 100_000);
  private static final int KEYS = THREADS / 10;
  private static final long HEAP_TOLERANCE_BYTES = 32L << 20;

  @Test
  void manyVirtualThreads_takeTurns_andLeaveNothingBehind() throws Exception {
    InMemoryMutex<Integer> mutex =
        (InMemoryMutex<Integer>) KeyedMutex.<Integer>builder().expectedHeld(64).build();
    int[] counters = new int[KEYS];
    AtomicInteger failures = new AtomicInteger();
    long before = usedHeap();
    ExecutorService threads = virtualThreads();
    for (int i = 0; i < THREADS; i++) {
      int number = i;
      threads.execute(() -> takeTurn(mutex, number, counters, failures));
    }
    threads.shutdown();
    assertThat(threads.awaitTermination(9, TimeUnit.MINUTES)).isTrue();

    assertThat(failures).hasValue(0);
    for (int counter : counters) {
      assertThat(counter).isEqualTo(THREADS / KEYS);
    }
    assertThat(mutex.isEmpty()).isTrue();
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(usedHeap()).isLessThan(before + HEAP_TOLERANCE_BYTES));
  }

  @SuppressWarnings("ThreadPriorityCheck") // only makes collisions likelier
  private static void takeTurn(
      KeyedMutex<Integer> mutex, int number, int[] counters, AtomicInteger failures) {
    // First one of few keys, so that queues form; the second is nearly always free.
    int key = number % KEYS;
    try (Hold<Integer> hot = mutex.acquire(-1 - number % 8);
        Hold<Integer> hold = mutex.acquire(key)) {
      int seen = counters[key];
      Thread.yield();
      counters[key] = seen + 1;
    } catch (InterruptedException | RuntimeException unexpected) {
      failures.incrementAndGet();
    }
  }

  private static ExecutorService virtualThreads() throws ReflectiveOperationException {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException before21) {
      return abort("no virtual threads in this JDK");
    }
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
