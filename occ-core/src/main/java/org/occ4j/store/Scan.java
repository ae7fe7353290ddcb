/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import org.jspecify.annotations.Nullable;

/**
 * Which keys to read, in unsigned byte order of the encoded key.
 *
 * @param after keys at or before this one are left out; null to begin with the first
 * @param through keys after this one are left out; null for no end
 * @param limit the most entries of one page, 1 to {@value #MAX_LIMIT}
 * @param <K> the keys
 */
public record Scan<K>(@Nullable K after, @Nullable K through, int limit) {

  /** The greatest limit. */
  public static final int MAX_LIMIT = 10_000;

  /** Refuses a limit out of range. */
  public Scan {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit is 1 to " + MAX_LIMIT + ", not " + limit);
    }
  }

  /** All keys, in pages of {@code limit}. */
  public static <K> Scan<K> all(int limit) {
    return new Scan<>(null, null, limit);
  }

  /** The same, beginning behind {@code key}. */
  public Scan<K> after(K key) {
    return new Scan<>(key, through, limit);
  }

  /** The same, ending with {@code key}. */
  public Scan<K> through(K key) {
    return new Scan<>(after, key, limit);
  }
}
