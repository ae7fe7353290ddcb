/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import static java.util.function.UnaryOperator.identity;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.PayloadLimit;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.registry.AnswerBytes;
import org.occ4j.jdbc.internal.registry.ConcurrentAttemptException;
import org.occ4j.jdbc.internal.registry.EndedTransactionException;
import org.occ4j.jdbc.internal.registry.MutationColumns;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.registry.TransactionalRows;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.jdbc.internal.store.StoreDialect.RowVersion;
import org.occ4j.jdbc.internal.store.TableLayout;
import org.occ4j.mutation.internal.ResultCodec;

/**
 * The statements of a mutation over one store: its row, its answer and its change in one
 * transaction. As it stands here it takes several statements; the engines behind a wire do with one
 * round trip.
 */
public abstract class PipelineDialect {

  /**
   * What there is of a mutation and of its key.
   *
   * @param mutation the mutation's row, or null
   * @param row the key's row, or null
   * @param transaction the number of the transaction that was begun, where it is known by one
   */
  record Found(@Nullable MutationRow mutation, @Nullable Row row, @Nullable String transaction) {

    Found(@Nullable MutationRow mutation, @Nullable Row row) {
      this(mutation, row, null);
    }
  }

  /**
   * One mutation, ready to be written if its key is as expected.
   *
   * @param id the mutation
   * @param how how its answer is kept
   * @param write what to do with the row of the key
   * @param checks whether the row is only checked and left alone: the answer is a no, or there is
   *     nothing to delete
   * @param state how the mutation's row is to stand
   * @param codec the format of the answer
   * @param body the answer behind its stamp, or null if it is not kept
   * @param bodyOf the same of a row that holds something else than was sent
   */
  @SuppressWarnings("ArrayRecordComponent") // GroupOutcome, never compared.
  record Step(
      MutationId id,
      IdempotencyOptions<?> how,
      RowWrite write,
      boolean checks,
      MutationRecord.State state,
      String codec,
      byte @Nullable [] body,
      Function<Row, byte @Nullable []> bodyOf) {

    /** Whether the database made something else of the values than was sent. */
    boolean isAltered(@Nullable Row left) {
      return left != null && !Arrays.deepEquals(left.values(), write.values());
    }

    /** This step with the answer that fits the row that was left. */
    Step as(@Nullable Row left) {
      return left != null && isAltered(left)
          ? new Step(id, how, write, checks, state, codec, bodyOf.apply(left), bodyOf)
          : this;
    }

    /** What is bound for the answer where the database puts the stamp before it. */
    AnswerBytes unstamped() {
      return new AnswerBytes(state, codec, body);
    }

    /** The answer with its stamp. */
    AnswerBytes stamped(RowVersion stamp) {
      long micros = stamp.updatedAt() == null ? 0 : stamp.updatedAt();
      return new AnswerBytes(
          state, codec, body == null ? null : ResultCodec.stamped(stamp.version(), micros, body));
    }
  }

  /**
   * Mutations of one key in their order, of which each was made of the state that the one before it
   * leaves behind. The key must be as the first one expects; then all of them are written, else
   * none.
   */
  record Group(List<Step> steps) {

    Group {
      steps = List.copyOf(steps);
    }

    Step first() {
      return steps.get(0);
    }

    boolean isLone() {
      return steps.size() == 1;
    }

    /** The steps that write to the key. There is at least one, or the only step is a check. */
    List<Step> writes() {
      return steps.stream().filter(step -> !step.checks()).toList();
    }

    /** One write for all of them: what the last one stores, where the first one's row is. */
    RowWrite write() {
      if (isLone()) {
        return first().write();
      }
      List<Step> writes = writes();
      RowWrite first = writes.get(0).write();
      return writes.get(writes.size() - 1).write().as(first.kind(), first.expected());
    }

    /** Whether the row is as this step left it when all are done. */
    boolean leaves(int step) {
      return !steps.get(step).checks() && writesAfter(step) == 0;
    }

