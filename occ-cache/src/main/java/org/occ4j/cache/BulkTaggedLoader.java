/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Map;
import java.util.Set;

/**
 * Reads several values at once and says under which tags each falls.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface BulkTaggedLoader<K, V> {

  /**
   * Reads the values of {@code keys}.
   *
   * @param keys those to read, in the caller's order, unmodifiable
   * @param context takes the tags; of use only on this thread and during this call
   * @return what was found; keys left out have no value, keys that were not asked for are ignored
   * @throws Exception what went wrong; it reaches all who wait, and nothing is cached
   */
  Map<K, V> loadAll(Set<K> keys, BulkLoadContext<K, V> context) throws Exception;
}
