/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Texts cut into pieces, and which pieces two texts have in common: the greedy algorithm of Myers
 * ("An O(ND) Difference Algorithm", 1986), step for step as occ-diff.js has it, so that both
 * languages merge alike.
 */
final class Tokens {

  /** Steps of the search; its work and memory grow with their square. */
  private static final int MOST_STEPS = 400;

  private static final Pattern LINE = Pattern.compile("[^\n]*\n|[^\n]+$");

  /**
   * Scripts without spaces go character by character; so does all that is neither word nor space.
   */
  private static final Pattern WORD =
      Pattern.compile(
          "[\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsThai}\\p{IsLao}\\p{IsKhmer}\\p{IsMyanmar}]\\p{M}*"
              + "|(?:(?![\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsThai}\\p{IsLao}\\p{IsKhmer}\\p{IsMyanmar}])"
              + "[\\p{L}\\p{N}_]\\p{M}*)+|[ \\t]+|[^ \\t]\\p{M}*",
          Pattern.DOTALL);

  private static final Pattern BLANK = Pattern.compile("[ \t\n]*");

  private Tokens() {}

  static List<String> lines(String text) {
    return LINE.matcher(text).results().map(MatchResult::group).toList();
  }

  static List<String> words(String text) {
    return WORD.matcher(text).results().map(MatchResult::group).toList();
  }

  /**
   * For each piece of {@code a} the place in {@code b} of the same piece, or -1; the places grow. A
   * run of nothing but blanks counts for nothing: it would tie together texts that share no word.
   */
  static int[] matches(List<String> a, List<String> b) {
    int[] place = new int[a.size()];
    Arrays.fill(place, -1);
    int start = 0;
    int most = Math.min(a.size(), b.size());
    while (start < most && a.get(start).equals(b.get(start))) {
      place[start] = start;
      start++;
    }
    int end = 0;
    while (end < most - start && last(a, end).equals(last(b, end))) {
      end++;
      place[a.size() - end] = b.size() - end;
    }
    List<String> middle = a.subList(start, a.size() - end);
    for (int[] pair : new Tokens.Search(middle, b.subList(start, b.size() - end)).pairs()) {
      place[start + pair[0]] = start + pair[1];
    }
    return withoutBlankRuns(a, place);
  }

  private static String last(List<String> tokens, int fromEnd) {
    return tokens.get(tokens.size() - 1 - fromEnd);
  }

  private static int[] withoutBlankRuns(List<String> tokens, int[] place) {
    int from = 0;
    while (from < place.length) {
      int to = from + 1;
      boolean blank = isBlank(tokens.get(from));
      while (to < place.length && place[from] >= 0 && place[to] == place[to - 1] + 1) {
        blank &= isBlank(tokens.get(to));
        to++;
      }
      if (blank) {
        Arrays.fill(place, from, to, -1);
      }
      from = to;
    }
    return place;
  }

  private static boolean isBlank(String token) {
    return BLANK.matcher(token).matches();
  }

  /** One search for the pairs of a longest common sequence. */
  private static final class Search {
    private final List<String> a;
    private final List<String> b;

    Search(List<String> a, List<String> b) {
      this.a = a;
      this.b = b;
    }

    /** Empty also where the search would take too long. */
    Deque<int[]> pairs() {
      int most = Math.min(a.size() + b.size(), MOST_STEPS);
      int zero = most + 1;
      int[] reach = new int[2 * most + 3]; // how far each diagonal (x - y) has come
      List<int[]> trace = new ArrayList<>();
      for (int steps = 0; steps <= most; steps++) {
        trace.add(Arrays.copyOfRange(reach, zero - steps - 1, zero + steps + 2));
        for (int diagonal = -steps; diagonal <= steps; diagonal += 2) {
          int at = zero + diagonal;
          int x = goesDown(reach, at, diagonal, steps) ? reach[at + 1] : reach[at - 1] + 1;
          while (x < a.size() && x - diagonal < b.size() && a.get(x).equals(b.get(x - diagonal))) {
            x++;
          }
          reach[at] = x;
          if (x >= a.size() && x - diagonal >= b.size()) {
            return back(trace);
          }
        }
      }
      return new ArrayDeque<>();
    }

    /** Whether a diagonal is best reached by an insertion. */
    private static boolean goesDown(int[] reach, int at, int diagonal, int steps) {
      return diagonal == -steps || (diagonal != steps && reach[at - 1] < reach[at + 1]);
    }

    private Deque<int[]> back(List<int[]> trace) {
      Deque<int[]> pairs = new ArrayDeque<>();
      int x = a.size();
      int y = b.size();
      for (int steps = trace.size() - 1; steps >= 0; steps--) {
        int[] reach = trace.get(steps);
        int at = x - y + steps + 1;
        int from = goesDown(reach, at, x - y, steps) ? at + 1 : at - 1;
        int fromX = reach[from];
        int fromY = fromX - (from - steps - 1);
        while (x > fromX && y > fromY) {
          x--;
          y--;
          pairs.addFirst(new int[] {x, y});
        }
        if (steps > 0) {
          x = fromX;
          y = fromY;
        }
      }
      return pairs;
    }
  }
}
