/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.OccException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeToken;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.DuplicateException;
import org.occ4j.jdbc.internal.SignalException;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.change.ChangeDialect.AppendedChange;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Found;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Group;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.GroupOutcome;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.LockWait;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Step;
import org.occ4j.jdbc.internal.registry.AnswerBytes;
import org.occ4j.jdbc.internal.registry.ConcurrentAttemptException;
import org.occ4j.jdbc.internal.registry.EndedTransactionException;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.jdbc.internal.store.TableStore;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;
import org.occ4j.mutation.internal.PipelineRecorder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out one mutation whose turn has come: state, expectation, edit, write.
 *
 * <ul>
 *   <li><b>PIPE-1</b> A write expects the version of the state that was checked and edited. So a
 *       state that was carried from an earlier mutation may be out of date: then the write does
 *       nothing.
 *   <li><b>PIPE-2</b> A conflict, a rejection and a failure of the edit are told only of a state
 *       that was read for this mutation, or that the writing statement found to be still there.
 *   <li><b>PIPE-3</b> The row, the answer and the change are written by one transaction, and the
 *       mutation's primary key is part of it: one effect, whoever else carries it out.
 *   <li><b>PIPE-4</b> An edit runs with no connection held. One with statements of its own is
 *       {@link SqlEditRun}'s.
 * </ul>
 */
public final class PipelineRun<K, V> {
  private static final Logger LOG = LoggerFactory.getLogger(PipelineRun.class);

  /** Only a writer that goes past the pipeline, again and again, can win so often. */
  public static final int MAX_LOST_RACES = 16;

  final TableStore<K, V> store;
  final PipelineDialect dialect;
  final CarriedStates carried;
  final Transactions transactions;

  final PipelineRecorder recorder;
  private final boolean rowsOnce;
  private final MutationRows mutations;

  /** Whether the table was seen to hold something else than was sent; it never goes back. */
  volatile boolean altersValues;

  /** Runs over this store. */
  public PipelineRun(
      TableStore<K, V> store,
      PipelineDialect dialect,
      MutationRows mutations,
      PipelineLimits limits,
      PipelineRecorder recorder) {
    this.recorder = recorder;
    this.mutations = mutations;
    this.store = store;
    this.dialect = dialect;
    this.carried = new CarriedStates(limits.carriedStates());
    this.rowsOnce = limits.rowsOnce();
    this.transactions = store.parts.context().transactions();
  }

  /** What is known of the key's row: nothing, or a row, or that there is none. */
  static final class Known {
    static final Known NOTHING = new Known(null, false, null, false);

    final @Nullable Row row;
    final boolean known;
    final @Nullable MutationRow seen;
    final boolean fresh;

    private Known(@Nullable Row row, boolean known, @Nullable MutationRow seen, boolean fresh) {
      this.row = row;
      this.known = known;
      this.seen = seen;
      this.fresh = fresh;
    }

    static Known carried(@Nullable Row row) {
      return row == null ? NOTHING : new Known(row, true, null, false);
    }

    /** What a mutation of the same group makes; it is there when the group is written. */
    static Known made(@Nullable Row row) {
      return new Known(row, true, null, true);
    }

    static Known read(Found found) {
      return new Known(found.row(), true, found.mutation(), true);
    }
  }

  // Edits without statements.

  /** An outcome; none if another node is at it. */
  public Optional<Outcome<MutationResult<V>>> carryOutAlone(PipelineRequest<K, V> request) {
    return carryOut(request, LockWait.OF_THE_SESSION);
  }

  /**
   * An outcome; none if another node is at it.
   *
   * @throws LockedOutException if it waits for locks briefly, and that was not enough or cannot be
   *     had; nothing was done
   */
  Optional<Outcome<MutationResult<V>>> carryOut(PipelineRequest<K, V> request, LockWait wait) {
    Known state = Known.carried(carried.find(request.keyBytes));
    for (int races = 0; races < MAX_LOST_RACES; races++) {
      if (mustRead(request, state)) {
        Found found = find(request);
        if (isSettled(request, found.mutation())) {
          return request.decided(found.mutation());
        }
        state = Known.read(found);
      }
      if (state.known && !request.holds(state.row)) {
        return Optional.of(request.conflicted(state.row));
      }
      Attempt<V> attempt = attempt(request, state);
      if (attempt == null) {
        state = Known.NOTHING; // The edit failed on a state that may be out of date.
        carried.drop(request.keyBytes);
        continue;
      }
      Settled<V> settled = write(request, attempt, state, wait);
      if (settled.isDone()) {
        return settled.outcome();
      }
      requireMoved(state, settled.state());
      state = settled.state();
    }
    throw lost();
  }

  /** A row that was read, and is the same after a write of it that did nothing, is refused. */
  private void requireMoved(Known before, Known after) {
    boolean same =
        before.fresh
            && before.row != null
            && after.row != null
            && before.row.version() == after.row.version();
    if (same && after.seen == null) {
      dialect.layout.requireMade(0);
    }
  }

