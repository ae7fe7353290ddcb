/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.change.ChangeRows.Aged;
import org.occ4j.jdbc.internal.change.ChangeRows.Head;
import org.occ4j.jdbc.internal.change.ChangeRows.Page;
import org.occ4j.jdbc.internal.change.ChangeRows.Row;

/**
 * The cursor for a cluster whose nodes count in steps, so that most numbers are never used and a
 * {@link GapCursor} would ask for all of them: the greatest number that was read, and which of
 * those below it, down to a <em>floor</em>, were read. Each reading has the rows of that band
 * counted and their numbers added up; if there are others than those that were read, their numbers
 * are asked for.
 *
 * <p>The floor is what had been read {@link GapCursor#WINDOW} ago: a transaction that is open for
 * longer is given up.
 *
 * <ul>
 *   <li>CURSOR-1: a committed row is read exactly once, if its transaction lasted no longer than
 *       the window.
 *   <li>CURSOR-2: there are never more numbers in the band than {@link #MAX_BAND}; past it the
 *       cursor {@link #overflowed()}.
 * </ul>
 */
public final class CountCursor implements ChangeCursor {
  /** Of a cluster of three, some thousand changes a second for as long as the window. */
  static final int MAX_BAND = 1_000_000;

  private static final String NO_MARK = "NULL";

  /** How far apart what had been read is noted. */
  private static final long NOTE_NANOS = Duration.ofSeconds(1).toNanos();

  private final ChangeRows rows;
  private final UUID incarnation;
  private final long floor;
  private final long greatest;
  private final @Nullable Long writtenAt;
  private final boolean overflowed;

  /** Bit 0 is the number above the floor. Never changed. */
  private final BitSet read;

  /** What had been read when; the oldest first. */
  private final List<Note> notes;

  private record Note(long nanos, long greatest) {}

  private CountCursor(
      ChangeRows rows,
      UUID incarnation,
      long floor,
      long greatest,
      @Nullable Long writtenAt,
      boolean overflowed,
      BitSet read,
      List<Note> notes) {
    this.rows = rows;
    this.incarnation = incarnation;
    this.floor = floor;
    this.greatest = greatest;
    this.writtenAt = writtenAt;
    this.overflowed = overflowed;
    this.read = read;
    this.notes = notes;
  }

  /** A cursor behind everything that is visible now. */
  public static CountCursor atEnd(ChangeRows rows, Connection connection, long nowNanos)
      throws SQLException {
    Head head = rows.head(connection, NO_MARK);
    long lowest = Math.max(0, head.greatest() - MAX_BAND);
    List<Aged> recent = rows.aged(connection, lowest, head.greatest(), MAX_BAND);
    return atEnd(rows, head, lowest, recent, nowNanos);
  }

  /**
   * A cursor at the end, which looks for the rows of transactions that may be open just now.
   *
   * @param recent the visible rows above {@code lowest}, ascending
   */
  static CountCursor atEnd(
      ChangeRows rows, Head head, long lowest, List<Aged> recent, long nowNanos) {
    long floor = GapCursor.settled(lowest, recent);
    BitSet there = new BitSet();
    for (Aged row : recent) {
      if (row.number() > floor) {
        there.set((int) (row.number() - floor - 1));
      }
    }
    List<Note> notes = List.of(new Note(nowNanos, head.greatest()));
    return new CountCursor(
        rows,
        head.incarnation(),
        floor,
        Math.max(floor, head.greatest()),
        head.writtenAt(),
        false,
        there,
        notes);
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

  /** What was read of the band; not to be changed. */
  BitSet read() {
    return read;
  }

  /** What is below the band is not looked for any more. */
  long floor() {
    return floor;
  }

  @Override
  public Batch read(Connection connection, long nowNanos) throws SQLException {
    String sum = greatest == floor ? NO_MARK : rows.sumBetween(floor, greatest);
    Page page = rows.read(connection, sum, greatest, BATCH, List.of(), List.of());
    List<Row> found = new ArrayList<>(page.rows());
    String there = page.head().mark();
    BitSet before = read;
    if (there != null && !there.equals(sum())) {
      before = present(connection);
      found.addAll(late(connection, before));
      found.sort(Comparator.comparingLong(Row::number));
    }
    CountCursor behind = behind(before, found, nowNanos);
    return new Batch(page.head(), found, behind, page.above(greatest) < BATCH);
  }

  /** What the database makes of the rows of the band if they are those that were read. */
  String sum() {
    long sum = 0;
    long parity = 0;
    for (int bit = read.nextSetBit(0); bit >= 0; bit = read.nextSetBit(bit + 1)) {
      sum += floor + 1 + bit;
      parity ^= floor + 1 + bit;
    }
    return read.cardinality() + " " + sum + " " + parity;
  }

  /** The numbers of the band that are there now; those that were read and are not were purged. */
  private BitSet present(Connection connection) throws SQLException {
    BitSet present = new BitSet();
    for (Aged row : rows.aged(connection, floor, greatest, MAX_BAND)) {
      present.set((int) (row.number() - floor - 1));
    }
    return present;
  }

  private List<Row> late(Connection connection, BitSet present) throws SQLException {
    List<Long> unread = new ArrayList<>();
    present.stream().filter(bit -> !read.get(bit)).forEach(bit -> unread.add(floor + 1 + bit));
    List<Row> late = new ArrayList<>();
    for (int from = 0; from < unread.size(); from += GapCursor.GAPS_PER_STATEMENT) {
      int to = Math.min(unread.size(), from + GapCursor.GAPS_PER_STATEMENT);
      late.addAll(rows.among(connection, unread.subList(from, to)));
    }
    return late;
  }

  /**
   * The cursor behind these rows.
   *
   * @param before what of the band has been read
   * @param found each above the greatest, or late; ascending
   */
  CountCursor behind(BitSet before, List<Row> found, long nowNanos) {
    long last = found.isEmpty() ? greatest : found.get(found.size() - 1).number();
    long reached = Math.max(greatest, last);
    Long time = writtenAtBehind(found);
    List<Note> noted = noted(reached, nowNanos);
    long least = floor;
    while (!noted.isEmpty() && nowNanos - noted.get(0).nanos() > GapCursor.WINDOW.toNanos()) {
      least = noted.remove(0).greatest();
    }
    if (reached - least > MAX_BAND) { // CURSOR-2
      return new CountCursor(
          rows, incarnation, reached, reached, time, true, new BitSet(), List.of());
    }
    int shift = (int) Math.min(least - floor, before.length());
    BitSet band = before.get(shift, before.length());
    for (Row row : found) {
      if (row.number() > least) {
        band.set((int) (row.number() - least - 1));
      }
    }
    return new CountCursor(rows, incarnation, least, reached, time, overflowed, band, noted);
  }

  /** The notes, with one of now if what is read has grown and the last one is old enough. */
  private List<Note> noted(long reached, long nowNanos) {
    List<Note> noted = new ArrayList<>(notes);
    Note last = noted.isEmpty() ? null : noted.get(noted.size() - 1);
    if (last == null || (last.greatest() != reached && nowNanos - last.nanos() >= NOTE_NANOS)) {
      noted.add(new Note(nowNanos, reached));
    }
    return noted;
  }
}
