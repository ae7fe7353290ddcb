/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * The database ended the transaction that the caller owns, by a deadlock or a serialization
 * failure; nothing of that transaction will be applied.
 *
 * <p>The transaction must be rolled back and may be run again from its start. It is never retried
 * inside, since its snapshot or its locks are the reason.
 */
public class TransactionConflictException extends OccException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public TransactionConflictException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
