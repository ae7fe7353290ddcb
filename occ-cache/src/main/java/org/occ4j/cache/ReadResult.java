/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import org.jspecify.annotations.Nullable;

/**
 * What a read returned, and whether it was fresh.
 *
 * @param value the value, or null if there is none
 * @param stale true if it was served although it was past its time, marked as stale, or perhaps
 *     invalidated elsewhere while contact to the feed was lost; only {@code staleWhileRevalidate},
 *     {@code staleIfError} and {@link StalenessPolicy#SERVE_STALE} allow that. A value that was
 *     loaded by this read or waited for is not stale.
 */
public record ReadResult<V>(@Nullable V value, boolean stale) {

  static <V> ReadResult<V> fresh(@Nullable V value) {
    return new ReadResult<>(value, false);
  }

  static <V> ReadResult<V> stale(@Nullable V value) {
    return new ReadResult<>(value, true);
  }
}