  static StoreUnavailableException lost() {
    return new StoreUnavailableException(
        "lost against other writers " + MAX_LOST_RACES + " times, nothing was changed", null);
  }

  /**
   * Whether the row has to be read: the edit looks at it, or it is not what is expected (PIPE-2).
   */
  boolean mustRead(PipelineRequest<K, V> request, Known state) {
    if (state.fresh) {
      return false;
    }
    if (state.known) {
      return !request.holds(state.row);
    }
    boolean expectsNothing = request.expected == Expected.absent();
    return !expectsNothing && request.mutation.edit().readsCurrent();
  }

  private Found find(PipelineRequest<K, V> request) {
    Found found =
        transactions.reading(
            connection -> dialect.find(connection, request.mutation.id(), request.rawKey));
    remember(request.keyBytes, found.row());
    return found;
  }

  void remember(byte[] key, @Nullable Row row) {
    if (row == null) {
      carried.drop(key);
    } else {
      carried.keep(key, row);
    }
  }

  /** Whether the mutation's row alone says what to answer: it is done, or a rival is at it. */
  boolean isSettled(PipelineRequest<K, V> request, @Nullable MutationRow seen) {
    return seen != null && (request.decided(seen).isPresent() || seen.isClaimed());
  }

  /**
   * What the edit made of the state.
   *
   * @param step what to write
   * @param next the new value as the table spells it, or null
   * @param no the application's no, or null
   */
  record Attempt<V>(Step step, @Nullable V next, @Nullable Rejection no) {}

  /** The attempt, or null if the edit failed on a state that was carried (PIPE-2). */
  @Nullable Attempt<V> attempt(PipelineRequest<K, V> request, Known state) {
    try {
      Versioned<V> before = request.state(state.row);
      recorder.edited();
      V next = request.mutation.edit().apply(before == null ? null : before.value());
      return request.stores(next, state.known, state.row);
    } catch (Rejection no) {
      return new Attempt<>(request.rejects(no, state.known, state.row), null, no);
    } catch (RuntimeException failure) {
      if (state.known && !state.fresh) {
        return null;
      }
      throw failure;
    }
  }

  /**
   * What became of a write.
   *
   * @param outcome if {@code isDone}: the outcome, or none if another node is at it
   * @param state else: what is there
   */
  record Settled<V>(boolean isDone, Optional<Outcome<MutationResult<V>>> outcome, Known state) {

    static <V> Settled<V> as(Optional<Outcome<MutationResult<V>>> outcome) {
      return new Settled<>(true, outcome, Known.NOTHING);
    }

    static <V> Settled<V> lost(Known state) {
      return new Settled<>(false, Optional.empty(), state);
    }
  }

  Settled<V> write(PipelineRequest<K, V> request, Attempt<V> attempt, Known state, LockWait wait) {
    Step step = attempt.step();
    GroupOutcome written;
    SQLException duplicate = null;
    try {
      written = write(step, state.seen, wait);
    } catch (DuplicateException refused) {
      written = GroupOutcome.NOTHING;
      duplicate = refused.error();
    } catch (ConcurrentAttemptException rival) {
      written = GroupOutcome.NOTHING;
    }
    if (written.stamp() != null) {
      return Settled.as(Optional.of(applied(request, attempt, written)));
    }
    return notApplied(request, step, written.found(), duplicate);
  }

  private GroupOutcome write(Step step, @Nullable MutationRow seen, LockWait wait) {
    Group group = new Group(List.of(step));
    if (seen == null && !asksFirst()) {
      GroupOutcome written = writeAll(List.of(group), wait).get(0);
      correctAnswer(step, written.left());
      return written;
    }
    if (wait == LockWait.BRIEF) {
      throw new LockedOutException(null); // The statements of a transaction wait as they do.
    }
    return transactions.transaction(connection -> dialect.writeOver(connection, group, seen));
  }

  /**
   * Writes groups by one transaction.
   *
   * @throws DuplicateException if a row of a rival, or another unique index, is in the way of one;
   *     nothing was done
   * @throws ConcurrentAttemptException likewise
   * @throws LockedOutException if a brief wait for a lock was not enough; nothing was done
   */
  List<GroupOutcome> writeAll(List<Group> groups, LockWait wait) {
    SqlWork<List<GroupOutcome>, RuntimeException> work =
        connection -> refusingDuplicates(connection, groups, wait);
    try {
      return dialect.writesInOneRoundTrip()
          ? transactions.statement(work)
          : transactions.transaction(work);
    } catch (StoreUnavailableException notDone) {
      throw wait == LockWait.BRIEF && isLockedOut(notDone)
          ? new LockedOutException(notDone)
          : notDone;
    }
  }

  private static boolean isLockedOut(StoreUnavailableException notDone) {
    return notDone.getCause() instanceof SQLException error
        && SqlErrors.meaningOf(error) == SqlErrors.Meaning.BUSY;
  }

  /**
   * Somebody else holds the lock of a row for longer than others are to wait, or the wait cannot be
   * cut short; nothing was done.
   */
  static final class LockedOutException extends SignalException {
    private static final long serialVersionUID = 1L;

