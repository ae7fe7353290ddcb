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
record Look<V>(
    @Nullable Entry<V> found,
    boolean isHit,
    boolean mayServe,
    boolean isRefreshDue,
    @Nullable Entry<V> replaceable) {

  static <V> Look<V> hit(Entry<V> entry, boolean refreshDue) {
    return new Look<>(entry, true, true, refreshDue, entry);
  }

  static <V> Look<V> stale(Entry<V> entry, boolean refreshDue) {
    return new Look<>(entry, false, true, refreshDue, entry);
  }

  static <V> Look<V> miss(@Nullable Entry<V> found, @Nullable Entry<V> replaceable) {
    return new Look<>(found, false, false, false, replaceable);
  }
}
