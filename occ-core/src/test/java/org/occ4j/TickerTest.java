/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.FakeTicker;

class TickerTest {

  @Test
  void nanos_afterAdvance_movesByTheStep() {
    var ticker = new FakeTicker();
    long before = ticker.nanos();
    ticker.advance(Duration.ofSeconds(3));
    assertThat(ticker.nanos() - before).isEqualTo(3_000_000_000L);
  }

  @Test
  void nanos_ofTheSystemTicker_neverGoesBack() {
    Ticker ticker = Ticker.system();
    long first = ticker.nanos();
    assertThat(ticker.nanos() - first).isNotNegative();
  }
}
