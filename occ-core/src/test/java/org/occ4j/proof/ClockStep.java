/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.occ4j.testkit.WrongClock;

/**
 * A step of the database's clock. Where the nodes of a cluster have clocks that differ, whoever
 * goes from one to another sees a step each time.
 *
 * @param begun before it
 * @param ended after it
 * @param by so many nanoseconds forward; back, if that is negative
 */
record ClockStep(long begun, long ended, long by) {
  private static final int HOUR = 3_600;

  /** Of a cluster with a clock that is wrong by up to an hour: steps both ways, at any time. */
  static List<ClockStep> ofClocksThatDiffer() {
    long begun = System.nanoTime();
    long hour = Duration.ofHours(1).toNanos();
    return List.of(
        new ClockStep(begun, Operation.NEVER, hour), new ClockStep(begun, Operation.NEVER, -hour));
  }

  /** Sets a clock to up to an hour ahead or behind. */
  static ClockStep of(WrongClock clock, Random random) {
    Duration before = clock.ahead();
    Duration ahead = Duration.ofSeconds(random.nextInt(2 * HOUR + 1) - HOUR);
    long begun = System.nanoTime();
    clock.set(ahead);
    return new ClockStep(begun, System.nanoTime(), ahead.minus(before).toNanos());
  }
}
