/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.occ4j.LeaseLostException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.VersionedStore;

/** What a registry answered, as the pipelines say it. */
public final class Answers {
  private Answers() {}

  /**
   * Runs a mutation under a registry.
   *
   * @throws OutcomeUnknownException also if the mutation was forgotten while it was carried out
   * @throws StoreUnavailableException also if a statement of the edit failed
   */
  public static <T> T of(Callable<T> underTheRegistry) throws InterruptedException {
    try {
      return underTheRegistry.call();
    } catch (LeaseLostException forgotten) {
      throw new OutcomeUnknownException(
          "the mutation was forgotten while it was carried out", forgotten);
    } catch (RuntimeException | InterruptedException failure) {
      throw failure;
    } catch (Exception ofAStatement) {
      throw new StoreUnavailableException(
          "a statement of the edit failed, nothing was changed: " + ofAStatement.getMessage(),
          ofAStatement);
    }
  }

  /** The answer of a pipeline, of what its registry said. */
  public static <K, V> MutationResult<V> answer(
      Mutation<K, V> mutation, Outcome<MutationResult<V>> outcome, VersionedStore<K, V> store) {
    if (outcome instanceof Outcome.Executed<MutationResult<V>> executed) {
      return Objects.requireNonNull(executed.value());
    }
    if (outcome instanceof Outcome.Replayed<MutationResult<V>> replayed) {
      return replayed(mutation, replayed, store);
    }
    return outcome instanceof Outcome.Refused<MutationResult<V>> refused
        ? new MutationResult.Refused<>(refused.reason(), refused.retryAfter())
        : new MutationResult.Unresolved<>(
            ((Outcome.Unresolved<MutationResult<V>>) outcome).claimedAt());
  }

  private static <K, V> MutationResult<V> replayed(
      Mutation<K, V> mutation,
      Outcome.Replayed<MutationResult<V>> stored,
      VersionedStore<K, V> store) {
    // None was kept, or a person has settled it without one.
    if (!stored.available() || stored.value() == null) {
      @Nullable Versioned<V> present = store.get(mutation.key()).orElse(null);
      return new MutationResult.Applied<>(present, true);
    }
    MutationResult<V> answer = stored.value();
    if (answer instanceof MutationResult.Applied<V> applied) {
      return new MutationResult.Applied<>(applied.current(), true);
    }
    if (answer instanceof MutationResult.Rejected<V> rejected) {
      return new MutationResult.Rejected<>(rejected.code(), rejected.detail(), true);
    }
    throw new IllegalStateException("not the answer of a pipeline under " + mutation.id());
  }
}
