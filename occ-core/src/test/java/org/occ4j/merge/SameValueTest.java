/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What counts as the same value, and so as no edit; where in doubt, values differ. */
@SuppressWarnings("JavaUtilDate") // what applications have
class SameValueTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

  /** Its equals looks at the id alone, as that of an entity often does. */
  record Line(int id, String text) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Line line && line.id == id;
    }

    @Override
    public int hashCode() {
      return id;
    }
  }

  record Page(List<Line> lines) {}

  private static void assertSame(Object one, Object other) {
    assertThat(Canonical.same(one, other)).as("%s and %s", one, other).isTrue();
    assertThat(Canonical.same(other, one)).as("%s and %s", other, one).isTrue();
  }

  private static void assertDifferent(Object one, Object other) {
    assertThat(Canonical.same(one, other)).as("%s and %s", one, other).isFalse();
    assertThat(Canonical.same(other, one)).as("%s and %s", other, one).isFalse();
  }

  @Test
  void same_datesOfOneInstant_are() {
    assertSame(Date.from(AT), Timestamp.from(AT));
    assertSame(Date.from(AT), AT);
    assertSame(new java.sql.Date(AT.toEpochMilli()), Date.from(AT));
    assertSame(List.of(Date.from(AT)), List.of(Timestamp.from(AT)));
  }

  @Test
  void same_datesOfOtherInstants_areNot() {
    Timestamp later = Timestamp.from(AT.plusNanos(1_000));
    assertDifferent(Date.from(AT), later); // although Date.equals says they are equal
    assertDifferent(Timestamp.from(AT), later);
    assertDifferent(Date.from(AT), AT.toEpochMilli());
    assertDifferent(AT, OffsetDateTime.parse("2026-01-02T03:04:05.678Z"));
  }

  @Test
  void same_lineEnds_doNotCount() {
    assertSame("a\r\nb", "a\nb");
    assertSame("a\rb\r\n", "a\nb\n");
    assertSame(Map.of("a", List.of("x\r\n")), Map.of("a", List.of("x\n")));
    assertSame(Set.of("x\r\n"), Set.of("x\n"));
    assertDifferent("a\n\nb", "a\r\nb");
    assertDifferent("a\r\n", "a");
    assertDifferent("a b", "a\u00a0b");
    assertDifferent("é", "e\u0301");
  }

  @Test
  void same_recordsWhoseEqualsIsBlind_areComparedByContent() {
    assertDifferent(new Line(1, "a"), new Line(1, "b"));
    assertDifferent(List.of(new Line(1, "a")), List.of(new Line(1, "b")));
    Merger<Page> pages = Merger.records(Page.class);
    Page base = new Page(List.of(new Line(1, "a")));
    Page mine = new Page(List.of(new Line(1, "mine")));
    assertThat(pages.merge(base, mine, base).value().lines().get(0).text()).isEqualTo("mine");
  }

  @Test
  void same_arraysInsideCollections_areComparedByContent() {
    assertSame(List.of(new byte[] {1}), List.of(new byte[] {1}));
    assertDifferent(List.of(new byte[] {1}), List.of(new byte[] {2}));
    assertSame(new Object[] {1L, "a"}, new Object[] {1, "a"});
  }

  @Test
  void merge_textWithOtherLineEnds_isNoEdit() {
    Merger<Map<String, Object>> maps = Merger.maps();
    assertThat(maps.merge(Map.of("a", "x\ny"), Map.of("a", "x\r\ny"), Map.of("a", "x\nz")))
        .isEqualTo(new MergeResult.Merged<>(Map.of("a", "x\nz")));
    assertThat(maps.changes(null, Map.of("a", "x\ny"), Map.of("a", "x\r\ny"))).isEmpty();
  }

  @Test
  void absentIsNull_typeWithoutAbsentFields_isNoEdit() {
    Merger<Map<String, Object>> tasks =
        Merger.mapBuilder()
            .keyed("lines", Map.class, line -> line.get("id"))
            .absentIsNull()
            .build();
    Map<String, Object> withNull = new HashMap<>(Map.of("title", "t"));
    withNull.put("assignee", null);
    Map<String, Object> without = Map.of("title", "t");
    Map<String, Object> mine = Map.of("title", "t", "assignee", "ana");

    assertThat(tasks.merge(withNull, mine, without)).isEqualTo(new MergeResult.Merged<>(mine));
    assertThat(tasks.merge(without, mine, withNull)).isEqualTo(new MergeResult.Merged<>(mine));
    assertThat(tasks.changes(null, without, withNull)).isEmpty();
    assertThat(tasks.changes(null, mine, without)).hasSize(1);
    // Inside lists, sets and other values that are compared as a whole, too.
    assertThat(
            tasks.changes(
                null, Map.of("list", List.of(withNull)), Map.of("list", List.of(without))))
        .isEmpty();
    // An element of a list is there or is not, whatever is in it.
    Map<String, Object> removed = Map.of("lines", List.of());
    Map<String, Object> one = Map.of("lines", List.of(Map.of("id", 1)));
    assertThat(tasks.merge(one, removed, one).value()).isEqualTo(removed);
    assertThat(tasks.merge(one, one, removed).value()).isEqualTo(removed);
  }

  @Test
  void absentIsNull_notSaid_absentAndNullDiffer() {
    Map<String, Object> withNull = Collections.singletonMap("a", null);
    assertThat(Merger.maps().changes(null, Map.of(), withNull)).hasSize(1);
    assertDifferent(withNull, Map.of());
    assertDifferent(Arrays.asList((Object) null), List.of());
  }
}