    /** How many writes come after this step's; of a check, after the state that it judged. */
    int writesAfter(int step) {
      return (int) steps.stream().skip(step + 1L).filter(later -> !later.checks()).count();
    }
  }

  /**
   * What became of a group.
   *
   * @param stamp what the last write gave the row, zeros where nothing was to be written; null if
   *     nothing was done
   * @param changes the numbers of the changes that were appended, one for each write, or none
   * @param left the row that the last write left in a table of the application, if that is known;
   *     else null, and it holds what was sent
   * @param found what is there if nothing was done and the statement said so, else null
   */
  record GroupOutcome(
      @Nullable RowVersion stamp, List<Long> changes, @Nullable Row left, @Nullable Found found) {
    static final GroupOutcome NOTHING = new GroupOutcome(null, List.of(), null, null);
  }

  private static final long MAX_SHARED_BYTES = 256 * 1024;

  /** The text around each probe, with its mutation's key and its namespace. */
  private static final int PROBE_BYTES = 512;

  /** How long a statement waits for a lock of somebody else. */
  enum LockWait {
    /** As long as the session's settings say. */
    OF_THE_SESSION,
    /** A second, whatever the session's settings say; on H2 as they say. */
    BRIEF
  }

  /** A mutation that wrote nothing to its key is stamped so. */
  static final RowVersion UNSTAMPED = new RowVersion(0, 0L);

  final StoreDialect rows;
  final TableLayout layout;
  private final TransactionalRows attempts;
  final LongSupplier floor;
  private final String foundRows;
  final String find;

  PipelineDialect(
      JdbcContext context, StoreDialect rows, MutationRows mutations, LongSupplier floor) {
    this.rows = rows;
    this.layout = rows.layout;
    this.attempts = new TransactionalRows(mutations);
    this.floor = floor;
    this.foundRows = joined(context);
    this.find = find(0);
  }

  // Reading.

  /** Both rows, each of them or NULLs, behind what is in front; {@link #bindFound} binds. */
  private String joined(JdbcContext context) {
    return " LEFT JOIN (SELECT "
        + aliased("m", MutationRow.columnList(context.engine().nowMicros()))
        + (" FROM " + context.schema().table("mutation") + " WHERE " + MutationColumns.BY_KEY)
        + (") m ON 1 = 1" + joinedRow("1 = 1"));
  }

  /** The row of the key, or NULLs, behind what is in front. */
  final String joinedRow(String condition) {
    return " LEFT JOIN (SELECT "
        + aliased("s", layout.columnList(identity()))
        + (" FROM " + layout.table() + " WHERE " + layout.key().equal() + ") s ON " + condition);
  }

  private static String aliased(String prefix, List<String> columns) {
    List<String> named = new ArrayList<>();
    for (String column : columns) {
      named.add(column + " AS " + prefix + named.size());
    }
    return String.join(", ", named);
  }

  final int bindFound(PreparedStatement statement, int first, MutationId id, Object key)
      throws SQLException {
    MutationColumns.bindKey(statement, first, id);
    return layout.key().bind(statement, first + 2, key);
  }

  /** Both rows, whose columns begin at {@code first}. */
  final Found found(ResultSet row, int first) throws SQLException {
    row.getInt(first);
    MutationRow mutation = row.wasNull() ? null : MutationRow.read(row, first);
    return new Found(mutation, row(row, first + MutationRow.columnList("").size()));
  }

  /** The row of the key, whose columns begin at {@code first}, or null if they are NULLs. */
  final @Nullable Row row(ResultSet row, int first) throws SQLException {
    row.getLong(first + layout.key().columns().size());
    return row.wasNull() ? null : layout.row(row, first);
  }

  private String find(int number) {
    return find(Integer.toString(number));
  }

  /** {@link #find} behind an expression instead of a number. */
  final String find(String first) {
    return "SELECT * FROM (SELECT " + first + " AS one) o" + foundRows;
  }

