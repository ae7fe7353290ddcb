/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.time.Duration;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.FeedStats;

/**
 * The change feed of a database, with the writing end that joins a caller's transaction.
 *
 * <p>A change is told when its transaction commits, however late that is, within what the engine
 * allows: on PostgreSQL rows are kept for ten minutes after they were written, so a transaction
 * that appends should commit within five, which leaves nodes that are out of reach for a while the
 * other five; on the other engines it must commit within two minutes, because there an open
 * transaction and a rolled-back one look alike and are given up. <b>Durability:</b> a change is as
 * durable as the transaction that it is part of.
 */
public interface JdbcChangeLog extends ChangeLog {

  /**
   * Appends a change in the caller's transaction: it is told when that commits, and never if it
   * rolls back.
   *
   * @throws IllegalArgumentException if the connection is in auto-commit mode
   */
  PendingChange append(Connection transaction, ChangeDraft draft);

  /**
   * Reads the log now instead of at the next interval, and tells what it finds.
   *
   * @throws org.occ4j.StoreUnavailableException if the database cannot be asked
   */
  void poll();

  /** What this log has read so far. */
  FeedStats stats();

  /** How long changes are polled apart. */
  Duration pollInterval();

  /**
   * Removes changes that were written more than ten minutes ago, the oldest first, never the newest
   * change of all. {@linkplain Housekeeping Housekeeping} does so by itself.
   *
   * @param maxRows how many at most
   * @return how many were removed
   * @throws IllegalArgumentException if {@code maxRows} is not positive
   * @throws org.occ4j.StoreUnavailableException if nothing was removed
   */
  int purge(int maxRows);
}
