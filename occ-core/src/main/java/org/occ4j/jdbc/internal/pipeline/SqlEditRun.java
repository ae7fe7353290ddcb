/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.GuardedConnection;
import org.occ4j.jdbc.internal.MisfitException;
import org.occ4j.jdbc.internal.SignalException;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Surprise;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Found;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.GroupOutcome;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.LockWait;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Step;
import org.occ4j.jdbc.internal.pipeline.PipelineRun.Attempt;
import org.occ4j.jdbc.internal.pipeline.PipelineRun.Known;
import org.occ4j.jdbc.internal.pipeline.PipelineRun.Settled;
import org.occ4j.jdbc.internal.registry.ConcurrentAttemptException;
import org.occ4j.jdbc.internal.registry.EndedTransactionException;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;

/**
 * Carries out one mutation whose edit has statements of its own: the row is locked before it is
 * checked, so the edit runs once, and what it wrote is committed with the mutation or undone.
 */
public final class SqlEditRun<K, V> {

  private final PipelineRun<K, V> run;

  /** Runs over the same store. */
  public SqlEditRun(PipelineRun<K, V> run) {
    this.run = run;
  }

  /** An outcome; none if another node is at it. */
  public Optional<Outcome<MutationResult<V>>> carryOut(
      PipelineRequest<K, V> request, StatementEdit<K, V> edit) throws Exception {
    for (int races = 0; races < PipelineRun.MAX_LOST_RACES; races++) {
      Settled<V> settled;
      try {
        settled = editing(request, edit, races > 0);
      } catch (EndedTransactionException ended) {
        throw run.keptUnresolved(request, ended);
      }
      if (settled.isDone()) {
        return settled.outcome();
      }
    }
    throw PipelineRun.lost();
  }

  private Settled<V> editing(
      PipelineRequest<K, V> request, StatementEdit<K, V> edit, boolean isAgain) throws Exception {
    try {
      SqlWork<Edited<V>, Exception> work = connection -> edited(connection, request, edit);
      Edited<V> done =
          run.dialect.beginsByStatement()
              ? run.transactions.begunByStatement(work)
              : run.transactions.transaction(work);
      Attempt<V> attempt = done.attempt();
      if (attempt == null) {
        return Settled.as(done.outcome());
      }
      if (done.isAnswerAsSent()) {
        run.correctAnswer(attempt.step(), done.written().left());
      }
      return Settled.as(Optional.of(run.applied(request, attempt, done.written())));
    } catch (RejectedException rejected) {
      return run.write(
          request, rejected.attempt(request), rejected.state(), LockWait.OF_THE_SESSION);
    } catch (OvertakenException overtaken) {
      Settled<V> settled = run.notApplied(request, overtaken.step(), null, overtaken.duplicate());
      if (isAgain) {
        requireExplained(overtaken, settled);
      }
      return settled;
    } catch (ConcurrentAttemptException rival) {
      return run.notApplied(request, checkOf(request), null, null);
    }
  }

  /**
   * A duplicate that neither a rival's row nor its mutation explains, and that comes again, is one
   * of the edit's own rows, which the database has checked at the commit.
   */
  private void requireExplained(OvertakenException overtaken, Settled<V> settled) {
    SQLException duplicate = overtaken.duplicate();
    boolean isInsert = overtaken.step().write().kind() == RowWrite.Kind.INSERT;
    boolean explained = settled.isDone() || (isInsert && settled.state().row != null);
    if (duplicate != null && !explained) {
      throw Transactions.notDone(duplicate);
    }
  }

  private Step checkOf(PipelineRequest<K, V> request) {
    return request.rejects(new Rejection("", ""), false, null);
  }

  /**
   * What a transaction with an edit in it came to: a write, or an outcome without one.
   *
   * @param isAnswerAsSent whether the answer was kept before it was known what the row became
   */
  private record Edited<V>(
      @Nullable Attempt<V> attempt,
      GroupOutcome written,
      boolean isAnswerAsSent,
      Optional<Outcome<MutationResult<V>>> outcome) {}

  private Edited<V> edited(
      Connection connection, PipelineRequest<K, V> request, StatementEdit<K, V> edit)
      throws Exception {
    Found found = run.dialect.begin(connection, request.mutation.id(), request.rawKey);
    Known state = Known.read(found);
    if (run.isSettled(request, state.seen)) {
      return withoutWrite(connection, request.decided(state.seen));
    }
    if (!request.holds(state.row)) {
      return withoutWrite(connection, Optional.of(request.conflicted(state.row)));
    }
    Connection guarded = GuardedConnection.over(connection);
    K key = request.mutation.key();
    Versioned<V> before = request.state(state.row);
    V next;
    try {
      run.recorder.edited();
      next = edit.apply(key, before, guarded);
    } catch (Rejection no) {
      run.dialect.requireUndone(connection, found);
      throw new RejectedException(no, state); // Out of the transaction, which is rolled back.
    } catch (SQLException | RuntimeException failure) {
      requireUndone(connection, found, failure);
      throw failure;
    }
    Attempt<V> attempt = request.stores(next, true, state.row);
    boolean together = found.mutation() == null && !run.altersValues;
    GroupOutcome written =
        finish(connection, found, attempt.step(), together, !edit.hasAfterWrite());
    if (edit.hasAfterWrite()) {
      Row row =
          request.rowAfter(attempt.step(), Objects.requireNonNull(written.stamp()), written.left());
      afterWrite(connection, found, edit, key, before, request.state(row));
    }
    return new Edited<>(attempt, written, together, Optional.empty());
  }

