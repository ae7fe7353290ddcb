/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.jdbc.internal.change.ChangeRows.Aged;
import org.occ4j.jdbc.internal.change.ChangeRows.Head;
import org.occ4j.jdbc.internal.change.ChangeRows.Row;

/** Its band and floor; that it reads each row once is a matter of the suites on a cluster. */
class CountCursorTest {
  private static final long LATER = GapCursor.WINDOW.toNanos() + 1;
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final UUID LIFE = UUID.randomUUID();

  @Test
  void sum_tellsOneRowFromAnother() {
    CountCursor cursor = behind(atEnd(0, 0), 0, 4, 7);
    assertThat(cursor.sum()).isEqualTo("2 11 3");
    assertThat(behind(atEnd(0, 0), 0, 1, 7).sum()).isNotEqualTo(cursor.sum());
  }

  @Test
  void behind_lateNumber_isReadToo() {
    CountCursor cursor = behind(behind(atEnd(0, 0), 0, 7), 0, 4, 10);
    assertThat(cursor.sum()).isEqualTo("3 21 9");
    assertThat(cursor.greatest()).isEqualTo(10);
    assertThat(cursor.floor()).isZero();
  }

  @Test
  void behind_doesNotChangeTheCursorItself() {
    CountCursor cursor = behind(atEnd(0, 0), 0, 7);
    assertThat(behind(cursor, LATER, 4, 10)).isNotSameAs(cursor);
    assertThat(cursor.sum()).isEqualTo("1 7 7");
    assertThat(cursor.greatest()).isEqualTo(7);
  }

  @Test
  void behind_whatWasReadLongerAgoThanTheWindow_isBelowTheFloor() {
    CountCursor cursor = behind(behind(atEnd(0, 0), 2 * SECOND, 7), 4 * SECOND, 10);
    assertThat(behind(cursor, 2 * SECOND + LATER - 1).floor()).isZero();
    CountCursor older = behind(cursor, 2 * SECOND + LATER);
    assertThat(older.floor()).isEqualTo(7);
    assertThat(older.sum()).isEqualTo("1 10 10");
    CountCursor quiet = behind(older, 4 * SECOND + LATER);
    assertThat(quiet.floor()).isEqualTo(10);
    assertThat(quiet.sum()).isEqualTo("0 0 0");
  }

  @Test
  void behind_quietForLong_keepsFewNotesAndGoesOn() {
    CountCursor cursor = behind(atEnd(0, 0), 0, 7);
    for (int i = 1; i < 10; i++) {
      cursor = behind(cursor, i * LATER);
    }
    assertThat(cursor.floor()).isEqualTo(7);
    assertThat(behind(cursor, 10 * LATER, 10).sum()).isEqualTo("1 10 10");
  }

  @Test
  void behind_moreNumbersThanTheBound_saysSoAndStaysSmall() {
    CountCursor cursor = atEnd(0, 0);
    assertThat(behind(cursor, 0, CountCursor.MAX_BAND).overflowed()).isFalse();
    CountCursor over = behind(cursor, 0, CountCursor.MAX_BAND + 1L);
    assertThat(over.overflowed()).isTrue();
    assertThat(over.read().isEmpty()).isTrue();
  }

  @Test
  void atEnd_numbersBelowARowOlderThanTheWindow_areBelowTheFloor() {
    CountCursor cursor = atEnd(1009, 0, row(3, 1), row(7, 121), row(1009, 1));
    assertThat(cursor.floor()).isEqualTo(7);
    assertThat(cursor.sum()).isEqualTo("1 1009 1009");
    assertThat(atEnd(9, 0, row(3, 3600), row(7, 3600), row(9, 3600)).floor()).isEqualTo(3);
    assertThat(atEnd(9, 0, row(9, 121)).sum()).isEqualTo("0 0 0");
  }

  @SuppressWarnings("NullAway")
  private static CountCursor atEnd(long greatest, long lowest, Aged... recent) {
    return CountCursor.atEnd(
        null, new Head(LIFE, greatest, null, null), lowest, List.of(recent), 0);
  }

  private static Aged row(long number, long seconds) {
    return new Aged(number, Duration.ofSeconds(seconds));
  }

  private static CountCursor behind(CountCursor cursor, long nowNanos, long... numbers) {
    List<Row> found =
        LongStream.of(numbers)
            .mapToObj(
                number ->
                    new Row(
                        number,
                        "n",
                        0,
                        new ChangeDraft("s", Change.Kind.PUT, "k", number, null, Set.of())))
            .toList();
    return cursor.behind(cursor.read(), found, nowNanos);
  }
}
