/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which keys to read, in unsigned byte order of the encoded key.
 *
 * @param after keys at or before this one are left out; null to begin with the first
 * @param through keys after this one are left out; null for no end
 * @param leading what all keys begin with, see {@link #startingWith}; empty for any keys
 * @param limit the most entries of one page, 1 to {@value #MAX_LIMIT}
 * @param <K> the keys
 */
public record Scan<K>(@Nullable K after, @Nullable K through, List<Object> leading, int limit) {

  /** The greatest limit. */
  public static final int MAX_LIMIT = 10_000;

  /** Copies the list; refuses a limit out of range. */
  public Scan {
    leading = List.copyOf(leading);
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit is 1 to " + MAX_LIMIT + ", not " + limit);
    }
  }

  /** All keys, in pages of {@code limit}. */
  public static <K> Scan<K> all(int limit) {
    return new Scan<>(null, null, List.of(), limit);
  }

  /** The same, beginning behind {@code key}. */
  public Scan<K> after(K key) {
    return new Scan<>(key, through, leading, limit);
  }

  /** The same, ending with {@code key}. */
  public Scan<K> through(K key) {
    return new Scan<>(after, key, leading, limit);
  }

  /**
   * The same of the keys that begin with this: of a text key the beginning of the text, of a key
   * that is a record of several components its first ones, each whole. {@code startingWith("EU")}
   * finds the text {@code "EU-7"}, and of a key {@code (warehouse, sku)} all that are in {@code
   * "EU"}, but not in {@code "EU-West"}.
   *
   * <p>A store refuses what its keys cannot begin with by {@link IllegalArgumentException}; so does
   * one whose {@link org.occ4j.KeyCodec#prefix} is not known.
   */
  public Scan<K> startingWith(Object first, Object... more) {
    List<Object> parts = new ArrayList<>(List.of(first));
    parts.addAll(List.of(more));
    return new Scan<>(after, through, parts, limit);
  }
}
