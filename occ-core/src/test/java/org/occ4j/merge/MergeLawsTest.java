/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The laws that any three-way merge has to keep, on some thousand random triples each, and broken
 * mergers that the laws must find out. A failure names the seed of its triple.
 */
class MergeLawsTest {
  private static final int TRIPLES = 3_000;

  private final Merger<Map<String, Object>> merger =
      Merger.mapBuilder()
          .asSet("set")
          .keyed("keyed", Map.class, element -> element.get("id"))
          .group("lat", "lon")
          .build();

  /** One law, which throws for a triple that breaks it. */
  interface Law {
    void check(
        Merger<Map<String, Object>> merger,
        Map<String, Object> base,
        Map<String, Object> mine,
        Map<String, Object> theirs);
  }

  @SuppressWarnings("ImmutableEnumChecker") // a law has no state
  enum Laws implements Law {
    MINE_UNTOUCHED_IS_THEIRS(
        (merger, base, mine, theirs) ->
            assertThat(merger.merge(base, base, theirs))
                .isEqualTo(new MergeResult.Merged<>(theirs))),
    THEIRS_UNTOUCHED_IS_MINE(
        (merger, base, mine, theirs) ->
            assertThat(merger.merge(base, mine, base)).isEqualTo(new MergeResult.Merged<>(mine))),
    AGREEMENT_IS_KEPT(
        (merger, base, mine, theirs) ->
            assertThat(merger.merge(base, mine, mine)).isEqualTo(new MergeResult.Merged<>(mine))),
    OVERLAPS_ARE_SYMMETRIC(
        (merger, base, mine, theirs) ->
            assertThat(overlaps(merger.merge(base, mine, theirs)))
                .isEqualTo(overlaps(merger.merge(base, theirs, mine)))),
    EQUAL_INPUTS_GIVE_EQUAL_RESULTS(
        (merger, base, mine, theirs) -> {
          MergeResult<Map<String, Object>> first = merger.merge(base, mine, theirs);
          assertThat(merger.merge(base, mine, theirs)).isEqualTo(first);
          // Also where equal maps iterate in another order.
          MergeResult<Map<String, Object>> second =
              merger.merge(reversed(base), reversed(mine), reversed(theirs));
          assertThat(second.value()).isEqualTo(first.value());
          assertThat(overlaps(second)).isEqualTo(overlaps(first));
        }),
    NOTHING_IS_LOST(
        (merger, base, mine, theirs) -> {
          MergeResult<Map<String, Object>> result = merger.merge(base, mine, theirs);
          for (String name : List.of("a", "b", "list")) {
            if (!areMaps(name, base, mine, theirs)) {
              checkLeaf(name, result, base, mine, theirs);
            }
          }
        }),
    CHANGES_LIST_DIFFERENCES(
        (merger, base, mine, theirs) ->
            assertThat(merger.changes(base, theirs, mine).isEmpty())
                .isEqualTo(theirs.equals(mine))),
    CHANGES_COVER_OVERLAPS(
        (merger, base, mine, theirs) -> {
          for (String overlap : overlaps(merger.merge(base, mine, theirs))) {
            assertThat(merger.changes(base, theirs, mine))
                .extracting(FieldChange::path)
                .anyMatch(path -> path.startsWith(overlap));
          }
        });

    private final Law law;

    Laws(Law law) {
      this.law = law;
    }

    @Override
    public void check(
        Merger<Map<String, Object>> merger,
        Map<String, Object> base,
        Map<String, Object> mine,
        Map<String, Object> theirs) {
      law.check(merger, base, mine, theirs);
    }
  }

  @ParameterizedTest
  @EnumSource(Laws.class)
  void merge_randomTriples_keepTheLaw(Laws law) {
    check(law, merger);
  }