  /** A mutation and its key. */
  record Probe(MutationId id, Object key) {}

  /** {@link #find} of each of these, in their order, by one statement. */
  final List<Found> findAll(Connection connection, List<Probe> probes) throws SQLException {
    String sql =
        IntStream.range(0, probes.size())
            .mapToObj(this::find)
            .collect(Collectors.joining(" UNION ALL "));
    @Nullable Found[] found = new @Nullable Found[probes.size()];
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int index = 1;
      for (Probe probe : probes) {
        index = bindFound(statement, index, probe.id(), probe.key());
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found[row.getInt(1)] = found(row, 2);
        }
      }
    }
    List<Found> all = new ArrayList<>(found.length);
    for (Found one : found) {
      Results.require(one != null, "no row where one was asked for");
      all.add(Objects.requireNonNull(one));
    }
    return all;
  }

  /** What there is, as the latest commits left it. */
  Found find(Connection connection, MutationId id, Object key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(find)) {
      bindFound(statement, 1, id, key);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return found(row, 2);
      }
    }
  }

  // Writing, in a transaction of its own.

  /** Whether {@link #write} is one round trip, and a transaction of its own in auto-commit. */
  boolean writesInOneRoundTrip() {
    return true;
  }

  /** How many bytes, as {@link #bytesOf(Step)} counts them, several mutations may share. */
  long sharedBytes() {
    return MAX_SHARED_BYTES;
  }

  /** How many bytes a step adds to a statement that several mutations share, at most. */
  long bytesOf(Step step) {
    return PayloadLimit.mostBytes(step.write().values()) + PayloadLimit.mostBytes(step.body());
  }

  /** The same of a probe that shares the statement of {@link #findAll}. */
  final long bytesOf(Probe probe) {
    long key = parts(probe.key()).stream().mapToLong(PayloadLimit::mostSent).sum();
    return find.length() + PROBE_BYTES + key;
  }

  /** The contents of the columns of a key. */
  static List<?> parts(Object key) {
    return key instanceof List<?> several ? several : List.of(key);
  }

  /**
   * Writes of each group the row, the answers and the changes, or nothing; the groups are of
   * different keys and in the order of their keys. In a table of the application the row that the
   * last step of each left is told.
   *
   * @param wait how long it may wait for a lock of somebody else; the error means {@code BUSY} then
   * @throws SQLException with the meaning {@code DUPLICATE} if a mutation was written by a rival,
   *     or another unique index refuses a row; nothing was done
   */
  List<GroupOutcome> write(Connection connection, List<Group> groups, LockWait wait)
      throws SQLException {
    List<GroupOutcome> written = new ArrayList<>();
    for (Group group : groups) {
      written.add(writeOver(connection, group, null));
    }
    return written;
  }

  /**
   * The same of one group, in a transaction that somebody else ends.
   *
   * @param seen an attempt of the only step's mutation that came to nothing, or null
   * @throws ConcurrentAttemptException if somebody else was first; the transaction is to be rolled
   *     back
   */
  final GroupOutcome writeOver(Connection connection, Group group, @Nullable MutationRow seen)
      throws SQLException {
    GroupOutcome last = null;
    List<Long> changes = new ArrayList<>();
    for (int i = 0; i < group.steps().size(); i++) {
      Step step = group.steps().get(i);
      GroupOutcome written =
          step.checks()
              ? check(connection, step)
              : change(connection, step.write(), last == null ? null : last.stamp());
      if (written.stamp() == null) {
        if (i > 0) {
          throw new ConcurrentAttemptException(
              false, null); // What came before it has to be undone.
        }
        return GroupOutcome.NOTHING;
      }
      last = step.checks() && last != null ? last : written;
      changes.addAll(written.changes());
      finish(connection, group.leaves(i) ? step.as(written.left()) : step, written, seen);
    }
    Objects.requireNonNull(last, "a group has a step");
    return new GroupOutcome(last.stamp(), changes, last.left(), null);
  }

  private void finish(
      Connection connection, Step step, GroupOutcome written, @Nullable MutationRow seen)
      throws SQLException {
    RowVersion stamp = Objects.requireNonNull(written.stamp());
    int attempt = seen == null ? 1 : seen.attempt() + 1;
    TransactionalRows.StartedAttempt begun =
        new TransactionalRows.StartedAttempt(attempt, seen, false, null, null);
    attempts.finish(connection, step.id(), step.how(), begun, step.stamped(stamp));
  }

  private GroupOutcome check(Connection connection, Step step) throws SQLException {
    List<Row> there = rows.lock(connection, List.of(step.write().key()));
    Row row = there.isEmpty() ? null : there.get(0);
    boolean holds = step.write().expected().holdsFor(row == null ? null : row.undecoded());
    return holds ? new GroupOutcome(UNSTAMPED, List.of(), null, null) : GroupOutcome.NOTHING;
  }

  /** One write; one that follows another expects what that one left behind. */
  private GroupOutcome change(Connection connection, RowWrite write, @Nullable RowVersion last)
      throws SQLException {
    RowWrite next =
        last == null ? write : write.as(RowWrite.Kind.UPDATE, Expected.version(last.version()));
    StoreDialect.WriteOutcome written =
        rows.write(connection, List.of(next), floor, StoreDialect.Mode.IN_TRANSACTION).get(0);
    List<Long> changes = write.change() == null ? List.of() : List.of(written.change());
    Row left = layout.namespace() == null ? written.current() : null;
    return new GroupOutcome(written.stamp(), changes, written.stamp() == null ? null : left, null);
  }

  // An edit with statements of its own.

  /** Whether {@link #begin} and {@link #finish} begin and end the transaction by themselves. */
  boolean beginsByStatement() {
    return false;
  }

  /** Whether {@link #finish} sends the commit with the write, where it is told to commit. */
  boolean sendsCommitAlong() {
    return true;
  }

  /** Locks the row of the key, and reads both rows as they are then. */
  Found begin(Connection connection, MutationId id, Object key) throws SQLException {
    rows.lock(connection, List.of(key));
    return find(connection, id, key);
  }

  /**
   * {@link #write} in the transaction that {@link #begin} began, and its commit where that can
   * travel along.
   *
   * @param begun what {@link #begin} found
   * @param commit whether to commit; a connection that manages its transaction is committed by
   *     whoever opened it in any case
   */
  GroupOutcome finish(Connection connection, Found begun, Step step, boolean commit)
      throws SQLException {
    return writeOver(connection, new Group(List.of(step)), null);
  }

  /**
   * The same over an attempt of the mutation that came to nothing, or with an answer that fits what
   * the row was made; never with the commit.
   */
  GroupOutcome finishOver(Connection connection, Found begun, Step step) throws SQLException {
    return writeOver(connection, new Group(List.of(step)), begun.mutation());
  }

  /**
   * Makes sure, where the engine can tell, that an edit has not ended the transaction.
   *
   * @throws EndedTransactionException if it has
   */
  void requireOpen(Connection connection, Found begun) throws SQLException {}

  /**
   * Makes sure that a rollback can take back, or takes back, all that was done since {@link
   * #begin}.
   *
   * @throws EndedTransactionException if an edit has committed it, where the engine can tell
   */
  void requireUndone(Connection connection, Found begun) throws SQLException {
    requireOpen(connection, begun);
  }

  /** Commits what {@link #finish} has not, unless what ran after it has ended the transaction. */
  void commit(Connection connection, Found begun) throws SQLException {
    requireOpen(connection, begun);
    end(connection, "COMMIT");
  }

  static EndedTransactionException endedByTheEdit(@Nullable SQLException error) {
    return new EndedTransactionException("a statement of the edit", error);
  }

  /** Ends a transaction that {@link #begin} began by itself. */
  final void end(Connection connection, String how) throws SQLException {
    if (beginsByStatement()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(how);
      }
    }
  }
}
