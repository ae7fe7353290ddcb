/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import org.occ4j.Tag;

/**
 * What a bulk loader tells the cache about the values it reads.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface BulkLoadContext<K, V> {

  /**
   * The context of one key.
   *
   * @throws IllegalArgumentException if this key was not asked for
   */
  LoadContext<V> of(K key);

  /** Puts every key of this load under these tags. */
  BulkLoadContext<K, V> tagAll(Tag... tags);

  /** The moment at which this load began. */
  ReadPoint readPoint();
}
