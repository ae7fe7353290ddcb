/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeToken;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Step;
import org.occ4j.jdbc.internal.pipeline.PipelineRun.Attempt;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.jdbc.internal.store.TableLayout;
import org.occ4j.jdbc.internal.store.TableStore;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;
import org.occ4j.mutation.internal.ResultCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One mutation on its way through the pipeline: what it asks for, as the statements take it. What
 * is bad in it has been refused when this object is there.
 */
public final class PipelineRequest<K, V> {
  private static final Logger LOG = LoggerFactory.getLogger(PipelineRequest.class);

  private final TableStore<K, V> store;
  private final ResultCodec<V> answers;

  /** What is to be carried out. */
  public final Mutation<K, V> mutation;

  /** How its answer is kept, and what becomes of a duplicate. */
  public final IdempotencyOptions<MutationResult<V>> how;

  /** The key, as its codec and as JDBC have it. */
  final byte[] keyBytes;

  /** The key, as JDBC takes it. */
  public final Object rawKey;

  /** What is expected, in the precision of the table. */
  final Expected expected;

  /** Made of a mutation; refuses what is bad in it. */
  public PipelineRequest(
      TableStore<K, V> unmarked,
      ResultCodec<V> answers,
      Mutation<K, V> mutation,
      IdempotencyOptions<MutationResult<V>> how) {
    this.store = unmarked.marked(mutation.updatedBy(), mutation.tags());
    this.answers = answers;
    this.mutation = mutation;
    this.how = how;
    this.keyBytes = store.mapper.bytes(mutation.key());
    this.rawKey = store.parts.format().rawKey(mutation.key(), keyBytes);
    this.expected = store.parts.rows().layout.inPrecision(mutation.expected());
  }

  /** The state that a row holds. */
  public @Nullable Versioned<V> state(@Nullable Row row) {
    return row == null ? null : store.mapper.state(mutation.key(), row);
  }

  // What is written.

  /**
   * Stores a value, as the table spells it, or deletes the key if it is null.
   *
   * @param known whether the row there is known
   * @param row the row there, or null if the key is absent or it is not known
   */
  Attempt<V> stores(@Nullable V next, boolean known, @Nullable Row row) {
    Expected same = known ? sameAs(row) : expected;
    boolean present = known ? row != null : expected != Expected.absent();
    if (next == null) {
      RowWrite write = write(RowWrite.Kind.DELETE, NO_VALUES, same, Change.Kind.DELETE);
      store.mapper.requireSendable(mutation.key());
      Step step = present ? step(write, false, answers.deleted()) : checks(same, answers.deleted());
      return new Attempt<>(step, null, null);
    }
    RowWrite.Kind kind = present ? RowWrite.Kind.UPDATE : RowWrite.Kind.INSERT;
    @Nullable Object[] sent = store.parts.format().rawValues(mutation.key(), next);
    @Nullable Object[] values = store.parts.format().spelled(sent);
    V told = values == sent ? next : store.parts.format().value(mutation.key(), values);
    RowWrite write = write(kind, values, same, Change.Kind.PUT);
    return new Attempt<>(step(write, false, sendable(values, body(told))), told, null);
  }

  /** The step that keeps the application's no, if the row is still as it was judged. */
  Step rejects(Rejection no, boolean known, @Nullable Row row) {
    return checks(known ? sameAs(row) : expected, answers.rejected(no.code(), no.detail()));
  }

  /** The answer, or null where the server would not take it beside the values at once. */
  private byte @Nullable [] sendable(@Nullable Object[] values, byte @Nullable [] body) {
    store.mapper.requireSendable(mutation.key(), values);
    if (body == null) {
      return null;
    }
    @Nullable Object[] both = Arrays.copyOf(values, values.length + 1);
    both[values.length] = body;
    return store.mapper.isSendable(both) ? body : null;
  }

  private static Expected sameAs(@Nullable Row row) {
    return row == null ? Expected.absent() : Expected.version(row.version());
  }

  private static final @Nullable Object[] NO_VALUES = {};

  private Step checks(Expected same, byte[] body) {
    RowWrite.Kind kind = same == Expected.absent() ? RowWrite.Kind.INSERT : RowWrite.Kind.UPDATE;
    return step(new RowWrite(kind, rawKey, NO_VALUES, same, null, null), true, body);
  }

