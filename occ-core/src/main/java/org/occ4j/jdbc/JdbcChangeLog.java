/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeLog;

/** The change feed of a database, with the writing end that joins a caller's transaction. */
public interface JdbcChangeLog extends ChangeLog {

  /**
   * Appends a change in the caller's transaction: it is told when that commits, and never if it
   * rolls back. The arguments are those of {@link Change}.
   *
   * @throws IllegalArgumentException if the connection is in auto-commit mode
   */
  PendingChange append(
      Connection transaction,
      String source,
      Change.Kind kind,
      @Nullable String key,
      long version,
      @Nullable String updatedBy,
      Set<Tag> tags);

  /**
   * Reads the log now instead of at the next interval, and tells what it finds.
   *
   * @throws org.occ4j.StoreUnavailableException if the database cannot be asked
   */
  void poll();

  /** How long changes are polled apart. */
  Duration pollInterval();

  /**
   * Removes changes older than the retention, in bounded batches.
   *
   * @return how many were removed
   */
  int purge(int maxRows);
}
