/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FakeTickerTest {

  @Test
  void nanos_withoutAdvance_standsStill() {
    FakeTicker ticker = new FakeTicker();
    assertThat(ticker.nanos()).isEqualTo(ticker.nanos());
  }

  @Test
  void advance_step_movesByTheStep() {
    FakeTicker ticker = new FakeTicker();
    long before = ticker.nanos();
    ticker.advance(Duration.ofSeconds(3));
    assertThat(ticker.nanos() - before).isEqualTo(3_000_000_000L);
  }

  @Test
  void advance_negativeStep_isRefusedAndChangesNothing() {
    FakeTicker ticker = new FakeTicker();
    long before = ticker.nanos();
    assertThatThrownBy(() -> ticker.advance(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(ticker.nanos()).isEqualTo(before);
  }
}
