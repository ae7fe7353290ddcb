/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.SQLException;

/**
 * A statement was refused because a row with its key is there: a rival's, or one of another unique
 * index. Thrown inside a transaction to have it rolled back, and caught by whoever can tell which.
 */
final class DuplicateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final SQLException error;

  private DuplicateException(SQLException error) {
    super(null, error, false, false);
    this.error = error;
  }

  /** The exception if the error is about a duplicate; else the error itself. */
  static DuplicateException orThrow(SQLException error) throws SQLException {
    if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.DUPLICATE) {
      return new DuplicateException(error);
    }
    throw error;
  }

  SQLException error() {
    return error;
  }
}
