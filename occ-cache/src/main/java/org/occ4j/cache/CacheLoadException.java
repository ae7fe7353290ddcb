/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import org.jspecify.annotations.Nullable;
import org.occ4j.OccException;

/**
 * A value could not be loaded. The cause says why:
 *
 * <ul>
 *   <li>the loader's own checked exception;
 *   <li>{@link java.util.concurrent.TimeoutException}: the loader took longer than the load
 *       time-out;
 *   <li>{@link InterruptedException}: this thread was interrupted while it waited;
 *   <li>none: the load would have waited for itself; the message names the chain of keys.
 * </ul>
 *
 * <p>Nothing was cached, and an entry that was there is as it was.
 */
public class CacheLoadException extends OccException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public CacheLoadException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
