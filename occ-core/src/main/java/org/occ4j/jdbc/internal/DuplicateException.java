/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.SQLException;

/**
 * A statement was refused because a row with its key is there: a rival's, or one of another unique
 * index. Thrown inside a transaction to have it rolled back, and caught by whoever can tell which.
 */
public final class DuplicateException extends SignalException {
  private static final long serialVersionUID = 1L;

  private final SQLException error;

  private DuplicateException(SQLException error) {
    super(null, error);
    this.error = error;
  }

  /** The exception if the error is about a duplicate; else the error itself. */
  public static DuplicateException orThrow(SQLException error) throws SQLException {
    if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.DUPLICATE) {
      return new DuplicateException(error);
    }
    throw error;
  }

  /** What the database said. */
  public SQLException error() {
    return error;
  }
}
