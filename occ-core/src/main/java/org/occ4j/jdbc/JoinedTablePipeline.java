/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.GuardedConnection;
import org.occ4j.jdbc.internal.SignalException;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.pipeline.PipelineRequest;
import org.occ4j.jdbc.internal.pipeline.PipelineRun;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.PipelineStats;
import org.occ4j.mutation.Rejection;
import org.occ4j.mutation.internal.Answers;
import org.occ4j.store.WriteResult;

/**
 * The pipeline in the caller's transaction. The row is locked before it is checked and edited, so a
 * rival is met before the edit runs and not after; the one rival left is somebody who creates the
 * key that was absent, and then the edit's own statements are undone to a savepoint.
 */
final class JoinedTablePipeline<K, V> implements JoinedPipeline<K, V> {

  private final TablePipeline<K, V> pipeline;
  private final RegistryTable registry;
  private final JoinedTableStore<K, V> store;
  private final Connection connection;

  JoinedTablePipeline(
      TablePipeline<K, V> pipeline,
      RegistryTable registry,
      JoinedTableStore<K, V> store,
      Connection connection) {
    this.pipeline = pipeline;
    this.registry = registry;
    this.store = store;
    this.connection = connection;
  }

  /** The edit as it runs here. */
  private interface Change<V> {
    @Nullable V apply(@Nullable Versioned<V> before) throws SQLException, Rejection;
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException {
    return apply(
        mutation, before -> mutation.edit().apply(before == null ? null : before.value()), null);
  }

  /** Nothing is waited for here but the row, by the database's own time-out. */
  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation, Duration timeout)
      throws InterruptedException {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    return apply(mutation);
  }

  @Override
  public PipelineStats stats() {
    return pipeline.stats();
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<K, V> edit)
      throws InterruptedException {
    Objects.requireNonNull(edit, "edit");
    Connection guarded = GuardedConnection.over(connection);
    K key = mutation.key();
    SqlEdit.AfterWrite<K, V> after = edit.afterWrite();
    return apply(
        mutation,
        before -> edit.apply(key, before, guarded),
        (before, now) -> {
          if (after != null) {
            after.run(key, before, now, guarded);
          }
        });
  }

  /** What runs after the write. */
  private interface Afterwards<V> {
    void run(@Nullable Versioned<V> before, @Nullable Versioned<V> after) throws SQLException;
  }

  @Override
  public void committed() {
    store.committed();
  }

  /**
   * Carries the mutation out.
   *
   * @param afterwards what runs after the write; null if the edit makes no statements, so that
   *     there is nothing to undo
   */
  private MutationResult<V> apply(
      Mutation<K, V> mutation, Change<V> change, @Nullable Afterwards<V> afterwards)
      throws InterruptedException {
    return pipeline.recorder().counted(() -> carriedOut(mutation, change, afterwards));
  }

  private MutationResult<V> carriedOut(
      Mutation<K, V> mutation, Change<V> change, @Nullable Afterwards<V> afterwards)
      throws InterruptedException {
    PipelineRequest<K, V> request = pipeline.request(store, mutation, 0);
    try {
      Outcome<MutationResult<V>> outcome =
          Answers.of(() -> underTheRegistry(request, change, afterwards));
      return pipeline.answer(mutation, outcome);
    } catch (Lost lost) {
      return mutation.conflictWith(request.state(lost.row), pipeline.merger());
    }
  }

  private Outcome<MutationResult<V>> underTheRegistry(
      PipelineRequest<K, V> request, Change<V> change, @Nullable Afterwards<V> afterwards)
      throws Exception {
    try {
      return registry.joinTransaction(
          connection,
          request.mutation.id(),
          request.how,
          (transaction, context) -> carryOut(request, change, afterwards));
    } catch (SQLException ofTheEdit) {
      throw Transactions.conflictIfEnded(ofTheEdit);
    }
  }

  private MutationResult<V> carryOut(
      PipelineRequest<K, V> request, Change<V> change, @Nullable Afterwards<V> afterwards)
      throws SQLException {
    for (int races = 0; races < PipelineRun.MAX_LOST_RACES; races++) {
      List<Row> locked = store.parts.rows().lock(connection, List.of(request.rawKey));
      Row row = locked.isEmpty() ? null : locked.get(0);
      if (!request.holds(row)) {
        throw new Lost(row);
      }
      MutationResult<V> result =
          afterwards == null
              ? onceOver(request, row, change, null)
              : undoneUnlessApplied(request, row, change, afterwards);
      if (result != null) {
        return result;
      }
    }
    throw new StoreUnavailableException(
        "rivals created the key " + PipelineRun.MAX_LOST_RACES + " times, nothing was changed",
        null);
  }

  /** {@link #onceOver}, whose statements vanish with any other end than an applied mutation. */
  private @Nullable MutationResult<V> undoneUnlessApplied(
      PipelineRequest<K, V> request, @Nullable Row row, Change<V> change, Afterwards<V> afterwards)
      throws SQLException {
    Savepoint before = connection.setSavepoint();
    MutationResult<V> result;
    try {
      result = onceOver(request, row, change, afterwards);
      if (!(result instanceof MutationResult.Applied)) {
        connection.rollback(before);
      }
    } catch (Throwable failure) {
      undo(before, failure);
      throw failure;
    }
    connection.releaseSavepoint(before); // Held until the commit it would cost the server.
    return result;
  }

  private void undo(Savepoint before, Throwable reason) {
    try {
      connection.rollback(before);
    } catch (SQLException alsoBroken) {
      // The database has ended the transaction, savepoint and all, or the connection is gone.
      reason.addSuppressed(alsoBroken);
    }
  }

  /** The result, or null if a rival created the key meanwhile. */
  private @Nullable MutationResult<V> onceOver(
      PipelineRequest<K, V> request,
      @Nullable Row row,
      Change<V> change,
      @Nullable Afterwards<V> afterwards)
      throws SQLException {
    Versioned<V> before = request.state(row);
    V next;
    pipeline.recorder().edited();
    try {
      next = change.apply(before);
    } catch (Rejection no) {
      return new MutationResult.Rejected<>(no.code(), no.detail(), false);
    }
    Mutation<K, V> mutation = request.mutation;
    Expected same = row == null ? Expected.absent() : Expected.version(row.version());
    JoinedTableStore<K, V> writer = store.marked(mutation.updatedBy(), mutation.tags());
    WriteResult<V> written =
        next == null ? writer.delete(mutation.key(), same) : writer.put(mutation.key(), next, same);
    if (!written.isApplied()) {
      return null;
    }
    if (afterwards != null) {
      afterwards.run(before, written.current());
    }
    return new MutationResult.Applied<>(written.current(), false, List.of(), written.token());
  }

  /** The expectation does not hold; leaves through the registry, which takes the claim back. */
  private static final class Lost extends SignalException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Row row;

    Lost(@Nullable Row row) {
      super("conflict", null);
      this.row = row;
    }
  }
}
