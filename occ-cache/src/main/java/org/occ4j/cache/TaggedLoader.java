/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import org.jspecify.annotations.Nullable;

/**
 * Reads a value from its source and says under which tags it falls.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface TaggedLoader<K, V> {

  /**
   * Reads the value of {@code key}.
   *
   * @param context takes the tags; of use only on this thread and during this call
   * @return the value, or null if there is none
   * @throws Exception what went wrong; it reaches all who wait, and nothing is cached
   */
  @Nullable V load(K key, LoadContext<V> context) throws Exception;
}