  private void afterWrite(
      Connection connection,
      Found found,
      StatementEdit<K, V> edit,
      K key,
      @Nullable Versioned<V> before,
      @Nullable Versioned<V> after)
      throws SQLException {
    try {
      edit.afterWrite(key, before, after, GuardedConnection.over(connection));
    } catch (SQLException | RuntimeException failure) {
      requireUndone(connection, found, failure);
      throw failure;
    }
    commit(connection, found);
  }

  /** Makes sure that the rollback, which is to come, can take back what the edit did. */
  private void requireUndone(Connection connection, Found found, Exception failure) {
    boolean isUndone =
        found.transaction() == null
            && failure instanceof SQLException error
            && SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD;
    if (isUndone || Surprise.isBehind(failure, connection)) {
      return;
    }
    try {
      run.dialect.requireUndone(connection, found);
    } catch (OutcomeUnknownException committed) {
      committed.addSuppressed(failure);
      throw committed;
    } catch (SQLException broken) {
      failure.addSuppressed(broken);
    }
  }

  private Edited<V> withoutWrite(
      Connection connection, Optional<Outcome<MutationResult<V>>> outcome) throws SQLException {
    run.dialect.end(connection, "ROLLBACK");
    return new Edited<>(null, GroupOutcome.NOTHING, false, outcome);
  }

  /**
   * The last statements of the transaction.
   *
   * @param together whether row and answer are written at once, the answer as it is
   * @param commit whether nothing comes after it
   */
  private GroupOutcome finish(
      Connection connection, Found found, Step step, boolean together, boolean commit)
      throws SQLException {
    boolean sendsCommit = commit && together && run.dialect.sendsCommitAlong();
    GroupOutcome written;
    try {
      written =
          together
              ? run.dialect.finish(connection, found, step, commit)
              : run.dialect.finishOver(connection, found, step);
    } catch (SQLException error) {
      throw sendsCommit ? failedWithCommit(error, step) : failed(error, step);
    } catch (MisfitException | Error unforeseen) {
      if (!sendsCommit) {
        throw unforeseen;
      }
      Surprise.abort(connection, unforeseen);
      throw Transactions.unknown(unforeseen);
    }
    if (written.stamp() == null) {
      if (step.write().kind() != RowWrite.Kind.INSERT && !step.checks()) {
        run.dialect.layout.requireMade(0); // Nobody else can have touched the row: it is locked.
      }
      throw new OvertakenException(step, null); // Before any commit: the edit's rows go with it.
    }
    if (commit && !together) {
      commit(connection, found);
    }
    return written;
  }

  private static RuntimeException failed(SQLException error, Step step) throws SQLException {
    if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.DUPLICATE) {
      return new OvertakenException(step, error);
    }
    throw error;
  }

  /**
   * A commit was on its way with the statement; only the server's own error says that it is not.
   */
  private static RuntimeException failedWithCommit(SQLException error, @Nullable Step step)
      throws SQLException {
    return switch (SqlErrors.meaningOf(error)) {
      case DUPLICATE -> {
        if (step == null) {
          throw error;
        }
        yield new OvertakenException(step, error);
      }
      // A cancellation may come after the commit.
      case UNKNOWN, INTERRUPTED, BUSY -> Transactions.unknown(error);
      default -> throw error;
    };
  }

  private void commit(Connection connection, Found found) throws SQLException {
    try {
      run.dialect.commit(connection, found);
    } catch (SQLException error) {
      throw failedWithCommit(error, null);
    }
  }

  /** A rival created the key, or carried the mutation out: everything is to be rolled back. */
  private static final class OvertakenException extends SignalException {
    private static final long serialVersionUID = 1L;

    private final transient Step step;
    private final @Nullable SQLException duplicate;

    OvertakenException(Step step, @Nullable SQLException duplicate) {
      super("overtaken", duplicate);
      this.step = step;
      this.duplicate = duplicate;
    }

    Step step() {
      return step;
    }

    @Nullable SQLException duplicate() {
      return duplicate;
    }
  }

  /** The edit said no: its rows are to be rolled back before the no is kept. */
  private static final class RejectedException extends SignalException {
    private static final long serialVersionUID = 1L;

    private final Rejection no;
    private final transient Known state;

    RejectedException(Rejection no, Known state) {
      super(null, no);
      this.no = no;
      this.state = state;
    }

    <V> Attempt<V> attempt(PipelineRequest<?, V> request) {
      return new Attempt<>(request.rejects(no, true, state.row), null, no);
    }

    Known state() {
      return state;
    }
  }
}
