/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import org.jspecify.annotations.Nullable;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.internal.Playbook;
import org.occ4j.store.VersionedStore;

/** The playbook over a store, a mutex and a registry of this process. */
final class InMemoryPipeline<K, V> implements MutationPipeline<K, V>, Playbook.Claims<K, V> {

  private final VersionedStore<K, V> store;
  private final IdempotencyRegistry registry;
  private final Playbook<K, V> playbook;
  private final Execution<MutationResult<V>> defaults;

  InMemoryPipeline(
      VersionedStore<K, V> store,
      IdempotencyRegistry registry,
      Playbook<K, V> playbook,
      Execution<MutationResult<V>> defaults) {
    this.store = store;
    this.registry = registry;
    this.playbook = playbook;
    this.defaults = defaults;
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException {
    Playbook.marked(
        store, mutation); // Refuses tags that nobody would hear, before anything is done.
    return playbook.apply(mutation, this);
  }

  @Override
  public MutationRecord.@Nullable State known(Mutation<K, V> mutation) {
    return registry.find(mutation.id()).map(MutationRecord::state).orElse(null);
  }

  @Override
  public Outcome<MutationResult<V>> once(Mutation<K, V> mutation, Playbook.Attempt<K, V> attempt)
      throws Exception {
    return registry.execute(
        mutation.id(),
        defaults.fingerprint(mutation.fingerprint()),
        context -> attempt.run(store, mutation.edit()::apply));
  }
}
