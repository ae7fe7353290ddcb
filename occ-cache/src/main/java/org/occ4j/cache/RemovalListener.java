/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

/**
 * Is told about values that left the cache, for example to free what they hold.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface RemovalListener<K, V> {

  /**
   * A value left the cache. Called on the cache's executor, some time after it happened; a reader
   * may still hold the value, and a newer one may be there already. An invalidated entry leaves
   * when it is found: by a read, by a sweep, or for room. What is thrown is logged.
   */
  void removed(K key, V value, RemovalCause cause);
}
