/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Map;
import java.util.function.Function;
import org.occ4j.Versioned;

/**
 * What became of a {@link Commit}: all of it, or nothing.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public sealed interface CommitResult<K, V> {

  /** Whether it was applied. */
  default boolean isCommitted() {
    return this instanceof Committed;
  }

  /** Calls the function that fits and returns its answer. */
  <R> R fold(
      Function<? super Committed<K, V>, ? extends R> committed,
      Function<? super Failed<K, V>, ? extends R> failed);

  /**
   * All writes were applied at one moment.
   *
   * @param written the new state of each key that was put; deleted keys do not occur
   */
  record Committed<K, V>(Map<K, Versioned<V>> written) implements CommitResult<K, V> {
    /** Copies the map. */
    public Committed {
      written = Map.copyOf(written);
    }

    @Override
    public <R> R fold(
        Function<? super Committed<K, V>, ? extends R> committed,
        Function<? super Failed<K, V>, ? extends R> failed) {
      return committed.apply(this);
    }
  }

  /**
   * Nothing was changed.
   *
   * @param conflicts every key whose expectation did not hold, with its current state; never empty
   */
  record Failed<K, V>(Map<K, WriteResult.Conflict<V>> conflicts) implements CommitResult<K, V> {
    /** Copies the map; refuses an empty one. */
    public Failed {
      conflicts = Map.copyOf(conflicts);
      if (conflicts.isEmpty()) {
        throw new IllegalArgumentException("a failed commit without a conflict");
      }
    }

    @Override
    public <R> R fold(
        Function<? super Committed<K, V>, ? extends R> committed,
        Function<? super Failed<K, V>, ? extends R> failed) {
      return failed.apply(this);
    }
  }
}
