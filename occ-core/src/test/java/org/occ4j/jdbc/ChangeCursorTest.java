/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangeCursorTest {

  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final long LATER = WINDOW.toNanos() + 1;

  @Test
  void see_numbersInOrder_areNewOnce() {
    ChangeCursor cursor = new ChangeCursor(0, List.of(), WINDOW, 100, 0);
    assertThat(cursor.see(1, 0)).isTrue();
    assertThat(cursor.see(1, 0)).isFalse();
    assertThat(cursor.gaps()).isEmpty();
  }

  @Test
  void see_lateCommit_isNewWhenItComes() {
    ChangeCursor cursor = new ChangeCursor(0, List.of(), WINDOW, 100, 0);
    cursor.see(3, 0);
    assertThat(cursor.gaps()).containsExactly(1L, 2L);
    assertThat(cursor.hasSeen(2)).isFalse();
    assertThat(cursor.see(2, 0)).isTrue();
    assertThat(cursor.see(2, 0)).isFalse();
    assertThat(cursor.gaps()).containsExactly(1L);
  }

  @Test
  void start_transactionsOpenJustThen_areGaps() {
    ChangeCursor cursor = new ChangeCursor(9, List.of(5L, 6L, 9L), WINDOW, 100, 0);
    assertThat(cursor.greatest()).isEqualTo(9);
    assertThat(cursor.gaps()).containsExactly(7L, 8L);
    assertThat(cursor.hasSeen(4)).isTrue();
  }

  @Test
  void expireGaps_onlyThoseOpenForLongerThanTheWindow_areGivenUp() {
    ChangeCursor cursor = new ChangeCursor(0, List.of(), WINDOW, 100, 0);
    cursor.see(2, 0);
    cursor.see(4, LATER - 1);
    cursor.expireGaps(LATER);
    assertThat(cursor.gaps()).containsExactly(3L);
  }

  @Test
  void see_moreGapsThanTheBound_saysSoAndStaysSmall() {
    ChangeCursor cursor = new ChangeCursor(0, List.of(), WINDOW, 100, 0);
    cursor.see(1_000_000, 0);
    assertThat(cursor.overflowed()).isTrue();
    assertThat(cursor.gaps()).isEmpty();
  }
}
