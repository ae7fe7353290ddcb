/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Ticker;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.internal.Deadline;
import org.occ4j.jdbc.internal.pipeline.PipelineBatch;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect;
import org.occ4j.jdbc.internal.pipeline.PipelineLimits;
import org.occ4j.jdbc.internal.pipeline.PipelineRequest;
import org.occ4j.jdbc.internal.pipeline.PipelineRun;
import org.occ4j.jdbc.internal.pipeline.SqlEditRun;
import org.occ4j.jdbc.internal.pipeline.StatementEdit;
import org.occ4j.jdbc.internal.registry.ConcurrentAttempts;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.store.TableStore;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.PipelineStats;
import org.occ4j.mutation.internal.Answers;
import org.occ4j.mutation.internal.GroupCommit;
import org.occ4j.mutation.internal.LateTurns;
import org.occ4j.mutation.internal.Merging;
import org.occ4j.mutation.internal.PipelineRecorder;
import org.occ4j.mutation.internal.ResultCodec;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;

/** The playbook over JDBC: known here, turn, and then what {@link PipelineRun} does. */
final class TablePipeline<K, V> implements JdbcMutationPipeline<K, V> {

  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final OwnTableStore<K, V> store;
  private final RegistryTable registry;
  private final Settings<V> settings;
  private final PipelineRun<K, V> run;
  private final SqlEditRun<K, V> edits;
  private final GroupCommit<PipelineRequest<K, V>> group;
  private final PipelineRecorder recorder;
  private final LateTurns lateTurns;
  private final @Nullable Merging<V> merging;

  /**
   * What a pipeline was told.
   *
   * @param mutex where turns are taken, or null for turns of this process
   * @param merger tells which fields a conflict is about, or null
   * @param turnTimeout how long a mutation waits for its turn at most
   * @param defaults how answers are kept, and what becomes of duplicates
   * @param answers how results become bytes
   * @param limits how much is kept and done at once
   */
  record Settings<V>(
      @Nullable KeyedMutex<String> mutex,
      @Nullable Merger<V> merger,
      Duration turnTimeout,
      IdempotencyOptions<MutationResult<V>> defaults,
      ResultCodec<V> answers,
      PipelineLimits limits) {}

