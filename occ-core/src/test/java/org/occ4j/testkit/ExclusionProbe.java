/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts how often two threads are inside the same turn.
 *
 * <p>Each thread takes the turn many times, and inside it writes a plain field that it then finds
 * changed if another thread was inside as well; the plain counter at the end also misses the
 * increments whose memory effects were not passed on. {@code ExclusionProbeTest} shows that a mutex
 * without exclusion is caught.
 */
public final class ExclusionProbe {

  /** A way to take a turn; closing the result ends it. */
  @FunctionalInterface
  public interface Turn {
    /** Waits for the turn. */
    AutoCloseable take() throws Exception;
  }

  private final AtomicInteger violations = new AtomicInteger();
  private int inside;
  private long rounds;

  private ExclusionProbe() {}

  /**
   * Lets threads take turns.
   *
   * @param turns one for each thread
   * @param rounds how often each takes it
   * @return times that two were inside, plus increments that got lost
   */
  public static long violations(List<? extends Turn> turns, int rounds) throws Exception {
    ExclusionProbe probe = new ExclusionProbe();
    CountDownLatch start = new CountDownLatch(1);
    List<Running<Boolean>> threads = new ArrayList<>();
    for (Turn turn : turns) {
      threads.add(Running.start(() -> probe.takeTurns(turn, rounds, start)));
    }
    start.countDown();
    for (Running<Boolean> thread : threads) {
      thread.result();
    }
    return probe.violations.get() + ((long) turns.size() * rounds - probe.rounds);
  }

  private boolean takeTurns(Turn turn, int times, CountDownLatch start) throws Exception {
    start.await();
    for (int i = 0; i < times; i++) {
      try (AutoCloseable held = turn.take()) {
        work(i);
      }
    }
    return true;
  }

  @SuppressWarnings("ThreadPriorityCheck") // only makes collisions likelier
  private void work(int round) {
    int mine = inside + 1;
    inside = mine;
    if (round % 16 == 0) {
      Thread.yield(); // give others the chance to be here, too
    }
    if (inside != mine) {
      violations.incrementAndGet();
    }
    rounds++;
  }
}
