/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

/** How the lines of a text end, which says nothing about what is in them. */
final class LineEnds {
  private LineEnds() {}

  /** The text with line feeds alone. */
  static String plain(String text) {
    return text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n").replace('\r', '\n');
  }

  /** The first line end of the first text that has one, else a line feed. */
  static String of(String first, String second) {
    String text = hasOne(first) ? first : second;
    int feed = text.indexOf('\n');
    int carriage = text.indexOf('\r');
    if (carriage < 0 || (feed >= 0 && feed < carriage)) {
      return "\n";
    }
    return feed == carriage + 1 ? "\r\n" : "\r";
  }

  private static boolean hasOne(String text) {
    return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
  }

  static TextMerge.Piece with(String lineEnd, TextMerge.Piece piece) {
    return lineEnd.equals("\n")
        ? piece
        : new TextMerge.Piece(
            piece.base().replace("\n", lineEnd),
            piece.mine().replace("\n", lineEnd),
            piece.theirs().replace("\n", lineEnd),
            piece.isConflict());
  }
}
