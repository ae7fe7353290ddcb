/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.occ4j.ConflictException;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeToken;

/**
 * What became of a {@link Commit}: all of it, or nothing.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public sealed interface CommitResult<K, V> {

  /** Whether it was applied. */
  default boolean isApplied() {
    return this instanceof Applied;
  }

  /**
   * The new state of each key that was put.
   *
   * @throws ConflictException if nothing was changed: of one conflict, those of the other keys
   *     suppressed in it
   */
  Map<K, Versioned<V>> orThrow();

  /**
   * All writes were applied at one moment.
   *
   * @param written the new state of each key that was put; deleted keys do not occur
   * @param token the place of the last of its changes in the feed, which covers all of them, or
   *     null if none was recorded
   */
  record Applied<K, V>(Map<K, Versioned<V>> written, @Nullable ChangeToken token)
      implements CommitResult<K, V> {

    /** A commit without changes. */
    public Applied(Map<K, Versioned<V>> written) {
      this(written, null);
    }

    /** Results are equal if they say the same of the state, wherever their changes stand. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Applied<?, ?> that && written.equals(that.written);
    }

    @Override
    public int hashCode() {
      return written.hashCode();
    }

    /** Copies the map. */
    public Applied {
      written = Map.copyOf(written);
    }

    @Override
    public Map<K, Versioned<V>> orThrow() {
      return written;
    }
  }

  /**
   * Nothing was changed.
   *
   * @param conflicts every key whose expectation did not hold, with its current state; never empty
   */
  record Conflicted<K, V>(Map<K, WriteResult.Conflict<V>> conflicts) implements CommitResult<K, V> {
    /** Copies the map; refuses an empty one. */
    public Conflicted {
      conflicts = Map.copyOf(conflicts);
      if (conflicts.isEmpty()) {
        throw new IllegalArgumentException("a conflicted commit without a conflict");
      }
    }

    @Override
    public Map<K, Versioned<V>> orThrow() {
      throw WriteResult.Conflict.thrown(conflicts.values());
    }
  }
}