    LockedOutException(@Nullable StoreUnavailableException notDone) {
      super("locked out", notDone);
    }
  }

  /**
   * Whether mutations may share a statement: where rows hold what is sent, or have not been seen to
   * hold something else.
   */
  boolean sharesStatements() {
    return sharesKeys() || !asksFirst();
  }

  /** Whether answers are to be kept after it is known what a write left, at more round trips. */
  boolean asksFirst() {
    return altersValues && dialect.writesInOneRoundTrip();
  }

  /**
   * Whether mutations of one key may share a write. In a table of the application only the last
   * state is read back as the database made it, so there it has to be asked for.
   */
  boolean sharesKeys() {
    return dialect.layout.namespace() != null || (rowsOnce && !altersValues);
  }

  /**
   * Sets the kept answer right where the database made something else of the values than was sent,
   * unless it was kept after that was known. From now on it is asked first, and the answer written
   * after it, in a transaction. The mutation is applied whatever becomes of this, so no failure of
   * it may be told as the mutation's.
   */
  void correctAnswer(Step step, @Nullable Row left) {
    if (left != null && step.isAltered(left)) {
      altersValues = true;
      if (!dialect.writesInOneRoundTrip()) {
        return;
      }
      AnswerBytes answer =
          step.as(left).stamped(new StoreDialect.RowVersion(left.version(), left.updatedAt()));
      try {
        transactions.statement(connection -> mutations.correct(connection, step.id(), answer));
      } catch (OccException notCorrected) {
        LOG.warn("the answer kept of {} has the values that were sent", step.id(), notCorrected);
      }
    }
  }

  /** An edit keeps no claim, for that would be a statement more for each. */
  EndedTransactionException keptUnresolved(
      PipelineRequest<K, V> request, EndedTransactionException ended) {
    return mutations.keptUnresolved(transactions, request.mutation.id(), request.how, ended);
  }

  private List<GroupOutcome> refusingDuplicates(
      Connection connection, List<Group> groups, LockWait wait) throws SQLException {
    try {
      return dialect.write(connection, groups, wait);
    } catch (SQLException error) {
      throw DuplicateException.orThrow(error);
    }
  }

  Outcome<MutationResult<V>> applied(
      PipelineRequest<K, V> request, Attempt<V> attempt, GroupOutcome written) {
    tell(new Group(List.of(attempt.step())), written);
    StoreDialect.RowVersion stamp = Objects.requireNonNull(written.stamp());
    return applied(request, attempt, stamp, written.left(), tokenOf(attempt.step(), written, 0));
  }

  /**
   * The place of the change of a write, or null if it made none.
   *
   * @param write its place among the writes of its group
   */
  @Nullable ChangeToken tokenOf(Step step, GroupOutcome written, int write) {
    return step.checks() || written.changes().isEmpty()
        ? null
        : store.mapper.tokenOf(step.write(), written.changes().get(write));
  }

  /** What is answered to a mutation whose write was given this stamp. */
  Outcome<MutationResult<V>> applied(
      PipelineRequest<K, V> request,
      Attempt<V> attempt,
      StoreDialect.RowVersion stamp,
      @Nullable Row left,
      @Nullable ChangeToken token) {
    if (attempt.no() != null) {
      return request.rejected(attempt.no());
    }
    Row row = request.rowAfter(attempt.step(), stamp, left);
    remember(request.keyBytes, row);
    return request.applied(attempt.step(), attempt.next(), row, token);
  }

  /** Notes what was written, and has followers told. */
  void tell(Group group, GroupOutcome written) {
    List<Step> writes = group.writes();
    List<AppendedChange> appended = new ArrayList<>(writes.size());
    for (int i = 0; i < writes.size(); i++) {
      StoreDialect.RowVersion stamp =
          store
              .parts
              .rows()
              .layout
              .before(Objects.requireNonNull(written.stamp()), writes.size() - 1 - i);
      long change = written.changes().isEmpty() ? 0 : written.changes().get(i);
      store.noteApplied(writes.get(i).write(), stamp, change, appended);
    }
    store.parts.log().committedRows(appended);
  }

  Settled<V> notApplied(
      PipelineRequest<K, V> request,
      Step step,
      @Nullable Found told,
      @Nullable SQLException duplicate) {
    boolean tellsAll = told != null && (told.row() != null || isSettled(request, told.mutation()));
    Found found = tellsAll ? Objects.requireNonNull(told) : find(request);
    remember(request.keyBytes, found.row());
    if (isSettled(request, found.mutation())) {
      return Settled.as(request.decided(found.mutation()));
    }
    boolean createdByRival = step.write().kind() == RowWrite.Kind.INSERT && found.row() != null;
    boolean isOwn = dialect.layout.namespace() != null;
    if (duplicate != null && !createdByRival && !isOwn) {
      throw Transactions.notDone(duplicate);
    }
    if (step.write().kind() == RowWrite.Kind.INSERT && !step.checks() && found.row() == null) {
      store.requireInsertable(step.write());
    }
    return Settled.lost(Known.read(found));
  }
}
