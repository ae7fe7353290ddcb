/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

/** How a write chooses the version of its row in a table of the application. */
public enum VersionScheme {

  /**
   * The greater of the last version plus one and the database's clock in microseconds since the
   * epoch. A version then names one content for ever (G2): also after the key was deleted and came
   * back, without a tombstone, and after the database lost commits that it had acknowledged (a
   * standby took over, a backup was restored), because the clock has passed the versions that were
   * lost. Needs BIGINT or 17 digits; below 2^53 until the year 2255, so that JavaScript reads it
   * exactly.
   *
   * <p>This fails where the clock is set back: a row's versions still grow, but those of a key that
   * is deleted and comes back through another node, or of writes that repeat lost ones, may be
   * given again until the clock has made good what it was set back by.
   *
   * <p>A new row whose insert took more than 50 microseconds has its version chosen again, because
   * the insert may have waited while the key was written and removed. A table whose updates set off
   * triggers of the application is spared that second update. Two versions of a key may be equal
   * there if two of its statements read the clock in the same microsecond, and one of them then
   * waits for as long as two commits of others take.
   */
  CLOCK,

  /**
   * The last version plus one; a new row has 1. For a column that is narrower (SMALLINT, INTEGER,
   * NUMERIC), or that others read or write as a count. Once the column is full (a SMALLINT after
   * 32767 writes of one row) each write of that row is refused with {@link
   * org.occ4j.DataRejectedException} and changes nothing, until the column is widened.
   *
   * <p>Versions repeat when a key is deleted and comes back, and when the database loses
   * acknowledged commits: a writer that holds a version from before may then overwrite a state that
   * it never saw.
   */
  COUNTER
}
