/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.time.Duration;
import org.occ4j.store.VersionedStore;

/**
 * Carries out mutations by the playbook: replay, turn, claim, check, edit, store, answer, tell.
 *
 * <p>For each mutation it promises: at most one effect per id and scope (guarantee G3), no lost
 * update (G1), one writer per resource at a time, and that caches and watchers of this node know of
 * the change when {@link #apply} returns. The turn is taken before anything is claimed, no database
 * connection is held while waiting for it, and the wait is bounded.
 *
 * <p>A conflict is not stored under the id: after merging, the client sends a new id, because it
 * sends another payload; sending the same id again checks again.
 *
 * <p>Instances are thread-safe; memory consistency and durability are those of the store.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface MutationPipeline<K, V> {

  /**
   * A pipeline over a store in memory, with a mutex and a registry of its own unless others are
   * given.
   */
  static <K, V> InMemoryPipelineBuilder<K, V> inMemory(VersionedStore<K, V> store) {
    return new InMemoryPipelineBuilder<>(store);
  }

  /**
   * Carries out one mutation, or says why not.
   *
   * @throws InterruptedException if interrupted while waiting for the turn or for an attempt under
   *     way; nothing was done
   * @throws org.occ4j.StoreUnavailableException if surely nothing was done, also when the turn did
   *     not come in time
   * @throws org.occ4j.OutcomeUnknownException if it may have been done; the same mutation sent
   *     again settles it
   * @throws RuntimeException what the edit threw; nothing was changed, and the claim is released
   */
  MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException;

  /**
   * The same within a time. A mutation whose time is over leaves the queue and is {@link
   * org.occ4j.StoreUnavailableException}, nothing done; one that another thread's statement has
   * under way by then is {@link org.occ4j.OutcomeUnknownException} at once. A statement that the
   * calling thread itself has under way is not cut short; the driver's own time-out bounds it.
   *
   * @param timeout in all, waiting for a duplicate under way included
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  MutationResult<V> apply(Mutation<K, V> mutation, Duration timeout) throws InterruptedException;

  /** What this pipeline has done so far. */
  PipelineStats stats();
}
