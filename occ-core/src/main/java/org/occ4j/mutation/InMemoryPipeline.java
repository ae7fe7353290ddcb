/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.internal.Deadline;
import org.occ4j.mutation.internal.Merging;
import org.occ4j.mutation.internal.PipelineRecorder;
import org.occ4j.mutation.internal.Playbook;
import org.occ4j.store.VersionedStore;

/** The playbook over a store, a mutex and a registry of this process. */
final class InMemoryPipeline<K, V> implements MutationPipeline<K, V> {

  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final VersionedStore<K, V> store;
  private final IdempotencyRegistry registry;
  private final Playbook<K, V> playbook;
  private final IdempotencyOptions<MutationResult<V>> defaults;
  private final @Nullable Merging<V> merging;
  private final PipelineRecorder recorder = new PipelineRecorder(Ticker.system());

  InMemoryPipeline(
      VersionedStore<K, V> store,
      IdempotencyRegistry registry,
      Playbook<K, V> playbook,
      IdempotencyOptions<MutationResult<V>> defaults,
      @Nullable Merging<V> merging) {
    this.merging = merging;
    this.store = store;
    this.registry = registry;
    this.playbook = playbook;
    this.defaults = defaults;
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException {
    return apply(mutation, FOR_EVER);
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation, Duration timeout)
      throws InterruptedException {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    Playbook.marked(
        store, mutation); // Refuses tags that nobody would hear, before anything is done.
    Deadline deadline = new Deadline(timeout, Ticker.system());
    long unused = deadline.leftNanos(); // Counted from here on.
    return recorder.counted(
        () ->
            merging == null
                ? playbook.apply(mutation, claims(deadline), deadline)
                : merging.apply(mutation, one -> playbook.apply(one, claims(deadline), deadline)));
  }

  @Override
  public PipelineStats stats() {
    return recorder.snapshot();
  }

  private Playbook.Claims<K, V> claims(Deadline deadline) {
    return new Playbook.Claims<>() {
      @Override
      public MutationRecord.@Nullable State known(Mutation<K, V> mutation) {
        return registry.find(mutation.id()).map(MutationRecord::state).orElse(null);
      }

      @Override
      public Outcome<MutationResult<V>> once(
          Mutation<K, V> mutation, Playbook.Attempt<K, V> attempt) throws Exception {
        return registry.execute(
            mutation.id(),
            how(mutation, deadline),
            context ->
                attempt.run(
                    store,
                    current -> {
                      recorder.edited();
                      return mutation.edit().apply(current);
                    }));
      }
    };
  }

  private IdempotencyOptions<MutationResult<V>> how(Mutation<K, V> mutation, Deadline deadline) {
    IdempotencyOptions<MutationResult<V>> how =
        defaults.toBuilder().fingerprint(mutation.fingerprintIn(store)).build();
    if (how.inFlight().waitUpTo().isZero()) {
      return how;
    }
    Duration left = Duration.ofNanos(Math.max(0, deadline.leftNanos()));
    return how.inFlight().waitUpTo().compareTo(left) <= 0
        ? how
        : how.toBuilder().onInFlight(InFlightPolicy.waitUpTo(left)).build();
  }
}