  private RowWrite write(
      RowWrite.Kind kind, @Nullable Object[] values, Expected same, Change.Kind change) {
    ChangeDraft draft = store.mapper.draft(mutation.key(), change);
    return new RowWrite(kind, rawKey, values, same, store.marks.updatedBy(), draft);
  }

  private Step step(RowWrite write, boolean checks, byte @Nullable [] body) {
    boolean kept = body != null && body.length + ResultCodec.STAMP_BYTES <= how.maxAnswerBytes();
    return new Step(
        mutation.id(),
        how,
        write,
        checks,
        kept ? MutationRecord.State.COMPLETED : MutationRecord.State.COMPLETED_WITHOUT_ANSWER,
        how.codec().id(),
        kept ? body : null,
        left -> body(store.mapper.state(mutation.key(), left).value()));
  }

  /** The answer, or null if its codec fails: the effect is worth more than the answer to it. */
  private byte @Nullable [] body(V next) {
    TableLayout layout = store.parts.rows().layout;
    try {
      return answers.applied(
          next, layout.time() != null, layout.updatedBy() == null ? null : store.marks.updatedBy());
    } catch (RuntimeException failure) {
      LOG.warn("codec {} failed on an answer; replays will not have it", how.codec().id(), failure);
      return null;
    }
  }

  // What is answered.

  /**
   * The row that a step has left behind, or null if it deleted the key or wrote nothing to it.
   *
   * @param left the row, where it was read back
   */
  @Nullable Row rowAfter(Step step, StoreDialect.RowVersion stamp, @Nullable Row left) {
    RowWrite write = step.write();
    if (step.checks() || write.kind() == RowWrite.Kind.DELETE) {
      return null;
    }
    String by = store.parts.rows().layout.updatedBy() == null ? null : write.updatedBy();
    return left != null
        ? left
        : new Row(rawKey, stamp.version(), stamp.updatedAt(), by, write.values());
  }

  Outcome<MutationResult<V>> applied(
      Step step, @Nullable V next, @Nullable Row row, @Nullable ChangeToken token) {
    Versioned<V> state =
        row == null || next == null
            ? null
            : step.isAltered(row)
                ? store.mapper.state(mutation.key(), row)
                : store.mapper.stateOf(next, row);
    return new Outcome.Executed<>(new MutationResult.Applied<>(state, false, List.of(), token), 1);
  }

  Outcome<MutationResult<V>> rejected(Rejection no) {
    return new Outcome.Executed<>(new MutationResult.Rejected<>(no.code(), no.detail(), false), 1);
  }

  /** The expectation does not hold. Nothing of this is stored. */
  Outcome<MutationResult<V>> conflicted(@Nullable Row row) {
    return new Outcome.Executed<>(
        new MutationResult.Conflicted<>(mutation.expected(), state(row), List.of()), 1);
  }

  private @Nullable StatementEdit<K, V> sqlEdit;

  /** Has it carried out by an edit with statements of its own. */
  public void carriedOutBy(StatementEdit<K, V> edit) {
    sqlEdit = edit;
  }

  /** The edit with statements of its own, or null. */
  public @Nullable StatementEdit<K, V> sqlEdit() {
    return sqlEdit;
  }

  // How it ended.

  private boolean settled;
  private Optional<Outcome<MutationResult<V>>> outcome = Optional.empty();
  private @Nullable Throwable failure;

  void settle(Optional<Outcome<MutationResult<V>>> result) {
    outcome = result;
    settled = true;
  }

  void fail(Throwable thrown) {
    failure = thrown;
  }

  boolean isOpen() {
    return !settled && failure == null;
  }

  /** The outcome; none if another node is at it. */
  public Optional<Outcome<MutationResult<V>>> result() throws Exception {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof Exception thrown) {
      throw thrown;
    }
    if (!settled) {
      throw new IllegalStateException("a request was left open");
    }
    return outcome;
  }

  /** Whether the row is as expected. */
  public boolean holds(@Nullable Row row) {
    return expected.holdsFor(row == null ? null : row.undecoded());
  }

  Optional<Outcome<MutationResult<V>>> decided(@Nullable MutationRow seen) {
    return seen == null ? Optional.empty() : seen.decided(how);
  }
}
