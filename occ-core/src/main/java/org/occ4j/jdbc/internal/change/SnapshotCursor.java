/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.change.ChangeRows.Head;
import org.occ4j.jdbc.internal.change.ChangeRows.Page;
import org.occ4j.jdbc.internal.change.ChangeRows.Row;

/**
 * The cursor for PostgreSQL: the greatest number that was read, and the snapshot that read it.
 *
 * <p>Each row carries the number of its transaction. CURSOR-1: the rows that were read are exactly
 * those up to {@code greatest} whose transactions {@code snapshot} sees. So the late ones are the
 * rows up to {@code greatest} of transactions that it does not see: those it calls open, and those
 * from its end on. The next snapshot comes out of the statement that reads the rows, because one
 * taken before or after would see other transactions than that.
 *
 * <p>There is no list of gaps and no time limit. A rolled-back transaction leaves nothing behind;
 * one that is open for hours is one number in the snapshot.
 *
 * <p>Transaction numbers alone would not do: a server that crashes gives out again the numbers of
 * transactions of which nothing had reached the disk, and a snapshot of before the crash would take
 * them for seen. Row numbers do not run back behind a row that is on disk, so what was written
 * after the crash is above {@code greatest}, where no snapshot is asked.
 */
public record SnapshotCursor(
    ChangeRows rows, UUID incarnation, long greatest, @Nullable Long writtenAt, Snapshot snapshot)
    implements ChangeCursor {

  /**
   * What {@code pg_current_snapshot()} says.
   *
   * @param end the least transaction number that was not given out yet; none from here on is seen
   * @param open the numbers below it that were open, as an array literal
   */
  record Snapshot(String end, String open) {

    /** Reads {@code xmin:xmax:open,open,...}. */
    static Snapshot parse(@Nullable String text) throws SQLException {
      if (text == null) {
        throw new SQLException(
            "the change log cannot be read from a standby, which does not tell which transactions"
                + " are open; connect to the primary");
      }
      String[] parts = text.split(":", -1);
      return new Snapshot(parts[1], "{" + parts[2] + "}");
    }
  }

  private static final String MARK =
      "CASE WHEN pg_is_in_recovery() THEN NULL ELSE CAST(pg_current_snapshot() AS TEXT) END";

  /**
   * Rows of transactions from the old snapshot's end on, and of those it called open. The bound
   * above keeps rows out that a restored dump brought along from a server with greater numbers, and
   * tells a planner that knows nothing of the table that the range is narrow.
   */
  private static final List<String> LATE =
      List.of(
          "id <= ? AND xact >= CAST(? AS XID8) AND xact < pg_snapshot_xmax(pg_current_snapshot())",
          "id <= ? AND xact = ANY (CAST(? AS XID8[]))");

  /** A cursor behind everything that is visible now. */
  public static SnapshotCursor atEnd(ChangeRows rows, Connection connection) throws SQLException {
    Head head = rows.head(connection, MARK);
    return new SnapshotCursor(
        rows, head.incarnation(), head.greatest(), head.writtenAt(), Snapshot.parse(head.mark()));
  }

  @Override
  public Batch read(Connection connection, long nowNanos) throws SQLException {
    List<Object> late = List.of(greatest, snapshot.end(), greatest, snapshot.open());
    Page page = rows.read(connection, MARK, greatest, BATCH, LATE, late);
    Snapshot next = Snapshot.parse(page.head().mark());
    List<Row> found = page.rows();
    long last = found.isEmpty() ? greatest : found.get(found.size() - 1).number();
    // If the batch is full then there are visible rows above it. They were not read and the next
    // snapshot sees them; they will be read because their numbers are above the greatest.
    SnapshotCursor behind =
        new SnapshotCursor(
            rows, incarnation, Math.max(greatest, last), writtenAtBehind(found), next);
    return new Batch(page.head(), found, behind, page.above(greatest) < BATCH);
  }

  @Override
  public boolean overflowed() {
    return false;
  }
}
