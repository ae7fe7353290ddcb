/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MapMergeTest {
  private final Merger<Map<String, Object>> maps = Merger.maps();

  @Test
  void merge_absentAndNull_areDifferent() {
    Map<String, Object> withNull = Collections.singletonMap("a", null);

    assertThat(maps.merge(Map.of(), withNull, Map.of()).value()).isEqualTo(withNull);
    assertThat(maps.merge(withNull, Map.of(), withNull).value()).isEmpty();
    assertThat(maps.merge(Map.of("a", 1), withNull, Map.of()))
        .isEqualTo(
            new MergeResult.Overlapping<>(withNull, List.of(new FieldChange("a", 1, null, null))));
  }

  @Test
  void merge_removedByOneAndUntouchedByTheOther_isRemoved() {
    Map<String, Object> base = Map.of("a", 1, "b", 2);

    assertThat(maps.merge(base, Map.of("b", 2), base).value()).isEqualTo(Map.of("b", 2));
    assertThat(maps.merge(base, base, Map.of("b", 2)).value()).isEqualTo(Map.of("b", 2));
  }

  @Test
  void merge_removedByOneAndChangedByTheOther_overlaps() {
    assertThat(maps.merge(Map.of("a", 1), Map.of(), Map.of("a", 2)))
        .isEqualTo(
            new MergeResult.Overlapping<>(Map.of(), List.of(new FieldChange("a", 1, 2, null))));
    assertThat(maps.merge(Map.of("a", 1), Map.of("a", 2), Map.of()))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                Map.of("a", 2), List.of(new FieldChange("a", 1, null, 2))));
  }

  @Test
  void merge_numbersOfOtherClasses_compareByValue() {
    Map<String, Object> base = Map.of("a", 5);

    for (Object five : List.of(5L, 5.0, 5.0f, new BigDecimal("5.00"), (short) 5)) {
      assertThat(maps.merge(base, Map.of("a", five), Map.of("a", 6)).value())
          .isEqualTo(Map.of("a", 6));
      assertThat(maps.changes(base, base, Map.of("a", five))).isEmpty();
    }
    assertThat(maps.changes(null, Map.of("a", Double.NaN), Map.of("a", Double.NaN))).isEmpty();
    assertThat(maps.changes(null, base, Map.of("a", "5"))).hasSize(1);
  }

  @Test
  void merge_typeChange_overlapsWithAnEditInside() {
    Map<String, Object> base = Map.of("a", Map.of("x", 1));
    Map<String, Object> mine = Map.of("a", "text");
    Map<String, Object> theirs = Map.of("a", Map.of("x", 2));

    assertThat(maps.merge(base, mine, theirs))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                mine, List.of(new FieldChange("a", Map.of("x", 1), Map.of("x", 2), "text"))));
  }

  @Test
  void merge_mapsWithOtherKeysThanText_areMergedAsAWhole() {
    Map<String, Object> base = Map.of("a", Map.of(1, 1, 2, 2));
    Map<String, Object> mine = Map.of("a", Map.of(1, 9, 2, 2));
    Map<String, Object> theirs = Map.of("a", Map.of(1, 1, 2, 9));

    assertThat(maps.merge(base, mine, base).value()).isEqualTo(mine);
    assertThat(maps.merge(base, mine, theirs)).isInstanceOf(MergeResult.Overlapping.class);
  }

  @Test
  void merge_lists_areAtomicByDefault() {
    assertThat(
            maps.merge(
                Map.of("a", List.of(1, 2)),
                Map.of("a", List.of(1, 2, 3)),
                Map.of("a", List.of(0, 1, 2))))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                Map.of("a", List.of(1, 2, 3)),
                List.of(new FieldChange("a", List.of(1, 2), List.of(0, 1, 2), List.of(1, 2, 3)))));
  }

  @Test
  void merge_result_isUnmodifiableAndTheInputsStay() {
    Map<String, Object> base = new HashMap<>(Map.of("a", 1));
    Map<String, Object> mine = new HashMap<>(Map.of("a", 2));

    Map<String, Object> merged = maps.merge(base, mine, base).value();

    assertThatThrownBy(() -> merged.put("b", 1)).isInstanceOf(UnsupportedOperationException.class);
    assertThat(base).isEqualTo(Map.of("a", 1));
    assertThat(mine).isEqualTo(Map.of("a", 2));
  }

  @Test
  void merge_null_isNamed() {
    assertThatThrownBy(() -> maps.merge(null, Map.of(), Map.of())).hasMessage("base");
    assertThatThrownBy(() -> maps.merge(Map.of(), null, Map.of())).hasMessage("mine");
    assertThatThrownBy(() -> maps.merge(Map.of(), Map.of(), null)).hasMessage("theirs");
  }

  // Sets.

  @Test
  void asSet_bothSidesChanged_keepsAdditionsAndRemovalsOfBoth() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().asSet("tags").build();

    assertThat(
            merger.merge(
                Map.of("tags", List.of("a", "b", "c")),
                Map.of("tags", List.of("b", "c", "m")),
                Map.of("tags", List.of("t", "a", "b"))))
        .isEqualTo(new MergeResult.Merged<>(Map.of("tags", List.of("t", "b", "m"))));
    assertThat(
            merger
                .merge(
                    Map.of("tags", Set.of(1, 2)),
                    Map.of("tags", Set.of(2L, 3)),
                    Map.of("tags", Set.of(1, 2, 3.0)))
                .value())
        .isEqualTo(Map.of("tags", Set.of(2, 3.0)));
  }

  @Test
  void asSet_replacedBySomethingElse_overlaps() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().asSet("tags").build();

    assertThat(
            merger.merge(Map.of("tags", List.of("a")), Map.of(), Map.of("tags", List.of("a", "b"))))
        .isInstanceOf(MergeResult.Overlapping.class);
  }

  @Test
  void asSet_bothCreateTheSet_unitesThem() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().asSet("tags").build();
    Map<String, Object> both = Map.of("tags", List.of("b", "a"));

    assertThat(merger.merge(Map.of(), Map.of("tags", List.of("a")), Map.of("tags", List.of("b"))))
        .isEqualTo(new MergeResult.Merged<>(both));
    assertThat(
            merger.merge(
                Collections.singletonMap("tags", null),
                Map.of("tags", List.of("a")),
                Map.of("tags", List.of("b"))))
        .isEqualTo(new MergeResult.Merged<>(both));
    assertThat(merger.merge(Map.of(), both, Map.of())).isEqualTo(new MergeResult.Merged<>(both));
    assertThat(
            merger.merge(
                Map.of("tags", "text"), Map.of("tags", List.of("a")), Map.of("tags", List.of("b"))))
        .isInstanceOf(MergeResult.Overlapping.class);
  }

  // Keyed lists.

  private final Merger<Map<String, Object>> lines =
      Merger.mapBuilder().keyed("lines", Map.class, line -> line.get("id")).build();

  private static Map<String, Object> order(Object... idsAndPrices) {
    List<Map<String, Object>> lines = new java.util.ArrayList<>();
    for (int i = 0; i < idsAndPrices.length; i += 2) {
      lines.add(Map.of("id", idsAndPrices[i], "price", idsAndPrices[i + 1]));
    }
    return Map.of("lines", lines);
  }

  @Test
  void keyed_differentElements_mergesEach() {
    assertThat(
            lines.merge(
                order(1, 10, 2, 20, 3, 30),
                order(1, 11, 3, 30, 4, 40),
                order(5, 50, 1, 10, 2, 20, 3, 33)))
        .isEqualTo(new MergeResult.Merged<>(order(5, 50, 1, 11, 3, 33, 4, 40)));
  }

  @Test
  void keyed_sameElement_overlapsByItsId() {
    assertThat(lines.merge(order(7, 10), order(7, 11), order(7, 12)))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                order(7, 11), List.of(new FieldChange("lines[7].price", 10, 12, 11))));
    assertThat(lines.changes(order(7, 10), order(7, 12), order(7, 11)))
        .containsExactly(new FieldChange("lines[7].price", 10, 12, 11));
  }

  @Test
  void keyed_removedByOneAndChangedByTheOther_overlapsInTheElement() {
    Map<String, Object> changed = Map.of("id", 7, "price", 12);
    assertThat(lines.merge(order(7, 10), order(), order(7, 12)))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                order(),
                List.of(new FieldChange("lines[7]", Map.of("id", 7, "price", 10), changed, null))));
    assertThat(lines.merge(order(7, 10), order(7, 12), order()).value()).isEqualTo(order(7, 12));
  }

  @Test
  void keyed_order_isThatOfTheSideThatChangedIt() {
    assertThat(lines.merge(order(1, 1, 2, 2), order(2, 2, 1, 1), order(1, 9, 2, 2)).value())
        .isEqualTo(order(2, 2, 1, 9));
    assertThat(lines.merge(order(1, 1, 2, 2), order(1, 9, 2, 2), order(2, 2, 1, 1)).value())
        .isEqualTo(order(2, 2, 1, 9));
    MergeResult<Map<String, Object>> both =
        lines.merge(order(1, 1, 2, 2, 3, 3), order(3, 3, 2, 2, 1, 1), order(2, 2, 1, 1, 3, 3));
    assertThat(overlaps(both)).containsExactly("lines");
    assertThat(both.value()).isEqualTo(order(3, 3, 2, 2, 1, 1));
    assertThat(lines.changes(null, order(1, 1, 2, 2), order(2, 2, 1, 1)))
        .singleElement()
        .extracting(FieldChange::path)
        .isEqualTo("lines");
  }

  @Test
  void keyed_mineReorderedAndTheirsAdded_keepsBoth() {
    assertThat(
            lines.merge(
                order(1, 1, 2, 2, 3, 3), order(3, 3, 1, 1, 2, 2), order(1, 1, 2, 2, 3, 3, 4, 4)))
        .isEqualTo(new MergeResult.Merged<>(order(3, 3, 1, 1, 2, 2, 4, 4)));
    assertThat(
            lines.merge(
                order(1, 1, 2, 2, 3, 3), order(3, 3, 1, 1, 2, 2), order(9, 9, 1, 1, 2, 2, 3, 3)))
        .isEqualTo(new MergeResult.Merged<>(order(9, 9, 3, 3, 1, 1, 2, 2)));
    assertThat(lines.merge(order(1, 1, 2, 2, 3, 3), order(3, 3, 1, 1, 2, 2), order(1, 1, 3, 3)))
        .isEqualTo(new MergeResult.Merged<>(order(3, 3, 1, 1)));
  }

  @Test
  void keyed_theirsReorderedAndMineAdded_keepsBoth() {
    assertThat(
            lines.merge(
                order(1, 1, 2, 2, 3, 3), order(1, 1, 5, 5, 2, 2, 3, 3), order(3, 3, 1, 1, 2, 2)))
        .isEqualTo(new MergeResult.Merged<>(order(3, 3, 1, 1, 5, 5, 2, 2)));
  }

  @Test
  void keyed_bothInsert_eachStaysWhereItWasPut() {
    assertThat(
            lines.merge(
                order(1, 1, 2, 2), order(7, 7, 1, 1, 8, 8, 2, 2), order(1, 1, 5, 5, 2, 2, 6, 6)))
        .isEqualTo(new MergeResult.Merged<>(order(7, 7, 1, 1, 5, 5, 8, 8, 2, 2, 6, 6)));
  }

  @Test
  void keyed_bothReorderedDifferently_overlapsInTheListAndHoldsMine() {
    Map<String, Object> base = order(1, 1, 2, 2, 3, 3);
    Map<String, Object> mine = order(3, 3, 2, 2, 1, 1);
    Map<String, Object> theirs = order(2, 2, 1, 1, 3, 9);

    MergeResult<Map<String, Object>> result = lines.merge(base, mine, theirs);

    assertThat(overlaps(result)).containsExactly("lines");
    assertThat(result.value()).isEqualTo(order(3, 9, 2, 2, 1, 1));
    assertThat(lines.changes(base, theirs, mine))
        .extracting(FieldChange::path)
        .containsExactly("lines", "lines[3].price");
  }

  @Test
  void keyed_bothReorderedAlike_isNoOverlap() {
    assertThat(lines.merge(order(1, 1, 2, 2), order(2, 2, 1, 1), order(2, 2, 1, 1, 3, 3)))
        .isEqualTo(new MergeResult.Merged<>(order(2, 2, 1, 1, 3, 3)));
  }

  @Test
  void keyed_bothAddedTheSameInOtherPlaces_overlaps() {
    assertThat(overlaps(lines.merge(order(1, 1), order(5, 5, 1, 1), order(1, 1, 5, 5))))
        .containsExactly("lines");
  }

  @Test
  void keyed_sets_haveNoOrder() {
    Map<String, Object> one = Map.of("id", 1, "price", 1);
    Map<String, Object> two = Map.of("id", 2, "price", 2);
    Map<String, Object> there = Map.of("lines", new LinkedHashSet<>(List.of(one, two)));
    Map<String, Object> back = Map.of("lines", new LinkedHashSet<>(List.of(two, one)));

    assertThat(lines.merge(there, back, back)).isEqualTo(new MergeResult.Merged<>(there));
    assertThat(lines.changes(null, there, back)).isEmpty();
    assertThat(lines.merge(order(1, 1, 2, 2), back, order(2, 2, 1, 1)))
        .isInstanceOf(MergeResult.Merged.class);
  }

  @Test
  void keyed_bothCreateTheList_keepsTheElementsOfBoth() {
    assertThat(lines.merge(Map.of(), order(1, 1, 2, 2), order(2, 2, 3, 3)))
        .isEqualTo(new MergeResult.Merged<>(order(1, 1, 2, 2, 3, 3)));
    assertThat(overlaps(lines.merge(Map.of(), order(1, 1), order(1, 2))))
        .containsExactly("lines[1]");
  }

  @Test
  void keyed_idsThatCannotTellApart_mergesAsAWhole() {
    for (Map<String, Object> odd :
        List.of(
            order(1, 1, 1, 2),
            Map.<String, Object>of("lines", List.of("text")),
            Map.<String, Object>of("lines", List.of(Map.of("price", 1))),
            Map.<String, Object>of("lines", Arrays.asList((Object) null)))) {
      assertThat(lines.merge(odd, order(1, 2), order(1, 3)))
          .isInstanceOfSatisfying(
              MergeResult.Overlapping.class,
              overlapping -> assertThat(overlapping.overlaps().toString()).contains("path=lines,"));
    }
  }

  @Test
  void keyed_rulesInsideElements_goByThePathOfTheList() {
    Merger<Map<String, Object>> merger =
        Merger.mapBuilder()
            .keyed("lines", Map.class, line -> line.get("id"))
            .counter("lines.price")
            .build();

    assertThat(merger.merge(order(1, 10), order(1, 12), order(1, 15)).value())
        .isEqualTo(order(1, 17));
  }

  // Counters, audit fields and groups where the values do not fit.

  @Test
  void counter_valuesThatAreNoNumbers_mergeAsUsual() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().counter("n").build();

    assertThat(merger.merge(Map.of("n", "x"), Map.of("n", "y"), Map.of("n", "x")).value())
        .isEqualTo(Map.of("n", "y"));
    assertThat(merger.merge(Map.of(), Map.of("n", 1), Map.of("n", 2)))
        .isInstanceOf(MergeResult.Overlapping.class);
    assertThat(merger.merge(Map.of("n", 1.0), Map.of("n", Double.NaN), Map.of("n", 2.0)))
        .isInstanceOf(MergeResult.Overlapping.class);
  }

  @Test
  void counter_classes_keepTheClassOfTheirs() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().counter("n").build();

    for (Number theirs :
        List.of(
            5,
            5L,
            5.0,
            5.0f,
            (short) 5,
            (byte) 5,
            new BigDecimal("5"),
            new java.math.BigInteger("5"))) {
      assertThat(merger.merge(Map.of("n", 1), Map.of("n", 3), Map.of("n", theirs)).value().get("n"))
          .hasSameClassAs(theirs)
          .extracting(n -> ((Number) n).intValue())
          .isEqualTo(7);
    }
  }

  @Test
  void theirsAlways_nestedAndAbsent_staysTheirs() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().theirsAlways("meta.at", "by").build();

    assertThat(
            merger
                .merge(
                    Map.of("meta", Map.of("at", 1, "x", 1), "by", "a"),
                    Map.of("meta", Map.of("at", 2, "x", 2), "by", "m"),
                    Map.of("meta", Map.of("at", 1, "x", 1)))
                .value())
        .isEqualTo(Map.of("meta", Map.of("at", 1, "x", 2)));
  }

  @Test
  void group_nested_movesTogether() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().group("geo.lat", "geo.lon").build();

    MergeResult<Map<String, Object>> result =
        merger.merge(
            Map.of("geo", Map.of("lat", 1, "lon", 1, "name", "a")),
            Map.of("geo", Map.of("lat", 2, "lon", 1, "name", "a")),
            Map.of("geo", Map.of("lat", 1, "lon", 2, "name", "b")));

    assertThat(result.value()).isEqualTo(Map.of("geo", Map.of("lat", 2, "lon", 1, "name", "b")));
    assertThat(overlaps(result)).containsExactlyInAnyOrder("geo.lat", "geo.lon");
  }

  private static List<String> overlaps(MergeResult<?> result) {
    return result instanceof MergeResult.Overlapping<?> overlapping
        ? overlapping.overlaps().stream().map(FieldChange::path).toList()
        : List.of();
  }
}
