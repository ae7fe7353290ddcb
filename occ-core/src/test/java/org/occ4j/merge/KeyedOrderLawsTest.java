/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/**
 * No edit of a keyed list is lost without an overlap: what one side put somewhere is there, in the
 * order that the side which moved it chose. On random lists, with twins that lose an order.
 */
class KeyedOrderLawsTest {
  private static final int TRIPLES = 5_000;

  private final Merger<Map<String, Object>> merger =
      Merger.mapBuilder().keyed("list", String.class, id -> id).build();

  /** The ids of a list that one person left behind. */
  record Edited(List<String> ids, boolean moved) {}

  @Test
  void merge_randomLists_losesNoEdit() {
    check((seed, triple) -> merge(merger, triple));
  }

  /** What this library did once: theirs wherever they touched the list at all. */
  @Test
  void mergerThatPrefersTheirOrder_isCaught() {
    assertThatThrownBy(
            () ->
                check(
                    (seed, triple) -> {
                      List<String> ids = new ArrayList<>(triple.get(2));
                      triple.get(1).stream().filter(id -> !ids.contains(id)).forEach(ids::add);
                      return ids;
                    }))
        .isInstanceOf(AssertionError.class);
  }

  /** The order of the merged list, or null where it is contested. */
  private static List<String> merge(Merger<Map<String, Object>> merger, List<List<String>> triple) {
    MergeResult<Map<String, Object>> result =
        merger.merge(
            Map.of("list", triple.get(0)),
            Map.of("list", triple.get(1)),
            Map.of("list", triple.get(2)));
    return result.isMerged() ? ids(result.value()) : List.of("overlap");
  }

  @SuppressWarnings("unchecked")
  private static List<String> ids(Map<String, Object> value) {
    return (List<String>) value.get("list");
  }

  private static void check(BiFunction<Long, List<List<String>>, List<String>> merge) {
    for (long seed = 0; seed < TRIPLES; seed++) {
      Random random = new Random(seed);
      List<String> base = List.of("a", "b", "c", "d", "e").subList(0, random.nextInt(6));
      Edited mine = edit(base, "m", random);
      Edited theirs = edit(base, "t", random);
      try {
        check(base, mine, theirs, merge.apply(seed, List.of(base, mine.ids(), theirs.ids())));
      } catch (AssertionError broken) {
        throw new AssertionError(
            "seed " + seed + ": " + base + ", " + mine + ", " + theirs, broken);
      }
    }
  }

  private static void check(List<String> base, Edited mine, Edited theirs, List<String> merged) {
    List<String> mineCommon = common(common(mine.ids(), theirs.ids()), base);
    List<String> theirCommon = common(common(theirs.ids(), mine.ids()), base);
    List<String> before = common(common(base, mine.ids()), theirs.ids());
    boolean mineMoved = !mineCommon.equals(before);
    boolean theirsMoved = !theirCommon.equals(before);
    if (mineMoved && theirsMoved && !mineCommon.equals(theirCommon)) {
      assertThat(merged).as("both moved").containsExactly("overlap");
      return;
    }
    // Removed by either side is gone, added by either side is there.
    List<String> expected = new ArrayList<>(before);
    mine.ids().stream().filter(id -> !base.contains(id)).forEach(expected::add);
    theirs.ids().stream().filter(id -> !base.contains(id)).forEach(expected::add);
    assertThat(merged).containsExactlyInAnyOrderElementsOf(expected);
    if (mineMoved || !theirsMoved) {
      assertThat(common(merged, mine.ids())).isEqualTo(common(mine.ids(), merged));
    }
    if (theirsMoved || !mineMoved) {
      assertThat(common(merged, theirs.ids())).isEqualTo(common(theirs.ids(), merged));
    }
    if (!mineMoved || !theirsMoved) {
      assertEndsAreKept(mineMoved ? theirs : mine, merged);
    }
  }

  /** What the side that moved nothing put at the end comes behind all that both have. */
  private static void assertEndsAreKept(Edited side, List<String> merged) {
    List<String> ids = side.ids();
    String last = ids.isEmpty() ? "" : ids.get(ids.size() - 1);
    if (last.length() > 1) { // an addition
      List<String> old = merged.stream().filter(id -> id.length() == 1).toList();
      old.forEach(id -> assertThat(merged.indexOf(id)).isLessThan(merged.indexOf(last)));
    }
  }

  private static Edited edit(List<String> base, String who, Random random) {
    List<String> ids = new ArrayList<>(base);
    boolean moved = random.nextInt(3) == 0;
    if (moved) {
      Collections.shuffle(ids, random);
    }
    ids.removeIf(id -> random.nextInt(6) == 0);
    for (int i = random.nextInt(3); i > 0; i--) {
      ids.add(random.nextInt(ids.size() + 1), who + i);
    }
    return new Edited(List.copyOf(ids), moved);
  }

  private static List<String> common(List<String> ids, List<String> others) {
    return ids.stream().filter(others::contains).toList();
  }
}
