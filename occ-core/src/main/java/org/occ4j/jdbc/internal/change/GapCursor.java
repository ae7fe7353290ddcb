/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Placeholders;
import org.occ4j.jdbc.internal.change.ChangeRows.Aged;
import org.occ4j.jdbc.internal.change.ChangeRows.Head;
import org.occ4j.jdbc.internal.change.ChangeRows.Page;
import org.occ4j.jdbc.internal.change.ChangeRows.Row;

/**
 * The cursor for engines that do not tell which transactions are open: the greatest number that was
 * read, and each number below it that was not there, a <em>gap</em>.
 *
 * <p>A gap is a transaction that is open, or one that was rolled back, and nothing tells them
 * apart. It is asked for with each reading, and given up when it has been open for longer than
 * {@link #WINDOW}.
 *
 * <ul>
 *   <li>CURSOR-1: a committed row is read exactly once, if its transaction lasted no longer than
 *       the window.
 *   <li>CURSOR-2: there are never more gaps than {@link #MAX_GAPS}; past it the cursor {@link
 *       #overflowed()}.
 * </ul>
 */
public final class GapCursor implements ChangeCursor {

  /** A transaction that appends changes must not last longer. */
  static final Duration WINDOW = Duration.ofMinutes(2);

  static final int MAX_GAPS = 10_000;

  /** Gaps asked for by one statement. */
  public static final int GAPS_PER_STATEMENT = 1_000;

  private static final String NO_MARK = "NULL";

  private final ChangeRows rows;
  private final UUID incarnation;
  private final long greatest;
  private final @Nullable Long writtenAt;
  private final boolean overflowed;

  /** When each gap was first missed, by its number. Never changed. */
  private final NavigableMap<Long, Long> gaps;

  GapCursor(ChangeRows rows, UUID incarnation, long greatest, NavigableMap<Long, Long> gaps) {
    this(rows, incarnation, greatest, null, gaps, false);
  }

  private GapCursor(
      ChangeRows rows,
      UUID incarnation,
      long greatest,
      @Nullable Long writtenAt,
      NavigableMap<Long, Long> gaps,
      boolean overflowed) {
    this.rows = rows;
    this.incarnation = incarnation;
    this.greatest = greatest;
    this.writtenAt = writtenAt;
    this.gaps = gaps;
    this.overflowed = overflowed;
  }

  /** A cursor behind everything that is visible now. */
  public static GapCursor atEnd(ChangeRows rows, Connection connection, long nowNanos)
      throws SQLException {
    Head head = rows.head(connection, NO_MARK);
    long floor = Math.max(0, head.greatest() - MAX_GAPS);
    List<Aged> recent = rows.aged(connection, floor, head.greatest(), MAX_GAPS);
    return atEnd(rows, head, floor, recent, nowNanos);
  }

  /**
   * A cursor at the end, with gaps for the transactions that may be open just now.
   *
   * @param recent the visible rows above {@code floor}, ascending
   */
  static GapCursor atEnd(ChangeRows rows, Head head, long floor, List<Aged> recent, long nowNanos) {
    long settled = settled(floor, recent);
    GapCursor cursor = new GapCursor(rows, head.incarnation(), settled, new TreeMap<>());
    long from = settled;
    List<Long> newer = recent.stream().map(Aged::number).filter(number -> number > from).toList();
    return cursor.behind(newer, nowNanos).at(head.writtenAt());
  }

  /**
   * The number up to which no transaction is open: those below an old row were given out before it
   * was written, so longer ago than the window. But a clock that leaps ahead makes every row look
   * old, so the last rows prove it of what was purged only.
   *
   * @param recent the visible rows above {@code lowest}, ascending
   */
  static long settled(long lowest, List<Aged> recent) {
    long settled = lowest;
    for (Aged row : recent) {
      boolean proves =
          row.number() == recent.get(0).number()
              || row.number() <= recent.get(recent.size() - 1).number() - GAPS_PER_STATEMENT;
      settled = proves && row.age().compareTo(WINDOW) > 0 ? row.number() : settled;
    }
    return settled;
  }

  /** The same, with the time at which its row was written. */
  private GapCursor at(@Nullable Long time) {
    return new GapCursor(rows, incarnation, greatest, time, gaps, overflowed);
  }

  @Override
  public UUID incarnation() {
    return incarnation;
  }

  @Override
  public long greatest() {
    return greatest;
  }

  @Override
  public @Nullable Long writtenAt() {
    return writtenAt;
  }

  @Override
  public boolean overflowed() {
    return overflowed;
  }

  /** The numbers that are asked for again. */
  List<Long> gaps() {
    return List.copyOf(gaps.keySet());
  }

  @Override
  public Batch read(Connection connection, long nowNanos) throws SQLException {
    List<Long> asked = gaps();
    List<Long> first = asked.subList(0, Math.min(asked.size(), GAPS_PER_STATEMENT));
    Page page = rows.read(connection, NO_MARK, greatest, BATCH, late(first), padded(first));
    List<Row> found = new ArrayList<>(page.rows());
    for (int from = first.size(); from < asked.size(); from += GAPS_PER_STATEMENT) {
      int to = Math.min(asked.size(), from + GAPS_PER_STATEMENT);
      found.addAll(rows.among(connection, padded(asked.subList(from, to))));
    }
    found.sort(Comparator.comparingLong(Row::number));
    GapCursor behind =
        behind(found.stream().map(Row::number).toList(), nowNanos).at(writtenAtBehind(found));
    return new Batch(page.head(), found, behind, page.above(greatest) < BATCH);
  }

  private static List<String> late(List<Long> asked) {
    return asked.isEmpty() ? List.of() : List.of("id IN " + Placeholders.inBrackets(padded(asked)));
  }

  /** The same numbers, the last one repeated, so that there are few texts of the statement. */
  private static List<Long> padded(List<Long> asked) {
    if (asked.isEmpty()) {
      return asked;
    }
    int size = Math.max(8, Integer.highestOneBit(2 * asked.size() - 1));
    List<Long> more = new ArrayList<>(asked);
    more.addAll(Collections.nCopies(size - asked.size(), asked.get(asked.size() - 1)));
    return more;
  }

  /**
   * The cursor behind these rows; gaps that are open for longer than the window are given up.
   *
   * @param numbers ascending; each above the greatest, or a gap
   */
  GapCursor behind(List<Long> numbers, long nowNanos) {
    NavigableMap<Long, Long> left = new TreeMap<>(gaps);
    long last = greatest;
    for (long number : numbers) {
      if (number <= last) {
        left.remove(number);
      } else if (number - last - 1 > MAX_GAPS - left.size()) {
        return new GapCursor(rows, incarnation, number, null, new TreeMap<>(), true); // CURSOR-2
      } else {
        for (long missing = last + 1; missing < number; missing++) {
          left.put(missing, nowNanos);
        }
        last = number;
      }
    }
    left.values().removeIf(since -> nowNanos - since > WINDOW.toNanos());
    return new GapCursor(rows, incarnation, last, writtenAt, left, overflowed);
  }
}
