/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.OccException;

/**
 * What became of each of several independent writes.
 *
 * @param items one per write, in the order in which they were given
 * @param <K> the keys
 * @param <V> the values
 */
public record BatchResult<K, V>(List<Item<K, V>> items) {

  /** Copies the list. */
  public BatchResult {
    items = List.copyOf(items);
  }

  /** Whether every write was applied. */
  public boolean isApplied() {
    return items.stream().allMatch(item -> item.result() != null && item.result().isApplied());
  }

  /**
   * This result, if every write was applied.
   *
   * @throws OccException of the first write that was not: its failure, or a {@link
   *     org.occ4j.ConflictException}; the writes after it may have been applied
   */
  public BatchResult<K, V> orThrow() {
    items.forEach(item -> item.orThrow().orThrow());
    return this;
  }

  /**
   * One write and its outcome: exactly one of {@code result} and {@code failure} is set.
   *
   * @param write the write
   * @param result its result, or null if it failed
   * @param failure what it would have thrown alone, or null if it was answered
   */
  public record Item<K, V>(
      Write<K, V> write, @Nullable WriteResult<V> result, @Nullable OccException failure) {
    /** Refuses both and neither. */
    public Item {
      if ((result == null) == (failure == null)) {
        throw new IllegalArgumentException("an item has either a result or a failure");
      }
    }

    /**
     * The result.
     *
     * @throws OccException the failure, if there is one
     */
    public WriteResult<V> orThrow() {
      if (result != null) {
        return result;
      }
      throw Objects.requireNonNull(failure);
    }
  }
}
