/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import org.jspecify.annotations.Nullable;

/** How a load ended, for those who waited for it. */
sealed interface LoadOutcome<V> {

  /**
   * It found a value, or that there is none.
   *
   * @param start the clock's reading that the value is as old as
   * @param lastInvalidated the version of the last invalidation that concerns it (COHERENCE-5)
   */
  record Loaded<V>(@Nullable V value, long start, long lastInvalidated) implements LoadOutcome<V> {}

  /**
   * It failed.
   *
   * @param cause what the loader threw, or why it was given up
   */
  record Failed<V>(Throwable cause) implements LoadOutcome<V> {}

  /** It was given up for a reason of the thread that led it; another may try. */
  record Abandoned<V>() implements LoadOutcome<V> {}
}
