/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Inserts that waited for their key after they had chosen its version: others may have made and
 * removed the key meanwhile, under versions that were chosen later (G2). So a version that may be
 * late is raised before anybody sees the row.
 */
final class LateInserts {
  /**
   * An insert that took so long has its version chosen again: fewer microseconds than the commit of
   * a rival's write, the removal that waited for it and the commit of that take together, and more
   * than most inserts that nothing delays.
   */
  static final long OVERTAKEN_MICROS = 50;

  /** The same where the update costs a round trip of its own. */
  static final long OVERTAKEN_FOR_LONG_MICROS = 2_000;

  private LateInserts() {}

  /**
   * SQL: whether the version of a row that this transaction has just inserted may have been given
   * before.
   *
   * @param given the version, as SQL
   * @param micros after how long
   */
  static String isLate(TableLayout layout, String given, long micros) {
    String now = layout.engine().nowMicros();
    String clock =
        layout.version() == null ? Objects.requireNonNull(layout.time()).truncated(now) : now;
    return clock + " - " + given + " > " + micros;
  }

  /** What an update sets to raise the version and the time of a row, each to a parameter. */
  static String raisedTo(TableLayout layout) {
    return raisedTo(layout, "?", "?");
  }

  /** What an update sets to raise the version and the time of a row to the database clock. */
  static String raisedToNow(TableLayout layout) {
    String now = layout.engine().nowMicros();
    @Nullable TimeColumn time = layout.time();
    return raisedTo(layout, now, time == null ? "" : time.truncated(now));
  }

  private static String raisedTo(TableLayout layout, String leastVersion, String leastTime) {
    List<String> list = new ArrayList<>();
    TimeColumn time = layout.time();
    if (time != null) {
      list.add(
          time.name() + " = " + time.content("GREATEST(" + time.read() + ", " + leastTime + ")"));
    }
    String version = layout.version();
    if (version != null) {
      list.add(version + " = GREATEST(" + version + ", " + leastVersion + ")");
    }
    return String.join(", ", list);
  }

  /** Binds {@link #raisedTo}; returns the index behind it. */
  static int bindRaisedTo(TableLayout layout, PreparedStatement statement, int index, long floor)
      throws SQLException {
    int next = index;
    TimeColumn time = layout.time();
    if (time != null) {
      statement.setLong(next++, time.ceiling(floor));
    }
    if (layout.version() != null) {
      statement.setLong(next++, floor);
    }
    return next;
  }
}
