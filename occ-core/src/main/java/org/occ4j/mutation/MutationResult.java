/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.ConflictException;
import org.occ4j.Expected;
import org.occ4j.NotAppliedException;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeToken;
import org.occ4j.idempotency.Outcome;
import org.occ4j.merge.FieldChange;

/**
 * How the pipeline answered a mutation.
 *
 * @param <V> the values
 */
public sealed interface MutationResult<V> {

  /** Whether the mutation is done, by this call or by an earlier attempt. */
  default boolean isApplied() {
    return this instanceof Applied;
  }

  /**
   * The state that the mutation made, or null if it deleted the key.
   *
   * @throws ConflictException if the expectation did not hold
   * @throws NotAppliedException if it is {@link NotApplied}
   */
  @Nullable Versioned<V> orThrow();

  /**
   * The place of the mutation's change in the feed, for reads that are to show it ({@code
   * ReadOptions.atLeast}, {@code CachedStore.get}), on whichever node. Null where no change was
   * recorded, and of a replay: what that did was committed before this call, so {@code
   * ChangeFeed.now()} covers it. In a caller's transaction it means something once that has
   * committed.
   */
  default @Nullable ChangeToken token() {
    return null;
  }

  /**
   * The mutation is done.
   *
   * @param current the state it made, as it was right then, or null if it deleted the key; of a
   *     replay whose answer was too long to keep, the present state
   * @param replayed whether it was done by an earlier attempt, whose answer this is
   * @param merged what others had changed since the client read the value, if the pipeline applied
   *     the edit beside it ({@code mergeConflicts}); {@code mine} of these is as {@code base}.
   *     Empty else, and in a replay
   * @param token the place of its change in the feed, or null
   */
  record Applied<V>(
      @Nullable Versioned<V> current,
      boolean replayed,
      List<FieldChange> merged,
      @Nullable ChangeToken token)
      implements MutationResult<V> {
    /** Copies the list. */
    public Applied {
      merged = List.copyOf(merged);
    }

    /** Applied to the state that was expected. */
    public Applied(@Nullable Versioned<V> current, boolean replayed) {
      this(current, replayed, List.of(), null);
    }

    /** Results are equal if they say the same of the state, wherever their changes stand. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Applied<?> that
          && Objects.equals(current, that.current)
          && replayed == that.replayed
          && merged.equals(that.merged);
    }

    @Override
    public int hashCode() {
      return Objects.hash(current, replayed, merged);
    }

    @Override
    public @Nullable Versioned<V> orThrow() {
      return current;
    }
  }

  /**
   * The expectation did not hold; nothing was changed, and nothing was stored under the mutation
   * id.
   *
   * @param expected what the client believed
   * @param current what is there now, or null if the key is absent
   * @param changes the fields in which what is there now differs from what the edit would make of
   *     it; empty where the pipeline has no merger or the edit does not say
   */
  record Conflicted<V>(Expected expected, @Nullable Versioned<V> current, List<FieldChange> changes)
      implements MutationResult<V> {
    /** Copies the list. */
    public Conflicted {
      changes = List.copyOf(changes);
    }

    @Override
    public Versioned<V> orThrow() {
      throw new ConflictException(expected, current);
    }
  }

  /** This call changed nothing, for a reason that is not the state of the key. */
  sealed interface NotApplied<V> extends MutationResult<V> {

    /** Why, for people. */
    String detail();

    @Override
    default Versioned<V> orThrow() {
      throw new NotAppliedException(detail(), this);
    }
  }

  /**
   * The application said no, finally; nothing was changed.
   *
   * @param code for programs
   * @param detail for people
   * @param replayed whether it was said to an earlier attempt
   */
  record Rejected<V>(String code, String detail, boolean replayed) implements NotApplied<V> {}

  /**
   * The mutation was not carried out, and surely not by this call.
   *
   * @param reason why
   * @param retryAfter when asking again may be worth it; zero where it never is
   */
  record Refused<V>(Outcome.Reason reason, Duration retryAfter) implements NotApplied<V> {
    @Override
    public String detail() {
      return reason.detail();
    }
  }

  /**
   * An earlier attempt may have had an effect outside the database, and it is not known whether it
   * did.
   *
   * @param claimedAt when that attempt began
   */
  record Unresolved<V>(Instant claimedAt) implements NotApplied<V> {
    @Override
    public String detail() {
      return "an attempt of " + claimedAt + " may have had an effect outside the database";
    }
  }
}
