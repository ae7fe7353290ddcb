/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.FakeTicker;

/** The floor under the versions of new rows. */
class VersionFloorTest {
  private static final long HOUR = 3_600_000_000L;

  private final FakeTicker ticker = new FakeTicker();
  private final VersionFloor floor = new VersionFloor(ticker);

  @Test
  void floor_nothingWasDeleted_isBelowEverything() {
    ticker.advance(Duration.ofDays(1));
    assertThat(floor.getAsLong()).isZero();
  }

  @Test
  void floor_smallerVersionIsDeletedLater_staysAndRises() {
    floor.raise(HOUR);
    ticker.advance(Duration.ofMillis(4));
    floor.raise(HOUR + 999);
    assertThat(floor.getAsLong()).isEqualTo(HOUR + 1_000);
    floor.raise(HOUR + 1_001);
    assertThat(floor.getAsLong()).isEqualTo(HOUR + 1_001);
  }

  /** Set back by an hour, it needs a third of an hour more than that. */
  @Test
  void floor_clockWasSetBack_isOvertakenByTheClock() {
    floor.raise(HOUR);
    ticker.advance(Duration.ofMinutes(79));
    assertThat(floor.getAsLong()).isGreaterThan(79 * HOUR / 60);
    ticker.advance(Duration.ofMinutes(2));
    assertThat(floor.getAsLong()).isLessThan(81 * HOUR / 60);
  }
}
