/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.OutcomeUnknownException;

/**
 * An effect or an edit has ended the transaction that it was given, so what it did before that may
 * be committed. Nobody but a person can say what is to become of the mutation.
 */
public final class EndedTransactionException extends OutcomeUnknownException {
  private static final long serialVersionUID = 1L;

  /**
   * An end that was noticed.
   *
   * @param who what ended it, in words
   */
  public EndedTransactionException(String who, @Nullable SQLException cause) {
    super(
        who
            + " ended the transaction that it was given, as DDL, TRUNCATE and COMMIT do: what it did"
            + " before that may be committed",
        cause);
  }
}
