/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.FakeTicker;

/** How long a wait pauses between two looks. */
class AcquireBackoffTest {
  private static final int DRAWN = 200;
  private static final long MILLISECOND = 1_000_000;

  private final FakeTicker ticker = new FakeTicker();
  private final AcquireBackoff wait = AcquireBackoff.forEver(ticker);

  AcquireBackoffTest() {
    wait.presentLease(Duration.ofMinutes(1));
  }

  private long longestOfMany() {
    return LongStream.generate(wait::nextPause).limit(DRAWN).max().orElseThrow();
  }

  @Test
  void nextPause_sameHolderForLong_growsToItsBound() {
    assertThat(longestOfMany()).isBetween(5 * MILLISECOND, 15 * MILLISECOND);
    ticker.advance(Duration.ofSeconds(10));
    assertThat(longestOfMany()).isBetween(50 * MILLISECOND, 250 * MILLISECOND);
  }

  /** Else a node that hands the key on among its threads is nearly always there first. */
  @Test
  void nextPause_afterTheKeyChangedHands_isShortHoweverLongTheWait() {
    ticker.advance(Duration.ofSeconds(10));
    assertThat(longestOfMany()).isGreaterThan(15 * MILLISECOND);
    wait.changedHands();
    assertThat(longestOfMany()).isLessThanOrEqualTo(15 * MILLISECOND);
  }

  @Test
  void nextPause_presentLeaseEndsSooner_isNoLonger() {
    ticker.advance(Duration.ofSeconds(10));
    wait.presentLease(Duration.ofMillis(20));
    assertThat(longestOfMany()).isLessThanOrEqualTo(20 * MILLISECOND);
  }
}
