/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.occ4j.StoreUnavailableException;
import org.occ4j.jdbc.internal.change.ChangePoller.PollBackOff;

/** How the poller of the change log backs off in an outage. Nobody waits here. */
class PollBackOffTest {
  private static final Duration INTERVAL = Duration.ofMillis(100);
  private static final long MILLI = 1_000_000;

  @Test
  void pause_whilePollsFail_doublesUpToABound() {
    PollBackOff longest = new PollBackOff(INTERVAL, PollBackOffTest::longest);
    assertThat(pausesInMillis(longest, 9))
        .containsExactly(250L, 450L, 850L, 1_650L, 3_250L, 5_050L, 5_050L, 5_050L, 5_050L);
  }

  @Test
  void pause_whilePollsFail_isDrawnFromHalfAnIntervalOn() {
    PollBackOff shortest = new PollBackOff(INTERVAL, PollBackOffTest::shortest);
    assertThat(pausesInMillis(shortest, 4)).containsOnly(50L);
  }

  @Test
  void pause_afterASuccess_isTheIntervalAtOnceAndTheNextFailureBeginsAnew() {
    PollBackOff longest = new PollBackOff(INTERVAL, PollBackOffTest::longest);
    long first = longest.pauseNanosAfter(false);
    assertThat(pausesInMillis(longest, 20)).last().isEqualTo(5_050L);
    assertThat(longest.pauseNanosAfter(true)).isEqualTo(INTERVAL.toNanos());
    assertThat(longest.pauseNanosAfter(true)).isEqualTo(INTERVAL.toNanos());
    assertThat(longest.pauseNanosAfter(false)).isEqualTo(first);
  }

  @Test
  void pause_withAnIntervalAboveTheBound_neverExceedsOneAndAHalfOfIt() {
    Duration day = Duration.ofDays(1);
    PollBackOff longest = new PollBackOff(day, PollBackOffTest::longest);
    for (int failures = 0; failures < 100; failures++) {
      assertThat(longest.pauseNanosAfter(false)).isBetween(0L, day.toNanos() / 2 * 3);
    }
  }

  @Test
  void poller_drawsItsPausesFromTheBackOffAndRecoversWithTheFirstSuccess() throws Exception {
    // Four failures, a success, a failure; then the test has seen enough.
    Iterator<Boolean> outcomes = List.of(false, false, false, false, true, false).iterator();
    List<Long> bounds = new CopyOnWriteArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    Runnable poll =
        () -> {
          if (!outcomes.hasNext()) {
            done.countDown();
          } else if (!outcomes.next()) {
            throw new StoreUnavailableException("out of reach", null);
          }
        };
    LongUnaryOperator shortest =
        bound -> {
          bounds.add(bound / MILLI);
          return 0;
        };
    try (ChangePoller poller = new ChangePoller(poll, Duration.ofMillis(1), shortest)) {
      poller.start();
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(bounds).containsExactly(2L, 4L, 8L, 16L, 2L);
  }

  private static long longest(long bound) {
    return bound - 1;
  }

  @SuppressWarnings("unused") // the shortest draw is the same for all bounds
  private static long shortest(long bound) {
    return 0;
  }

  /** Rounded up: the longest draw is one nanosecond below its bound. */
  private static LongStream pausesInMillis(PollBackOff backOff, int failures) {
    return LongStream.range(0, failures)
        .map(failure -> (backOff.pauseNanosAfter(false) + MILLI - 1) / MILLI);
  }
}
