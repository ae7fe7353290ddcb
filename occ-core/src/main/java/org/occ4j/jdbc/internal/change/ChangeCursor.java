/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.change.ChangeRows.Head;
import org.occ4j.jdbc.internal.change.ChangeRows.Row;

/**
 * How far one node has read the change log, so that no row is lost whose transaction committed
 * late, and none is read twice.
 *
 * <p>Row numbers are given out when rows are inserted, and rows become visible when their
 * transactions commit: a row can appear below others that were read. So a cursor is the greatest
 * number that was read, and with it what tells an engine's late rows from those that were there:
 * {@link GapCursor}, {@link CountCursor}, {@link SnapshotCursor}. All read the rows above that
 * number in order and in batches, and with each batch all late rows up to it.
 *
 * <ul>
 *   <li>CURSOR-1: the late rows are read by the statement that reads the new ones, or by a later
 *       one. So a row that was committed before another row of its key was inserted is never behind
 *       it.
 *   <li>CURSOR-2: a cursor is immutable, and reading gives the one to go on with. Who could not
 *       tell what was read keeps the old one, and reads it again.
 * </ul>
 */
public sealed interface ChangeCursor permits GapCursor, CountCursor, SnapshotCursor {

  /** How many rows above the greatest number are read at once; late ones come on top. */
  int BATCH = 1_000;

  /**
   * What was read.
   *
   * @param head the log's end as the statement saw it
   * @param rows in the order of their numbers, each for the first time
   * @param behind the cursor behind these rows
   * @param last whether there was no more to be read
   */
  record Batch(Head head, List<Row> rows, ChangeCursor behind, boolean last) {}

  /** The life of the database in which this cursor has a meaning. */
  UUID incarnation();

  /** The greatest number that was read, or that was there at the start. */
  long greatest();

  /**
   * When the row of that number was written, in microseconds of the database's clock; null while
   * there was none. Number and time name a row: if there is another one in its place, or none, then
   * the database has lost what was read, whatever number it has come to since.
   */
  @Nullable Long writtenAt();

  /** Whether rows may have been lost because more were missing than can be remembered. */
  boolean overflowed();

  /**
   * Reads what is new; changes nothing, here or there.
   *
   * @param nowNanos a moment before the call, by the ticker
   */
  Batch read(Connection connection, long nowNanos) throws SQLException;

  /** When the row was written at which this cursor stands behind these rows, in their order. */
  default @Nullable Long writtenAtBehind(List<Row> rows) {
    Row last = rows.isEmpty() ? null : rows.get(rows.size() - 1);
    return last == null || last.number() <= greatest() ? writtenAt() : (Long) last.writtenAt();
  }
}
