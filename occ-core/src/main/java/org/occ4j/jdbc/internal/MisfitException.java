/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A driver gave an answer that does not fit the statement, as one does that has fallen out of step
 * with its server. What the statement did is unknown, and the connection must not be used again.
 * {@link Transactions} sees to both.
 */
public final class MisfitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Made of an answer that does not fit. */
  public MisfitException(String answer) {
    this(answer, null);
  }

  MisfitException(String answer, @Nullable SQLException cause) {
    super("the driver gave " + answer, cause);
  }
}
