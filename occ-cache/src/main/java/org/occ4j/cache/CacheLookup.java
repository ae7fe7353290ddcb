/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import org.jspecify.annotations.Nullable;

/**
 * What a reader that looked closely found for a key.
 *
 * @param found the entry, or null if there is none
 * @param isHit it may be served as fresh
 * @param mayServe it may be served, fresh or not
 * @param isRefreshDue it should be loaded again, in the background
 * @param replaceable the entry that a load may build on or fall back to, or null
 */
record CacheLookup<V>(
    @Nullable Entry<V> found,
    boolean isHit,
    boolean mayServe,
    boolean isRefreshDue,
    @Nullable Entry<V> replaceable) {

  static <V> CacheLookup<V> hit(Entry<V> entry, boolean refreshDue) {
    return new CacheLookup<>(entry, true, true, refreshDue, entry);
  }

  static <V> CacheLookup<V> stale(Entry<V> entry, boolean refreshDue) {
    return new CacheLookup<>(entry, false, true, refreshDue, entry);
  }

  static <V> CacheLookup<V> miss(@Nullable Entry<V> found, @Nullable Entry<V> replaceable) {
    return new CacheLookup<>(found, false, false, false, replaceable);
  }
}
