/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A three-way merge of one text, by lines or by words: what one side alone changed is taken, what
 * both changed alike is taken once, and what both changed differently is a conflict that keeps all
 * three. Changes that touch each other, with nothing unchanged between them, are one conflict.
 *
 * <p>Where there is no conflict, no word of either side's changes is missing; whether the two make
 * sense together only a person can tell. How lines end makes no difference; the merged text ends
 * its lines as theirs does. Texts that have next to nothing in common are not searched for what
 * they share: there all between their common beginning and end is one change.
 *
 * <p>Immutable.
 *
 * @param pieces the text in order; put together they are the whole of it
 */
public record TextMerge(List<Piece> pieces) {

  /**
   * A part of the text.
   *
   * @param base what both sides started from here
   * @param mine what stands here if mine decides; in a part that is no conflict the merged text
   * @param theirs what stands here if theirs decides; likewise
   * @param isConflict whether both sides changed it, differently
   */
  public record Piece(String base, String mine, String theirs, boolean isConflict) {
    /** Refuses nulls. */
    public Piece {
      Objects.requireNonNull(base, "base");
      Objects.requireNonNull(mine, "mine");
      Objects.requireNonNull(theirs, "theirs");
    }

    private static Piece agreed(String base, String merged) {
      return new Piece(base, merged, merged, false);
    }
  }

  /** Copies the list. */
  public TextMerge {
    pieces = List.copyOf(pieces);
  }

  /** Merges by lines, as version control does. */
  public static TextMerge byLines(String base, String mine, String theirs) {
    return merge(Tokens::lines, base, mine, theirs);
  }

  /**
   * Merges by words: a word is a run of letters and digits, or one character of a script that is
   * written without spaces.
   */
  public static TextMerge byWords(String base, String mine, String theirs) {
    return merge(Tokens::words, base, mine, theirs);
  }

  /** Whether nothing is left to decide. */
  public boolean isMerged() {
    return pieces.stream().noneMatch(Piece::isConflict);
  }

  /** The merged text, with mine in the conflicts. */
  public String withMine() {
    return joined(Piece::mine);
  }

  /** The merged text, with theirs in the conflicts. */
  public String withTheirs() {
    return joined(Piece::theirs);
  }

  private String joined(Function<Piece, String> side) {
    return pieces.stream().map(side).collect(Collectors.joining());
  }

  private static TextMerge merge(
      Function<String, List<String>> split, String base, String mine, String theirs) {
    List<String> before = split.apply(LineEnds.plain(base));
    List<String> left = split.apply(LineEnds.plain(mine));
    List<String> right = split.apply(LineEnds.plain(theirs));
    int[] inMine = Tokens.matches(before, left);
    int[] inTheirs = Tokens.matches(before, right);
    String lineEnd = LineEnds.of(theirs, mine);
    List<Piece> pieces = new ArrayList<>();
    int b = 0;
    int m = 0;
    int t = 0;
    for (int stable = 0; stable <= before.size(); stable++) {
      boolean atEnd = stable == before.size();
      if (!atEnd && (inMine[stable] < 0 || inTheirs[stable] < 0)) {
        continue;
      }
      int mineEnd = atEnd ? left.size() : inMine[stable];
      int theirsEnd = atEnd ? right.size() : inTheirs[stable];
      Piece changed =
          decide(text(before, b, stable), text(left, m, mineEnd), text(right, t, theirsEnd));
      add(pieces, LineEnds.with(lineEnd, changed));
      if (!atEnd) {
        String kept = before.get(stable);
        add(pieces, LineEnds.with(lineEnd, Piece.agreed(kept, kept)));
      }
      b = stable + 1;
      m = mineEnd + 1;
      t = theirsEnd + 1;
    }
    return new TextMerge(pieces);
  }

  private static String text(List<String> tokens, int from, int to) {
    return String.join("", tokens.subList(from, to));
  }

  private static Piece decide(String base, String mine, String theirs) {
    if (mine.equals(base) || mine.equals(theirs)) {
      return Piece.agreed(base, theirs);
    }
    return theirs.equals(base) ? Piece.agreed(base, mine) : new Piece(base, mine, theirs, true);
  }

  /** Adds a part; two in a row about which there is nothing to decide are one. */
  private static void add(List<Piece> pieces, Piece piece) {
    if (piece.base().isEmpty() && piece.mine().isEmpty() && piece.theirs().isEmpty()) {
      return;
    }
    Piece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
    if (last == null || last.isConflict() || piece.isConflict()) {
      pieces.add(piece);
    } else {
      String base = last.base() + piece.base();
      pieces.set(pieces.size() - 1, Piece.agreed(base, last.mine() + piece.mine()));
    }
  }
}
