/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;

/**
 * One page of a scan.
 *
 * @param entries in the scan's order; each state was committed at the time of reading
 * @param next the scan of the next page, or null if this is the last
 * @param <K> the keys
 * @param <V> the values
 */
public record Page<K, V>(List<Entry<K, V>> entries, @Nullable Scan<K> next) {

  /** Copies the list. */
  public Page {
    entries = List.copyOf(entries);
  }

  /** A key and its state. */
  public record Entry<K, V>(K key, Versioned<V> state) {}
}