  TablePipeline(
      OwnTableStore<K, V> store,
      RegistryTable registry,
      PipelineDialect dialect,
      Settings<V> settings,
      PipelineRecorder recorder) {
    this.store = store;
    this.registry = registry;
    this.settings = settings;
    PipelineLimits limits = settings.limits();
    Merger<V> merger = settings.merger();
    Ticker ticker = store.parts.context().ticker();
    this.recorder = recorder;
    this.lateTurns = new LateTurns(ticker);
    this.merging = limits.merges() && merger != null ? new Merging<>(merger) : null;
    this.run = new PipelineRun<>(store, dialect, registry.rows(), limits, recorder);
    this.edits = new SqlEditRun<>(run);
    PipelineBatch<K, V> batch = new PipelineBatch<>(run, edits);
    this.group =
        new GroupCommit<>(
            batch::carryOut, limits.statementsAtOnce(), limits.maxWaiting(), ticker, recorder);
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException {
    return apply(mutation, FOR_EVER);
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation, Duration timeout)
      throws InterruptedException {
    Deadline deadline = deadline(timeout);
    return recorder.counted(
        () ->
            merging == null
                ? applyOnce(mutation, null, deadline)
                : merging.apply(mutation, one -> applyOnce(one, null, deadline)));
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<K, V> edit)
      throws InterruptedException {
    return apply(mutation, edit, FOR_EVER);
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<K, V> edit, Duration timeout)
      throws InterruptedException {
    Objects.requireNonNull(edit, "edit");
    Deadline deadline = deadline(timeout);
    return recorder.counted(() -> applyOnce(mutation, edit, deadline));
  }

  @Override
  public PipelineStats stats() {
    return recorder.snapshot();
  }

  private Deadline deadline(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    Deadline deadline = new Deadline(timeout, store.parts.context().ticker());
    long unused = deadline.leftNanos(); // Counted from here on.
    return deadline;
  }

  private MutationResult<V> applyOnce(
      Mutation<K, V> mutation, @Nullable SqlEdit<K, V> edit, Deadline deadline)
      throws InterruptedException {
    PipelineRequest<K, V> request = request(store, mutation, deadline.leftNanos());
    if (edit != null) {
      request.carriedOutBy(new SqlStatementEdit<>(edit));
    }
    KeyedMutex<String> turns = settings.mutex();
    return answered(
        request,
        turns == null ? () -> inGroup(request, deadline) : () -> inTurn(turns, request, deadline));
  }

  @Override
  public JoinedPipeline<K, V> joining(Connection connection) {
    return new JoinedTablePipeline<>(
        this, registry, (JoinedTableStore<K, V>) store.joining(connection), connection);
  }

  /**
   * What a mutation asks for.
   *
   * @param patienceNanos how long it may wait for a duplicate under way at most
   */
  PipelineRequest<K, V> request(
      TableStore<K, V> over, Mutation<K, V> mutation, long patienceNanos) {
    IdempotencyOptions<MutationResult<V>> how =
        settings.defaults().toBuilder().fingerprint(mutation.fingerprintIn(over)).build();
    Duration left = Duration.ofNanos(Math.max(0, patienceNanos));
    boolean bounded = how.inFlight().waitUpTo().compareTo(left) <= 0;
    return new PipelineRequest<>(
        over,
        settings.answers(),
        mutation,
        bounded ? how : how.toBuilder().onInFlight(InFlightPolicy.waitUpTo(left)).build());
  }

  /** How many mutations wait for their key or for a place. */
  int waiting() {
    return group.waiting();
  }

  PipelineRecorder recorder() {
    return recorder;
  }

  @Nullable Merger<V> merger() {
    return settings.merger();
  }

  MutationResult<V> answer(Mutation<K, V> mutation, Outcome<MutationResult<V>> outcome) {
    return Answers.answer(mutation, outcome, store);
  }

  private MutationResult<V> answered(
      PipelineRequest<K, V> request, ConcurrentAttempts.Work<Outcome<MutationResult<V>>> work)
      throws InterruptedException {
    Mutation<K, V> mutation = request.mutation;
    Outcome<MutationResult<V>> outcome =
        Answers.of(() -> registry.once(mutation.id(), request.how, work));
    MutationResult<V> result = answer(mutation, outcome);
    return result instanceof MutationResult.Conflicted<V> lost
        ? mutation.conflictWith(
            lost.current(), settings.merger()) // After the turn: it is user code.
        : result;
  }

  // The turn: of the group, where nobody else takes part, or of a mutex that was given.

  private Optional<Outcome<MutationResult<V>>> inGroup(
      PipelineRequest<K, V> request, Deadline deadline) throws Exception {
    String lockKey = request.mutation.lockKeyIn(store);
    try {
      group.run(lockKey, request, request.sqlEdit() != null, turnNanos(deadline));
      return request.result();
    } catch (GroupCommit.FullException full) {
      return Optional.of(new Outcome.Refused<>(Outcome.Reason.CAPACITY, MutationRow.RETRY_AFTER));
    } catch (TimeoutException late) {
      throw lateTurns.failure(lockKey, late);
    } catch (GroupCommit.UnderWayException underWay) {
      throw new OutcomeUnknownException(
          "the mutation was under way when its time was over or its thread was interrupted",
          underWay);
    }
  }

  private Optional<Outcome<MutationResult<V>>> inTurn(
      KeyedMutex<String> turns, PipelineRequest<K, V> request, Deadline deadline) throws Exception {
    String lockKey = request.mutation.lockKeyIn(store);
    long entered = store.parts.context().ticker().nanos();
    try (Hold<String> turn = turns.acquire(lockKey, Duration.ofNanos(turnNanos(deadline)))) {
      recorder.waited(store.parts.context().ticker().nanos() - entered);
      StatementEdit<K, V> edit = request.sqlEdit();
      return edit == null ? run.carryOutAlone(request) : edits.carryOut(request, edit);
    } catch (TimeoutException late) {
      throw lateTurns.failure(lockKey, late);
    }
  }

  private long turnNanos(Deadline deadline) {
    return Math.max(0, Math.min(nanos(settings.turnTimeout()), deadline.leftNanos()));
  }

  private static long nanos(Duration duration) {
    return duration.compareTo(FOR_EVER) < 0 ? duration.toNanos() : Long.MAX_VALUE;
  }
}
