/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.SignalException;
import org.occ4j.jdbc.internal.SqlErrors;

/**
 * Somebody else, on another node as a rule, dealt with the same mutation at the same time and was
 * first. Thrown inside a transaction to have it rolled back, and caught outside by the same class.
 */
public final class ConcurrentAttemptException extends SignalException {
  private static final long serialVersionUID = 1L;

  private final boolean stillAtWork;

  /**
   * A rival.
   *
   * @param stillAtWork whether it has not committed yet, so that looking again is of no use now
   */
  public ConcurrentAttemptException(boolean stillAtWork, @Nullable SQLException cause) {
    super("the same mutation was carried out elsewhere", cause);
    this.stillAtWork = stillAtWork;
  }

  boolean isStillAtWork() {
    return stillAtWork;
  }

  /** What an insert meets that was refused for a row of a rival; else the error itself. */
  static ConcurrentAttemptException orThrow(SQLException error) throws SQLException {
    return switch (SqlErrors.meaningOf(error)) {
      case DUPLICATE -> new ConcurrentAttemptException(false, error);
      case BUSY -> new ConcurrentAttemptException(true, error);
      default -> throw error;
    };
  }
}
