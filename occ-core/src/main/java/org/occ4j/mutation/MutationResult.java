/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome;
import org.occ4j.merge.FieldChange;

/**
 * How the pipeline answered a mutation.
 *
 * @param <V> the values
 */
public sealed interface MutationResult<V> {

  /** Calls the function of the case that this is. */
  <R extends @Nullable Object> R fold(Cases<V, R> cases);

  /**
   * One function per case, for {@link #fold}.
   *
   * @param applied for {@link Applied}
   * @param conflicted for {@link Conflicted}
   * @param rejected for {@link Rejected}
   * @param refused for {@link Refused}
   * @param unresolved for {@link Unresolved}
   */
  record Cases<V, R extends @Nullable Object>(
      Function<? super Applied<V>, ? extends R> applied,
      Function<? super Conflicted<V>, ? extends R> conflicted,
      Function<? super Rejected<V>, ? extends R> rejected,
      Function<? super Refused<V>, ? extends R> refused,
      Function<? super Unresolved<V>, ? extends R> unresolved) {}

  /**
   * The mutation is done.
   *
   * @param current the state it made, as it was right then, or null if it deleted the key; of a
   *     replay whose answer was too long to keep, the present state
   * @param replayed whether it was done by an earlier attempt, whose answer this is
   * @param merged what others had changed since the client read the value, if the pipeline applied
   *     the edit beside it ({@code mergeConflicts}); {@code mine} of these is as {@code base}.
   *     Empty else, and in a replay
   */
  record Applied<V>(@Nullable Versioned<V> current, boolean replayed, List<FieldChange> merged)
      implements MutationResult<V> {
    /** Copies the list. */
    public Applied {
      merged = List.copyOf(merged);
    }

    /** Applied to the state that was expected. */
    public Applied(@Nullable Versioned<V> current, boolean replayed) {
      this(current, replayed, List.of());
    }

    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.applied().apply(this);
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
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.conflicted().apply(this);
    }
  }

  /**
   * The application said no, finally; nothing was changed.
   *
   * @param code for programs
   * @param detail for people
   * @param replayed whether it was said to an earlier attempt
   */
  record Rejected<V>(String code, String detail, boolean replayed) implements MutationResult<V> {
    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.rejected().apply(this);
    }
  }

  /**
   * The mutation was not carried out, and surely not by this call.
   *
   * @param reason why
   * @param retryAfter when asking again may be worth it; zero where it never is
   */
  record Refused<V>(Outcome.Reason reason, Duration retryAfter) implements MutationResult<V> {
    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.refused().apply(this);
    }
  }

  /**
   * An earlier attempt may have had an effect outside the database, and it is not known whether it
   * did.
   *
   * @param claimedAt when that attempt began
   */
  record Unresolved<V>(Instant claimedAt) implements MutationResult<V> {
    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.unresolved().apply(this);
    }
  }
}
