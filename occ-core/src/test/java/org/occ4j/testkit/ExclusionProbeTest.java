/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** Shows that the probe of the contract suites bites, and does not bite without reason. */
class ExclusionProbeTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 50_000;

  @Test
  void violations_turnThatExcludesNobody_areFound() throws Exception {
    ExclusionProbe.Turn broken = () -> () -> {};
    assertThat(ExclusionProbe.violations(Collections.nCopies(THREADS, broken), ROUNDS))
        .isPositive();
  }

  @Test
  void violations_turnThatForgetsOneThread_areFound() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    ExclusionProbe.Turn good = () -> locked(lock);
    ExclusionProbe.Turn broken = () -> () -> {};
    assertThat(ExclusionProbe.violations(List.of(good, good, broken), ROUNDS)).isPositive();
  }

  @Test
  void violations_lockOfTheJdk_areNone() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    ExclusionProbe.Turn good = () -> locked(lock);
    assertThat(ExclusionProbe.violations(Collections.nCopies(THREADS, good), ROUNDS)).isZero();
  }

  @SuppressWarnings("LockNotBeforeTry") // whoever closes unlocks
  private static AutoCloseable locked(ReentrantLock lock) {
    lock.lock();
    return lock::unlock;
  }
}
