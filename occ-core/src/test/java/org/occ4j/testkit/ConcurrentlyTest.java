/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConcurrentlyTest {

  @ParameterizedTest
  @MethodSource("org.occ4j.testkit.ThreadKind#available")
  void run_allRunners_areThereAtTheSameTime(ThreadKind kind) throws Exception {
    // Would never be passed by runners that run one after the other.
    CyclicBarrier meeting = new CyclicBarrier(16);
    ConcurrentResults<Integer> results =
        Concurrently.threads(16)
            .on(kind)
            .run(
                index -> {
                  meeting.await();
                  return index;
                });
    assertThat(results.values()).isEqualTo(IntStream.range(0, 16).boxed().toList());
    assertThat(results.failures()).isEmpty();
  }

  @Test
  void values_someRunnersFailed_throwsWithAllOfThem() throws Exception {
    ConcurrentResults<String> results =
        Concurrently.threads(3)
            .run(
                index -> {
                  if (index > 0) {
                    throw new IllegalStateException("runner " + index);
                  }
                  return "fine";
                });
    assertThat(results.succeeded()).containsExactly("fine");
    assertThat(results.failures()).hasSize(2);
    assertThatThrownBy(results::values)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("2 of 3")
        .satisfies(error -> assertThat(error.getSuppressed()).hasSize(1));
  }

  @Test
  void run_runnerThatHangs_failsAndSaysWhere() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch ended = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                Concurrently.threads(1)
                    .within(Duration.ofMillis(200))
                    .run(
                        index -> {
                          try {
                            never.await();
                          } catch (InterruptedException e) {
                            interrupted.set(true);
                          } finally {
                            ended.countDown();
                          }
                          return index;
                        }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("1 of 1 still run")
        .hasMessageContaining("CountDownLatch.await");
    ended.await();
    assertThat(interrupted).isTrue();
  }

  @Test
  void threads_none_isRefused() {
    assertThatThrownBy(() -> Concurrently.threads(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0");
  }
}
