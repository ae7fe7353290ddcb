/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.util.List;
import java.util.Optional;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.MergeResult;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.Rejection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles conflicts by a merge, where the edit and what others did meanwhile touch different
 * fields: the mutation is carried out once more, as a write of what both made, on the state that it
 * lost against. It keeps its id, for nothing of the first attempt was stored.
 *
 * @param <V> the values
 */
public final class Merging<V> {
  private static final Logger LOG = LoggerFactory.getLogger(Merging.class);

  /** Others that come between again and again. */
  private static final int MAX_ROUNDS = 16;

  /** How a mutation is carried out, merged or not. */
  public interface Pipeline<K, V> {

    /** Carries it out. */
    MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException;
  }

  private final Merger<V> merger;

  /** A policy by this merger. */
  public Merging(Merger<V> merger) {
    this.merger = merger;
  }

  /** Carries a mutation out, and settles its conflict if it meets one that a merge can settle. */
  public <K> MutationResult<V> apply(Mutation<K, V> mutation, Pipeline<K, V> pipeline)
      throws InterruptedException {
    MutationResult<V> result = pipeline.apply(mutation);
    for (int round = 0; round < MAX_ROUNDS; round++) {
      Optional<Retry<K, V>> retry = retryOf(mutation, result);
      if (retry.isEmpty()) {
        return result;
      }
      MutationResult<V> merged = pipeline.apply(retry.get().mutation());
      if (merged instanceof Applied<V> applied && !applied.replayed()) {
        return new Applied<>(applied.current(), false, retry.get().theirs(), applied.token());
      }
      if (!(merged instanceof Conflicted<V>)) {
        return merged;
      }
      result = merged; // Somebody came between once more.
    }
    return result;
  }

  /**
   * What is tried next.
   *
   * @param mutation the write of the merged value
   * @param theirs what others have changed in between
   */
  private record Retry<K, V>(Mutation<K, V> mutation, List<FieldChange> theirs) {}

  private <K> Optional<Retry<K, V>> retryOf(Mutation<K, V> mutation, MutationResult<V> result) {
    V base = mutation.base();
    if (base == null || !(result instanceof Conflicted<V> lost) || lost.current() == null) {
      return Optional.empty();
    }
    Versioned<V> current = lost.current();
    try {
      V mine = mutation.edit().apply(base);
      if (mine == null) {
        return Optional.empty(); // A deletion is never combined with a change.
      }
      MergeResult<V> merge = merger.merge(base, mine, current.value());
      if (!(merge instanceof MergeResult.Merged<V> merged)) {
        return Optional.empty();
      }
      Mutation<K, V> write =
          mutation.as(Expected.version(current.version()), Edit.set(merged.value()));
      return Optional.of(new Retry<>(write, merger.changes(base, current.value(), base)));
    } catch (Rejection no) {
      return Optional.empty();
    } catch (RuntimeException failure) {
      // The conflict is an answer; it must not be hidden behind a failure to settle it.
      LOG.warn("could not merge mutation {}", mutation.id(), failure);
      return Optional.empty();
    }
  }
}
