/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * The operation could not be carried out and surely changed nothing: no connection was to be had, a
 * wait inside the database ran out of time, the database is read-only or refused the statement
 * before doing it.
 *
 * <p>Trying again later is safe. It never means "somebody else holds it" or "the version differs".
 */
public class StoreUnavailableException extends OccException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
