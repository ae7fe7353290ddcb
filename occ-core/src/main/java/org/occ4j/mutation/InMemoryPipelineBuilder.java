/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.internal.Merging;
import org.occ4j.mutation.internal.Playbook;
import org.occ4j.mutation.internal.ResultCodec;
import org.occ4j.mutation.internal.TurnLease;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;

/**
 * Gathers the settings of a pipeline over a store in memory. Not thread-safe.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class InMemoryPipelineBuilder<K, V> {
  private static final Duration DEFAULT_TURN_TIMEOUT = Duration.ofSeconds(15);

  private final VersionedStore<K, V> store;
  private @Nullable IdempotencyRegistry registry;
  private @Nullable KeyedMutex<String> mutex;
  private @Nullable Merger<V> merger;
  private boolean merges;
  private Duration turnTimeout = DEFAULT_TURN_TIMEOUT;
  private IdempotencyOptions<MutationResult<V>> how = IdempotencyOptions.returning(keptAsObjects());

  InMemoryPipelineBuilder(VersionedStore<K, V> store) {
    this.store = Objects.requireNonNull(store, "store");
  }

  /**
   * Keeps answers in this registry; one in memory of its own by default. Pipelines may share one,
   * since their mutations differ in the operation of their scope. One that keeps bytes, such as a
   * registry in a database, needs {@link #answerCodec} too. The claim, the write and the answer are
   * then three commits under the registry's lease, not one: if the process dies between the last
   * two, the same mutation sent again is checked again, which a mutation that expects a version
   * answers with a conflict, and one that expects {@code any()} by being applied a second time.
   */
  public InMemoryPipelineBuilder<K, V> registry(IdempotencyRegistry answers) {
    this.registry = Objects.requireNonNull(answers, "registry");
    return this;
  }

  /**
   * Writes answers by this codec, if the registry keeps bytes. Without it such a registry keeps
   * only that a mutation is done, and a replay shows the present state.
   */
  public InMemoryPipelineBuilder<K, V> answerCodec(Codec<V> values) {
    Codec<MutationResult<V>> codec = new ResultCodec<>(values);
    this.how =
        IdempotencyOptions.builder(codec)
            .onInFlight(how.inFlight())
            .retention(how.retention())
            .build();
    return this;
  }

  /** Takes turns on this mutex, so that others can take part; one of its own by default. */
  public InMemoryPipelineBuilder<K, V> mutex(KeyedMutex<String> turns) {
    this.mutex = Objects.requireNonNull(turns, "mutex");
    return this;
  }

  /** Tells by this merger which fields a conflict is about; by default conflicts do not say. */
  public InMemoryPipelineBuilder<K, V> merger(Merger<V> fields) {
    this.merger = Objects.requireNonNull(fields, "merger");
    return this;
  }

  /**
   * How long a mutation waits for its turn at most; 15 seconds by default, which outlives the
   * default lease of a {@linkplain #mutex mutex across nodes} whose holder died. The log warns of
   * one that does not outlive the lease.
   *
   * @throws IllegalArgumentException if {@code atMost} is negative
   */
  public InMemoryPipelineBuilder<K, V> turnTimeout(Duration atMost) {
    if (atMost.isNegative()) {
      throw new IllegalArgumentException("turnTimeout must not be negative: " + atMost);
    }
    this.turnTimeout = atMost;
    return this;
  }

  /**
   * Settles a conflict where the edit and what others did since touch different fields: the edit is
   * applied to the {@linkplain MutationBuilder#base base} that the client sent, merged with the
   * present state, and written; {@code Applied} says so. Needs a {@linkplain #merger merger}, and
   * mutations that carry their base; others conflict as before. Off by default, because a person
   * should see what became of their edit.
   */
  public InMemoryPipelineBuilder<K, V> mergeConflicts() {
    this.merges = true;
    return this;
  }

  /** What to do when the same mutation is under way; refuse by default. */
  public InMemoryPipelineBuilder<K, V> inFlight(InFlightPolicy policy) {
    this.how = how.toBuilder().onInFlight(policy).build();
    return this;
  }

  /** How long answers are kept at least, 24 hours by default. */
  public InMemoryPipelineBuilder<K, V> retention(Duration atLeast) {
    this.how = how.toBuilder().retention(atLeast).build();
    return this;
  }

  /**
   * The pipeline.
   *
   * @throws IllegalStateException if conflicts are to be merged and there is no merger
   */
  public MutationPipeline<K, V> build() {
    if (merges && merger == null) {
      throw new IllegalStateException("mergeConflicts needs a merger");
    }
    TurnLease.warnIfLongerThan(turnTimeout, mutex);
    return new InMemoryPipeline<>(
        store,
        registry == null ? IdempotencyRegistry.inMemory() : registry,
        new Playbook<>(store, mutex == null ? KeyedMutex.inMemory() : mutex, merger, turnTimeout),
        how,
        merges && merger != null ? new Merging<>(merger) : null);
  }

  private static <V> Codec<MutationResult<V>> keptAsObjects() {
    return Codec.of(
        "occ-result/1",
        result -> {
          throw new UnsupportedOperationException("a registry in memory does not encode");
        },
        bytes -> {
          throw new UnsupportedOperationException("a registry in memory does not decode");
        });
  }
}
