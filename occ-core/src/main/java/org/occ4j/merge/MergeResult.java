/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.List;

/**
 * The outcome of a merge: complete, or complete but for the fields that both sides changed.
 *
 * @param <V> the values
 */
public sealed interface MergeResult<V> {

  /**
   * The merged value; in overlapping fields of an {@link Overlapping} result it holds mine. Of a
   * text that is merged by lines or words it holds mine only where the two collide.
   */
  V value();

  /** Whether nothing is left to decide. */
  default boolean isMerged() {
    return this instanceof Merged;
  }

  /**
   * The merged value.
   *
   * @throws IllegalStateException if fields overlap; it names them
   */
  V orThrow();

  /** No field was changed by both sides in different ways. */
  record Merged<V>(V value) implements MergeResult<V> {
    @Override
    public V orThrow() {
      return value;
    }
  }

  /**
   * Both sides changed the same fields in different ways; somebody has to decide.
   *
   * @param value everything that could be merged, with mine in the overlapping fields
   * @param overlaps the fields to decide on, in the order of the value's fields; never empty
   */
  record Overlapping<V>(V value, List<FieldChange> overlaps) implements MergeResult<V> {
    /** Copies the list; refuses an empty one. */
    public Overlapping {
      overlaps = List.copyOf(overlaps);
      if (overlaps.isEmpty()) {
        throw new IllegalArgumentException("an overlap without a field");
      }
    }

    @Override
    public V orThrow() {
      throw new IllegalStateException(
          "both sides changed " + overlaps.stream().map(FieldChange::path).toList());
    }
  }
}
