/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import org.occ4j.cache.ReadOptions;
import org.occ4j.jdbc.PendingChange;

/**
 * An invalidation written in the caller's transaction. It is in force everywhere once that has
 * committed; {@link #committed} applies it here at once. Nothing need be done after a rollback.
 */
public interface PendingInvalidation extends PendingChange {

  /**
   * How to read the cache within that transaction: nothing that it has invalidated is served, and
   * what has to be loaded is neither kept nor shared with others.
   */
  ReadOptions reads();
}
