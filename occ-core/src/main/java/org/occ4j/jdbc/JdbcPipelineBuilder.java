/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.InFlight;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.internal.Playbook;
import org.occ4j.mutation.internal.ResultCodec;
import org.occ4j.mutex.KeyedMutex;

/**
 * Gathers the settings of a pipeline over JDBC; made by {@link OccDatabase#pipeline}. Not
 * thread-safe.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class JdbcPipelineBuilder<K, V> {
  /** Longer than the leases of {@link OccDatabase#mutex} unless they are told otherwise. */
  static final Duration DEFAULT_TURN_TIMEOUT = Duration.ofSeconds(15);

  private final OwnTableStore<K, V> store;
  private final RegistryTable registry;
  private @Nullable KeyedMutex<String> mutex;
  private @Nullable Merger<V> merger;
  private Duration turnTimeout = DEFAULT_TURN_TIMEOUT;
  private Execution<MutationResult<V>> how;

  JdbcPipelineBuilder(OwnTableStore<K, V> store, RegistryTable registry, Codec<V> answers) {
    this.store = store;
    this.registry = registry;
    this.how = Execution.returning(new ResultCodec<>(answers));
  }

  /**
   * Takes turns on this mutex. By default it is one of this process: writers of other nodes are
   * then met at the compare-and-set, which is safe and costs the loser a retry. {@link
   * OccDatabase#mutex} makes turns hold across nodes, for two round trips more.
   *
   * <p>A node that dies keeps its turns until their leases end. The default lease is shorter than
   * the default {@link #turnTimeout}, so mutations of other nodes outlive that; {@link #build}
   * warns in the log if the lease of this mutex is not.
   */
  public JdbcPipelineBuilder<K, V> mutex(KeyedMutex<String> turns) {
    this.mutex = Objects.requireNonNull(turns, "mutex");
    return this;
  }

  /** Tells by this merger which fields a conflict is about; by default conflicts do not say. */
  public JdbcPipelineBuilder<K, V> merger(Merger<V> fields) {
    this.merger = Objects.requireNonNull(fields, "merger");
    return this;
  }

  /**
   * How long a mutation waits for its turn at most; 15 seconds by default. A time-out shorter than
   * the lease of a {@linkplain #mutex mutex across nodes} makes mutations of a key fail for as long
   * as the difference after its holder died; nothing is lost by that.
   *
   * @throws IllegalArgumentException if {@code atMost} is negative
   */
  public JdbcPipelineBuilder<K, V> turnTimeout(Duration atMost) {
    if (atMost.isNegative()) {
      throw new IllegalArgumentException("turnTimeout must not be negative: " + atMost);
    }
    this.turnTimeout = atMost;
    return this;
  }

  /** What to do when the same mutation is under way; refuse by default. */
  public JdbcPipelineBuilder<K, V> inFlight(InFlight policy) {
    this.how = how.onInFlight(policy);
    return this;
  }

  /** How long answers are kept at least, 24 hours by default. */
  public JdbcPipelineBuilder<K, V> retention(Duration atLeast) {
    this.how = how.retention(atLeast);
    return this;
  }

  /** The pipeline. */
  public JdbcMutationPipeline<K, V> build() {
    if (mutex instanceof JdbcLeaseMutex<String> leases) {
      leases.warnIfWaitIsShort(turnTimeout);
    }
    Playbook<K, V> playbook =
        new Playbook<>(store, mutex == null ? KeyedMutex.inMemory() : mutex, merger, turnTimeout);
    return new TablePipeline<>(store, registry, playbook, how);
  }
}
