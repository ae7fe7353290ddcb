/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import static java.util.Collections.nCopies;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.occ4j.Expected;
import org.occ4j.Timestamps;

/**
 * The condition that a row which is there is as expected, for a statement that names the row.
 *
 * @param layout the table
 * @param expected what of the expectation a row of it can meet
 */
public record RowCondition(TableLayout layout, Expected expected) {

  static RowCondition of(TableLayout layout, Expected asked) {
    return new RowCondition(layout, reachable(layout, asked));
  }

  /**
   * The expectation without the times that no row can have. Clients may send any number, and the
   * engines fail where a column of theirs has no room for it.
   */
  private static Expected reachable(TableLayout layout, Expected expected) {
    if (expected instanceof Expected.UpdatedAt wanted) {
      boolean held = layout.requireTime().canHold(Timestamps.toMicros(wanted.instant()));
      return held ? expected : Expected.versionIn(List.of());
    }
    if (layout.version() == null && expected instanceof Expected.Version wanted) {
      return layout.requireTime().canHold(wanted.version())
          ? expected
          : Expected.versionIn(List.of());
    }
    if (layout.version() == null && expected instanceof Expected.VersionIn wanted) {
      return Expected.versionIn(
          wanted.versions().stream().filter(layout.requireTime()::canHold).toList());
    }
    return expected;
  }

  /** What is added to a condition that names the row; empty if any state of it is expected. */
  public String sql() {
    if (expected instanceof Expected.Version) {
      return " AND " + layout.ofVersion() + " = " + layout.versionMark();
    }
    if (expected instanceof Expected.VersionIn wanted && !wanted.versions().isEmpty()) {
      List<String> marks = nCopies(wanted.versions().size(), layout.versionMark());
      return " AND " + layout.ofVersion() + " IN (" + String.join(", ", marks) + ")";
    }
    if (expected instanceof Expected.UpdatedAt) {
      return " AND " + layout.requireTime().name() + " = " + layout.requireTime().content("?");
    }
    boolean never = expected == Expected.absent() || expected instanceof Expected.VersionIn;
    return never ? " AND 1 = 0" : "";
  }

  /** Binds {@link #sql}; returns the index behind it. */
  public int bind(PreparedStatement statement, int index) throws SQLException {
    if (expected instanceof Expected.Version wanted) {
      statement.setLong(index, wanted.version());
      return index + 1;
    }
    if (expected instanceof Expected.VersionIn wanted) {
      int next = index;
      for (long one : wanted.versions()) {
        statement.setLong(next++, one);
      }
      return next;
    }
    if (expected instanceof Expected.UpdatedAt wanted) {
      statement.setLong(index, layout.requireTime().floor(Timestamps.toMicros(wanted.instant())));
      return index + 1;
    }
    return index;
  }
}
