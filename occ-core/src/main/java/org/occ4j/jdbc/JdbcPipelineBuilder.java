/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.jdbc.internal.engine.Dialects;
import org.occ4j.jdbc.internal.pipeline.PipelineLimits;
import org.occ4j.jdbc.internal.registry.AnswerBytes;
import org.occ4j.jdbc.internal.store.TableStore;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.internal.PipelineRecorder;
import org.occ4j.mutation.internal.ResultCodec;
import org.occ4j.mutation.internal.TurnLease;
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
  private final Dialects dialects;
  private final ResultCodec<V> answers;
  private final PipelineRecorder recorder;
  private int carriedStates = 4096;
  private int statementsAtOnce = 8;
  private int maxWaiting = 10_000;
  private boolean merges;
  private boolean rowsOnce;
  private @Nullable KeyedMutex<String> mutex;
  private @Nullable Merger<V> merger;
  private Duration turnTimeout = DEFAULT_TURN_TIMEOUT;
  private IdempotencyOptions<MutationResult<V>> how;

  JdbcPipelineBuilder(
      OwnTableStore<K, V> store,
      RegistryTable registry,
      Dialects dialects,
      Codec<V> answers,
      PipelineRecorder recorder) {
    this.recorder = recorder;
    this.dialects = dialects;
    this.store = store;
    this.registry = registry;
    this.answers = new ResultCodec<>(answers);
    this.how = IdempotencyOptions.returning(this.answers);
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

  /**
   * How many rows the pipeline keeps from one mutation of a key to the next, so that it need not
   * read them; about 4 096 by default, and 0 for none. A row that others have replaced meanwhile
   * costs a round trip and is never written over. A table whose triggers or other writers change
   * values and leave the version as it is should have none.
   *
   * @throws IllegalArgumentException if {@code atMost} is negative
   */
  public JdbcPipelineBuilder<K, V> carriedStates(int atMost) {
    if (atMost < 0) {
      throw new IllegalArgumentException("carriedStates must not be negative: " + atMost);
    }
    this.carriedStates = atMost;
    return this;
  }

  /**
   * How many statements the pipeline has under way at once, at most; 8 by default. Under load it
   * finds by itself with how many a mutation takes the least time, and does not exceed this. While
   * so many are under way, further mutations wait, and those that have gathered share the next
   * statement: of one key any number up to 64, of different keys up to 16. Fewer than there are
   * connections in the pool, so that others find one. An edit with statements of its own, and a
   * pipeline with a {@linkplain #mutex mutex}, share nothing. In a table of the application those
   * of one key do not share either, unless {@link #writeRowsOnce} is set.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public JdbcPipelineBuilder<K, V> statementsAtOnce(int atMost) {
    if (atMost < 1) {
      throw new IllegalArgumentException("statementsAtOnce must be at least 1: " + atMost);
    }
    this.statementsAtOnce = atMost;
    return this;
  }

  /**
   * How many mutations may wait at most; 10 000 by default. One more is answered {@code Refused}
   * with {@code CAPACITY} and a time after which to come again.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public JdbcPipelineBuilder<K, V> maxWaiting(int atMost) {
    if (atMost < 0) {
      throw new IllegalArgumentException("maxWaiting must not be negative: " + atMost);
    }
    this.maxWaiting = atMost;
    return this;
  }

  /**
   * Settles a conflict where the edit and what others did since touch different fields: the edit is
   * applied to the {@linkplain org.occ4j.mutation.MutationBuilder#base base} that the client sent,
   * merged with the present state, and written; {@code Applied} says so. Needs a {@linkplain
   * #merger merger}, and mutations that carry their base; others conflict as before. Off by
   * default, because a person should see what became of their edit.
   */
  public JdbcPipelineBuilder<K, V> mergeConflicts() {
    this.merges = true;
    return this;
  }

  /**
   * Lets mutations of one key that wait together write their row once, in a table of the
   * application as they do in the library's own: with the last state, and the versions, answers and
   * changes of all. Triggers, history tables and whoever follows the database's log then see that
   * one write; each edit is given the value that the one before it made, and its answer tells what
   * it sent, even where the database makes something else of such values. The last answer tells
   * what is stored, and once that was something else, mutations go one by one. Off by default,
   * because an application whose triggers count writes would miss some.
   */
  public JdbcPipelineBuilder<K, V> writeRowsOnce() {
    this.rowsOnce = true;
    return this;
  }

  /** What to do when the same mutation is under way; refuse by default. */
  public JdbcPipelineBuilder<K, V> inFlight(InFlightPolicy policy) {
    this.how = how.toBuilder().onInFlight(policy).build();
    return this;
  }

  /** How long answers are kept at least, 24 hours by default. */
  public JdbcPipelineBuilder<K, V> retention(Duration atLeast) {
    this.how = how.toBuilder().retention(atLeast).build();
    return this;
  }

  /**
   * The pipeline.
   *
   * @throws IllegalStateException if conflicts are to be merged and there is no merger
   */
  public JdbcMutationPipeline<K, V> build() {
    if (merges && merger == null) {
      throw new IllegalStateException("mergeConflicts needs a merger");
    }
    TurnLease.warnIfLongerThan(turnTimeout, mutex);
    AnswerBytes.requireStorable(how);
    TableStore.Parts<K, V> parts = store.parts;
    PipelineLimits limits =
        new PipelineLimits(carriedStates, statementsAtOnce, maxWaiting, merges, rowsOnce);
    return new TablePipeline<>(
        store,
        registry,
        dialects.pipeline(parts.context(), parts.rows(), registry.rows(), parts.floor()),
        new TablePipeline.Settings<>(mutex, merger, turnTimeout, how, answers, limits),
        recorder);
  }
}