  /** Mine as a whole: the twin that keeps its own screen and loses everybody else's work. */
  @Test
  void mergerThatPrefersMine_isCaught() {
    WholeSide broken = new WholeSide(true);

    assertThatThrownBy(() -> check(Laws.MINE_UNTOUCHED_IS_THEIRS, broken))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> check(Laws.NOTHING_IS_LOST, broken))
        .isInstanceOf(AssertionError.class);
  }

  /** Theirs as a whole: the twin that reloads and loses what was typed. */
  @Test
  void mergerThatPrefersTheirs_isCaught() {
    WholeSide broken = new WholeSide(false);

    assertThatThrownBy(() -> check(Laws.THEIRS_UNTOUCHED_IS_MINE, broken))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> check(Laws.NOTHING_IS_LOST, broken))
        .isInstanceOf(AssertionError.class);
  }

  /** Right in the values and silent about overlaps: the last writer wins within each field. */
  @Test
  void mergerThatIsSilentAboutOverlaps_isCaught() {
    Merger<Map<String, Object>> broken = new Silent(merger);

    assertThatThrownBy(() -> check(Laws.NOTHING_IS_LOST, broken))
        .isInstanceOf(AssertionError.class);
  }

  private static void check(Law law, Merger<Map<String, Object>> merger) {
    for (long seed = 0; seed < TRIPLES; seed++) {
      RandomDocuments documents = new RandomDocuments(seed);
      try {
        law.check(merger, documents.next(), documents.next(), documents.next());
      } catch (AssertionError broken) {
        throw new AssertionError("seed " + seed, broken);
      }
    }
  }

  /** What one side alone changed has that side's value; what both changed differently overlaps. */
  private static void checkLeaf(
      String name,
      MergeResult<Map<String, Object>> result,
      Map<String, Object> base,
      Map<String, Object> mine,
      Map<String, Object> theirs) {
    boolean mineChanged = differ(base, mine, name);
    boolean bothChanged = mineChanged && differ(base, theirs, name);
    assertThat(overlaps(result).contains(name))
        .as("overlap in %s", name)
        .isEqualTo(bothChanged && differ(mine, theirs, name));
    assertThat(differ(result.value(), mineChanged ? mine : theirs, name))
        .as("%s is not that of the side that changed it", name)
        .isFalse();
  }

  private static boolean areMaps(String name, Map<?, ?>... documents) {
    for (Map<?, ?> document : documents) {
      if (!(document.get(name) instanceof Map)) {
        return false;
      }
    }
    return true;
  }

  private static boolean differ(Map<String, ?> one, Map<String, ?> other, String name) {
    return one.containsKey(name) != other.containsKey(name)
        || !Objects.equals(one.get(name), other.get(name));
  }

  private static Set<String> overlaps(MergeResult<?> result) {
    Set<String> paths = new HashSet<>();
    if (result instanceof MergeResult.Overlapping<?> overlapping) {
      overlapping.overlaps().forEach(change -> paths.add(change.path()));
    }
    return paths;
  }

  private static Map<String, Object> reversed(Map<String, Object> map) {
    List<String> names = new ArrayList<>(map.keySet());
    Collections.reverse(names);
    Map<String, Object> reversed = new LinkedHashMap<>();
    names.forEach(name -> reversed.put(name, map.get(name)));
    return reversed;
  }

  private record WholeSide(boolean isMine) implements Merger<Map<String, Object>> {
    @Override
    public MergeResult<Map<String, Object>> merge(
        Map<String, Object> base, Map<String, Object> mine, Map<String, Object> theirs) {
      return new MergeResult.Merged<>(isMine ? mine : theirs);
    }

    @Override
    public List<FieldChange> changes(
        Map<String, Object> base, Map<String, Object> theirs, Map<String, Object> mine) {
      return List.of();
    }
  }

  private record Silent(Merger<Map<String, Object>> merger) implements Merger<Map<String, Object>> {
    @Override
    public MergeResult<Map<String, Object>> merge(
        Map<String, Object> base, Map<String, Object> mine, Map<String, Object> theirs) {
      return new MergeResult.Merged<>(merger.merge(base, mine, theirs).value());
    }

    @Override
    public List<FieldChange> changes(
        Map<String, Object> base, Map<String, Object> theirs, Map<String, Object> mine) {
      return merger.changes(base, theirs, mine);
    }
  }
}
