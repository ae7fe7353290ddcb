/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.jdbc.internal.change.ChangeRows.Aged;
import org.occ4j.jdbc.internal.change.ChangeRows.Head;

class GapCursorTest {
  private static final long LATER = GapCursor.WINDOW.toNanos() + 1;
  private static final UUID LIFE = UUID.randomUUID();

  /** At the beginning of an empty log. The statements are not used here. */
  @SuppressWarnings("NullAway")
  private final GapCursor empty = new GapCursor(null, LIFE, 0, new TreeMap<>());

  @Test
  void behind_numbersInOrder_leavesNoGap() {
    GapCursor cursor = empty.behind(List.of(1L, 2L), 0);
    assertThat(cursor.greatest()).isEqualTo(2);
    assertThat(cursor.gaps()).isEmpty();
  }

  @Test
  void behind_lateCommit_fillsItsGap() {
    GapCursor cursor = empty.behind(List.of(3L), 0);
    assertThat(cursor.gaps()).containsExactly(1L, 2L);
    assertThat(cursor.behind(List.of(2L, 4L), 0).gaps()).containsExactly(1L);
  }

  @Test
  void behind_doesNotChangeTheCursorItself() {
    GapCursor cursor = empty.behind(List.of(3L), 0);
    assertThat(cursor.behind(List.of(1L, 2L, 9L), LATER)).isNotSameAs(cursor);
    assertThat(cursor.greatest()).isEqualTo(3);
    assertThat(cursor.gaps()).containsExactly(1L, 2L);
  }

  @Test
  void behind_givesUpOnlyGapsOpenForLongerThanTheWindow() {
    GapCursor cursor = empty.behind(List.of(2L), 0).behind(List.of(4L), LATER - 1);
    assertThat(cursor.gaps()).containsExactly(1L, 3L);
    assertThat(cursor.behind(List.of(), LATER).gaps()).containsExactly(3L);
  }

  @Test
  void behind_moreGapsThanTheBound_saysSoAndStaysSmall() {
    assertThat(empty.behind(List.of(GapCursor.MAX_GAPS + 1L), 0).overflowed()).isFalse();
    GapCursor cursor = empty.behind(List.of(GapCursor.MAX_GAPS + 2L), 0);
    assertThat(cursor.overflowed()).isTrue();
    assertThat(cursor.gaps()).isEmpty();
  }

  @Test
  void behind_everySecondNumberForEver_overflowsInsteadOfGrowing() {
    GapCursor cursor = empty;
    for (long number = 2; number <= 2 * GapCursor.MAX_GAPS; number += 2) {
      cursor = cursor.behind(List.of(number), 0);
    }
    assertThat(cursor.overflowed()).isFalse();
    assertThat(cursor.gaps()).hasSize(GapCursor.MAX_GAPS);
    assertThat(cursor.behind(List.of(2L * GapCursor.MAX_GAPS + 2), 0).overflowed()).isTrue();
  }

  @Test
  void atEnd_transactionsOpenJustThen_areGaps() {
    GapCursor cursor = atEnd(9, 0, row(5, 300), row(6, 1), row(9, 1));
    assertThat(cursor.greatest()).isEqualTo(9);
    assertThat(cursor.gaps()).containsExactly(7L, 8L);
  }

  @Test
  void atEnd_firstRowEver_isAGapToo() {
    assertThat(atEnd(2, 0, row(2, 1)).gaps()).containsExactly(1L);
  }

  @Test
  void atEnd_numbersBelowARowOlderThanTheWindow_areSettled() {
    GapCursor cursor = atEnd(1009, 0, row(3, 1), row(9, 121), row(1007, 1), row(1009, 1));
    assertThat(cursor.gaps()).hasSize(998).startsWith(10L).endsWith(1006L, 1008L);
    assertThat(atEnd(9, 0, row(9, 121)).gaps()).isEmpty();
  }

  @Test
  void atEnd_clockLeaptAndEveryRowLooksOld_transactionsOpenThenAreGaps() {
    assertThat(atEnd(9, 0, row(3, 3600), row(7, 3600), row(9, 3600)).gaps())
        .containsExactly(4L, 5L, 6L, 8L);
  }

  @Test
  void atEnd_emptyLog_beginsAtTheBeginning() {
    assertThat(atEnd(0, 0).greatest()).isZero();
    assertThat(atEnd(0, 0).gaps()).isEmpty();
  }

  @Test
  void atEnd_moreNumbersThanAreLookedAt_beginsAtTheFloor() {
    GapCursor cursor = atEnd(20_003, 20_000, row(20_003, 1));
    assertThat(cursor.gaps()).containsExactly(20_001L, 20_002L);
  }

  @SuppressWarnings("NullAway")
  private static GapCursor atEnd(long greatest, long floor, Aged... recent) {
    return GapCursor.atEnd(null, new Head(LIFE, greatest, null, null), floor, List.of(recent), 0);
  }

  private static Aged row(long number, long seconds) {
    return new Aged(number, Duration.ofSeconds(seconds));
  }
}
