/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.Hold;
import org.occ4j.store.VersionedStore;

/**
 * One node of what is judged, as its workers see it.
 *
 * @param name in the history
 * @param store the registers
 * @param mutations carries out mutations of {@code store}
 * @param effects carries out effects outside of it, once
 * @param mutex excludes workers of all nodes
 * @param cache through which {@code store} is read as well; null if there is none
 */
record Node(
    String name,
    VersionedStore<String, String> store,
    Mutations mutations,
    Once effects,
    Turns mutex,
    NodeCache.@Nullable Reads cache) {

  /** A pipeline, which may write an {@link EffectRow} with the mutation. */
  interface Mutations {
    MutationResult<String> apply(Mutation<String, String> mutation, boolean audited)
        throws InterruptedException;
  }

  /** A mutex. */
  interface Turns {
    @Nullable Hold<String> tryAcquire(String key);
  }

  /** A registry, which writes an {@link EffectRow} with each effect. */
  interface Once {
    Outcome<String> execute(MutationId id, String answer) throws Exception;
  }
}
