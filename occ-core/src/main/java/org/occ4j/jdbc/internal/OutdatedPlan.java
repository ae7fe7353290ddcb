/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's refusal to run a prepared statement whose columns have had other types since a table
 * was altered. Its SQLSTATE, 0A000, is that of every feature that is not supported, so it is told
 * by the server's routine that gave it, which pgjdbc tells too; pgjdbc is asked by reflection,
 * because the library does not depend on it.
 *
 * <p>The driver prepares anew after the error, or a pool throws the connection away. So each
 * connection of a pool refuses once, and all of them may before a statement gets through.
 */
final class OutdatedPlan {

  /** More than the connections of a pool. */
  static final int MOST_REFUSALS = 200;

  private static final String STATE = "0A000";
  private static final String DRIVERS_ERROR = "org.postgresql.util.PSQLException";
  private static final String ROUTINE = "RevalidateCachedQuery";

  private OutdatedPlan() {}

  /** Whether this is what the error says; nothing was done then. */
  static boolean isSaidBy(@Nullable Throwable error) {
    if (!(error instanceof SQLException sql)
        || !STATE.equals(sql.getSQLState())
        || !sql.getClass().getName().equals(DRIVERS_ERROR)) {
      return false;
    }
    try {
      Object details = sql.getClass().getMethod("getServerErrorMessage").invoke(sql);
      return details != null
          && ROUTINE.equals(details.getClass().getMethod("getRoutine").invoke(details));
    } catch (ReflectiveOperationException otherDriver) {
      return false;
    }
  }
}
