/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * A hold or a claim ran out or was taken away while its owner still relied on it.
 *
 * <p>What the owner did inside the same database transaction was not applied; what it did elsewhere
 * may have happened beside the work of the next owner. The owner should stop.
 */
public class LeaseLostException extends OccException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public LeaseLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
