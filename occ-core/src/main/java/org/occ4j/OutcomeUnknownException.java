/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a write or to a commit was lost, so the change may or may not have been applied.
 *
 * <p>Sending the same mutation id again settles it: an applied mutation is replayed, one that was
 * not is carried out. Without a mutation id, read the key and compare. A connection that could not
 * be had in the first place is never reported this way; that is {@link StoreUnavailableException}.
 */
public class OutcomeUnknownException extends OccException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public OutcomeUnknownException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
