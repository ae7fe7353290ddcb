/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store.internal;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.occ4j.store.Write;

/** The check that independent writes concern different keys. */
public final class DistinctKeys {
  private DistinctKeys() {}

  /**
   * Checks the keys of {@code writes}.
   *
   * @param identity what makes two keys the same; also refuses keys that cannot be written
   * @throws IllegalArgumentException if a key occurs twice
   */
  public static <K, V> void require(List<Write<K, V>> writes, Function<? super K, ?> identity) {
    Set<Object> seen = new HashSet<>();
    for (Write<K, V> write : writes) {
      K key = Objects.requireNonNull(write, "write").key();
      if (!seen.add(identity.apply(key))) {
        throw new IllegalArgumentException("key occurs twice in one batch: " + key);
      }
    }
  }
}
