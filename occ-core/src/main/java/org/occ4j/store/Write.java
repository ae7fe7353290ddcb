/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Objects;
import org.occ4j.Expected;

/**
 * One write, as a value, for {@link VersionedStore#writeAll} and {@link Commit}.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public sealed interface Write<K, V> {

  /** The key to write. */
  K key();

  /** What must hold for it to be applied. */
  Expected expected();

  /** A write that stores {@code value}. */
  static <K, V> Write<K, V> put(K key, V value, Expected expected) {
    return new Put<>(key, value, expected);
  }

  /** A write that removes the key. */
  static <K, V> Write<K, V> delete(K key, Expected expected) {
    return new Delete<>(key, expected);
  }

  /** Stores a value. */
  record Put<K, V>(K key, V value, Expected expected) implements Write<K, V> {
    /** Refuses nulls. */
    public Put {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(expected, "expected");
    }
  }

  /** Removes a key. */
  record Delete<K, V>(K key, Expected expected) implements Write<K, V> {
    /** Refuses nulls. */
    public Delete {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(expected, "expected");
    }
  }
}
