/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.occ4j.merge.TextMerge.Piece;

/** What only Java shows of it; what both languages do is in the vectors of occ-client. */
class TextMergeTest {
  private static final int TRIPLES = 3_000;

  record Task(String title, String notes) {}

  @Test
  void pieces_namesTheConflict_andKeepsTheRest() {
    TextMerge merge = TextMerge.byLines("a\nb\nc\nd\n", "a\nB1\nc\nd!\n", "A\nb\nc\nD\n");

    assertThat(merge.isMerged()).isFalse();
    assertThat(merge.pieces())
        .containsExactly(
            new Piece("a\nb\n", "a\nB1\n", "A\nb\n", true),
            new Piece("c\n", "c\n", "c\n", false),
            new Piece("d\n", "d!\n", "D\n", true));
  }

  @Test
  void merge_recordWithTextRule_takesBothSides() {
    Merger<Task> merger = Merger.recordBuilder(Task.class).textByWords("notes").build();

    assertThat(
            merger.merge(
                new Task("t", "buy milk and bread"),
                new Task("t", "buy oat milk and bread"),
                new Task("T", "buy milk and rye bread")))
        .isEqualTo(new MergeResult.Merged<>(new Task("T", "buy oat milk and rye bread")));
  }

  @Test
  void merge_conflictWithinText_overlapsAndKeepsTheirsElsewhere() {
    Merger<Task> merger = Merger.recordBuilder(Task.class).textByLines("notes").build();
    Task base = new Task("t", "a\nb\nc\n");
    MergeResult<Task> result =
        merger.merge(base, new Task("t", "a\nb\nmine\n"), new Task("t", "new\na\nb\ntheirs\n"));

    assertThat(result.value().notes()).isEqualTo("new\na\nb\nmine\n");
    FieldChange asked =
        new FieldChange("notes", "a\nb\nc\n", "new\na\nb\ntheirs\n", "a\nb\nmine\n");
    assertThat(result).isEqualTo(new MergeResult.Overlapping<>(result.value(), List.of(asked)));
  }

  @Test
  void textRule_fieldOfAnotherType_isRefused() {
    record Counted(int count) {}

    assertThatThrownBy(() -> Merger.recordBuilder(Counted.class).textByLines("count"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("textByLines");
  }

  @Test
  void merge_noTextOnOneSide_isOneValue() {
    Merger<Map<String, Object>> merger = Merger.mapBuilder().textByLines("a").build();

    MergeResult<Map<String, Object>> result =
        merger.merge(Map.of("a", "x\n"), Map.of("a", "x\ny\n"), Map.of("a", 7));
    assertThat(result.isMerged()).isFalse();
    assertThat(result.value()).isEqualTo(Map.of("a", "x\ny\n"));
  }

  @Test
  void merge_longTextsThatShareNothing_conflictAsAWhole() {
    StringBuilder mine = new StringBuilder();
    StringBuilder theirs = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      mine.append('m').append(i).append(' ');
      theirs.append('t').append(i).append(' ');
    }

    TextMerge merge = TextMerge.byWords("some text", mine.toString(), theirs.toString());
    assertThat(merge.isMerged()).isFalse();
    assertThat(merge.withTheirs()).isEqualTo(theirs.toString());
  }

  /**
   * Words that occur once, so that what became of each is plain: in the merged text stands what
   * both kept and what either added, and nothing else; what cannot be so is a conflict.
   */
  @Test
  void merge_randomEdits_loseNothingWithoutAConflict() {
    int merged = 0;
    for (long seed = 0; seed < TRIPLES; seed++) {
      Random random = new Random(seed);
      List<String> base = words(random, "b");
      List<String> mine = edited(random, base, "m");
      List<String> theirs = edited(random, base, "t");
      TextMerge merge = TextMerge.byLines(text(base), text(mine), text(theirs));

      List<String> expected = new ArrayList<>(base);
      expected.removeIf(word -> !mine.contains(word) || !theirs.contains(word));
      expected.addAll(added(base, mine));
      expected.addAll(added(base, theirs));
      if (merge.isMerged()) {
        merged++;
        assertThat(merge.withMine().lines())
            .as("seed %s", seed)
            .containsExactlyInAnyOrderElementsOf(expected);
      } else {
        assertThat(merge.withMine().lines()).as("seed %s", seed).containsAll(added(base, mine));
        assertThat(merge.withTheirs().lines()).as("seed %s", seed).containsAll(added(base, theirs));
      }
      TextMerge swapped = TextMerge.byLines(text(base), text(theirs), text(mine));
      assertThat(swapped.withMine()).as("seed %s", seed).isEqualTo(merge.withTheirs());
      assertThat(swapped.isMerged()).as("seed %s", seed).isEqualTo(merge.isMerged());
    }
    assertThat(merged).isBetween(TRIPLES / 10, TRIPLES - TRIPLES / 10);
  }

  private static List<String> words(Random random, String prefix) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 2 + random.nextInt(12); i++) {
      words.add(prefix + i);
    }
    return words;
  }

  private static List<String> edited(Random random, List<String> base, String prefix) {
    List<String> edited = new ArrayList<>(base);
    for (int i = 0; i < 1 + random.nextInt(3); i++) {
      int at = random.nextInt(edited.size() + 1);
      if (at < edited.size() && random.nextBoolean()) {
        edited.remove(at);
      } else {
        edited.add(at, prefix + i);
      }
    }
    return edited;
  }

  private static List<String> added(List<String> base, List<String> side) {
    return side.stream().filter(word -> !base.contains(word)).toList();
  }

  private static String text(List<String> words) {
    return String.join("\n", words) + (words.isEmpty() ? "" : "\n");
  }
}
