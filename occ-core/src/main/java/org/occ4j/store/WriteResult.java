/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.ConflictException;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeToken;

/**
 * What became of one write: applied, or refused because the expectation did not hold.
 *
 * @param <V> the values
 */
public sealed interface WriteResult<V> {

  /** What is there now: after an applied write its state, after a conflict the winner's. */
  @Nullable Versioned<V> current();

  /**
   * The place of the write's change in the feed, for reads that are to show the write ({@code
   * ReadOptions.atLeast}, {@code CachedStore.get}), on whichever node. Null where no change was
   * recorded. Of a write in a caller's transaction it means something once that has committed.
   */
  default @Nullable ChangeToken token() {
    return null;
  }

  /** Whether the write was applied. */
  default boolean isApplied() {
    return this instanceof Applied;
  }

  /**
   * The state after the write, or null after a delete.
   *
   * @throws ConflictException if it was refused
   */
  @Nullable Versioned<V> orThrow();

  /**
   * The write was applied.
   *
   * @param current the state it made, or null if it deleted the key (or found nothing to delete,
   *     where that was allowed)
   * @param token the place of its change in the feed, or null if none was recorded
   */
  record Applied<V>(@Nullable Versioned<V> current, @Nullable ChangeToken token)
      implements WriteResult<V> {

    /** A write without a change. */
    public Applied(@Nullable Versioned<V> current) {
      this(current, null);
    }

    /** Results are equal if they say the same of the state, wherever their changes stand. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Applied<?> that && Objects.equals(current, that.current);
    }

    @Override
    public int hashCode() {
      return Objects.hashCode(current);
    }

    @Override
    public @Nullable Versioned<V> orThrow() {
      return current;
    }
  }

  /**
   * The expectation did not hold and nothing was changed.
   *
   * @param expected what the writer believed
   * @param current what was there when the write was refused, or null if the key was absent
   */
  record Conflict<V>(Expected expected, @Nullable Versioned<V> current) implements WriteResult<V> {
    @Override
    public Versioned<V> orThrow() {
      throw new ConflictException(expected, current);
    }

    /** The first of these as an exception, the others suppressed in it. */
    static ConflictException thrown(Iterable<? extends Conflict<?>> conflicts) {
      ConflictException first = null;
      for (Conflict<?> conflict : conflicts) {
        var next = new ConflictException(conflict.expected(), conflict.current());
        if (first == null) {
          first = next;
        } else {
          first.addSuppressed(next);
        }
      }
      return Objects.requireNonNull(first, "no conflict");
    }
  }
}
