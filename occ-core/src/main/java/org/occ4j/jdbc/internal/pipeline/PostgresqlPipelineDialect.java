/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.PostgresqlTransaction;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.change.ChangeDialect;
import org.occ4j.jdbc.internal.registry.MutationColumns;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.store.PostgresqlStoreDialect;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect.RowVersion;

/**
 * PostgreSQL: one statement of data-modifying parts for each key. The answers and the changes are
 * inserted from what the write of the row returns, so they are there exactly if it is. Statements
 * of several keys go under one Sync, which makes them one transaction.
 *
 * <p>A lone mutation's row is looked for with the statement's snapshot. If it is there the write is
 * left out and the row is the answer: a replay. A rival's row that the snapshot does not show makes
 * the insert fail as a duplicate, which undoes everything under the Sync. The primary key decides.
 *
 * <p>What is there after a write that did nothing is <em>not</em> read by the same statement: it
 * would show the row as it was before the rival that the write waited for.
 */
public final class PostgresqlPipelineDialect extends PipelineDialect {

  /**
   * What the text of a statement depends on. A check of an absent key has the kind INSERT.
   *
   * @param answers how many mutations it keeps the answers of
   * @param writes how many of them write to the key
   * @param changes how many of them append a change
   * @param lone whether a row of the mutation is looked for
   * @param edits whether an edit ran before it, which must not have ended the transaction
   * @param commits whether a commit follows
   */
  private record Form(
      RowWrite.Kind kind,
      boolean checks,
      String condition,
      int answers,
      int writes,
      int changes,
      boolean lone,
      boolean edits,
      boolean commits) {}

  private static final String COMMIT = "SELECT " + PostgresqlTransaction.REQUIRE + "; COMMIT";

  /** How a statement fails that would write nothing and be committed all the same. */
  private static final String DIVISION_BY_ZERO = "22012";

  /** An answer's stamp, of a version and a time, before its body. */
  private static final String STAMPED =
      "int8send(COALESCE(%s, 0)) || int8send(COALESCE(%s, 0)) || %s";

  /** Of this transaction alone, which is that of the statements under the same Sync. */
  private static final String WAIT_BRIEFLY = "SELECT set_config('lock_timeout', '1s', true); ";

  private static final int CHANGE_PARAMETERS = 6;

  private final PostgresqlStoreDialect store;
  private final ChangeDialect changes;
  private final String mutationTable;
  private final String now;
  private final String known;
  private final String lockAndFind;
  private final ConcurrentHashMap<Form, String> texts = new ConcurrentHashMap<>();

  /** The dialect of a store. */
  public PostgresqlPipelineDialect(
      JdbcContext context,
      PostgresqlStoreDialect rows,
      MutationRows mutations,
      LongSupplier floor) {
    super(context, rows, mutations, floor);
    this.store = rows;
    this.changes = new ChangeDialect(context);
    this.mutationTable = context.schema().table("mutation");
    this.now = context.engine().nowMicros();
    this.known =
        ("k AS (SELECT " + MutationRow.columns(now) + " FROM " + mutationTable)
            + (" WHERE " + MutationColumns.BY_KEY + "), ");
    // Two statements, for the second one's snapshot is to be taken when the row is locked.
    this.lockAndFind =
        ("SELECT 1 FROM " + layout.table() + " WHERE " + layout.key().equal())
            + (" FOR NO KEY UPDATE; " + find(PostgresqlTransaction.NUMBER));
  }

  @Override
  List<GroupOutcome> write(Connection connection, List<Group> groups, LockWait wait)
      throws SQLException {
    List<Form> forms =
        groups.stream().map(group -> form(group, group.isLone(), false, false)).toList();
    return run(connection, wait, groups, forms, null);
  }

  @Override
  Found begin(Connection connection, MutationId id, Object key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lockAndFind)) {
      bindFound(statement, layout.key().bind(statement, 1, key), id, key);
      Results results = new Results(statement);
      results.next();
      ResultSet row = results.next();
      Results.require(row.next(), "no row where one was asked for");
      Found found = found(row, 2);
      return new Found(found.mutation(), found.row(), row.getString(1));
    }
  }

  /** Both under one Sync: the server skips the commit if the write fails, or finds nothing. */
  @Override
  GroupOutcome finish(Connection connection, Found begun, Step step, boolean commit)
      throws SQLException {
    Group group = new Group(List.of(step));
    Form form = form(group, false, true, commit);
    try {
      return run(
              connection,
              LockWait.OF_THE_SESSION,
              List.of(group),
              List.of(form),
              begun.transaction())
          .get(0);
    } catch (SQLException error) {
      if (DIVISION_BY_ZERO.equals(error.getSQLState())) {
        return GroupOutcome.NOTHING;
      }
      throw orEnded(error);
    }
  }

  @Override
  GroupOutcome finishOver(Connection connection, Found begun, Step step) throws SQLException {
    requireOpen(connection, begun);
    return super.finishOver(connection, begun, step);
  }

  @Override
  void requireOpen(Connection connection, Found begun) throws SQLException {
    try {
      PostgresqlTransaction.require(connection, begun.transaction());
    } catch (SQLException error) {
      throw orEnded(error);
    }
  }

  /** In a transaction that has failed nothing else tells. */
  @Override
  void requireUndone(Connection connection, Found begun) throws SQLException {
    if (PostgresqlTransaction.isCommittedAfterRollback(connection, begun.transaction())) {
      throw endedByTheEdit(null);
    }
  }

  /** The driver sends no commit of its own after this one. */
  @Override
  void commit(Connection connection, Found begun) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(COMMIT)) {
      statement.setString(1, begun.transaction());
      statement.execute();
    } catch (SQLException error) {
      throw orEnded(error);
    }
  }

  private static SQLException orEnded(SQLException error) {
    if (PostgresqlTransaction.isAnother(error)) {
      throw endedByTheEdit(error);
    }
    return error;
  }

  private List<GroupOutcome> run(
      Connection connection,
      LockWait wait,
      List<Group> groups,
      List<Form> forms,
      @Nullable String transaction)
      throws SQLException {
    String sql =
        forms.stream()
            .map(form -> texts.computeIfAbsent(form, this::text))
            .collect(Collectors.joining("; ", wait == LockWait.BRIEF ? WAIT_BRIEFLY : "", ""));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int index = 1;
      for (int i = 0; i < groups.size(); i++) {
        index = bind(statement, index, groups.get(i), forms.get(i), transaction);
      }
      Results results = new Results(statement);
      if (wait == LockWait.BRIEF) {
        results.next();
      }
      List<GroupOutcome> written = new ArrayList<>(groups.size());
      for (int i = 0; i < groups.size(); i++) {
        GroupOutcome answer = answer(results.next(), groups.get(i), forms.get(i));
        written.add(raises(forms.get(i)) ? raised(results.next(), groups.get(i), answer) : answer);
      }
      return written;
    }
  }

  // The statement of one group.

  private Form form(Group group, boolean lone, boolean edits, boolean commits) {
    RowWrite write = group.write();
    boolean checks = group.first().checks();
    int writes = checks ? 0 : group.writes().size();
    return new Form(
        write.kind(),
        checks,
        write.expected() == Expected.absent() ? "" : layout.expecting(write.expected()).sql(),
        group.steps().size(),
        writes,
        write.change() == null ? 0 : writes,
        lone,
        edits,
        commits);
  }

  private String text(Form form) {
    return ("WITH " + (form.lone() ? known : ""))
        + ("w AS (" + write(form) + "), m AS (INSERT INTO " + mutationTable)
        + (" (" + MutationColumns.INSERT_COLUMNS + ") SELECT " + answers(form) + ")")
        + (form.changes() == 0 ? "" : ", c AS (" + changes(form) + " RETURNING id, version)")
        + (" SELECT w.v, w.a, " + numbers(form))
        + (tellsRow(form) ? ", " + layout.storedNames() : "")
        + (form.edits() ? ", " + PostgresqlTransaction.REQUIRE : "")
        + (form.lone() ? ", k.* " : ", 1 / (SELECT COUNT(*) FROM w) ")
        + "FROM (SELECT 1) one LEFT JOIN w ON TRUE"
        + (form.lone() ? " LEFT JOIN k ON TRUE" : "")
        + (raises(form) ? "; " + raise(form) : "")
        + (form.commits() ? "; COMMIT" : "");
  }

  private boolean raises(Form form) {
    return form.kind() == RowWrite.Kind.INSERT && !form.checks() && layout.beginsByTheClock();
  }

  /** Chooses the version of a new row again if it is late, and corrects what was kept of it. */
  private String raise(Form form) {
    String stamped = STAMPED.formatted("w.v", "w.a", "substring(answer FROM 17)");
    return ("WITH w AS (" + store.raiseIfLate + "), m AS (UPDATE " + mutationTable)
        + (" SET answer = " + stamped + " FROM w WHERE " + MutationColumns.BY_KEY + ")")
        + (form.changes() == 0 ? "" : ", c AS (" + changes.correction() + ")")
        + (" SELECT " + layout.storedNames() + " FROM w");
  }

  /** In a table of the application the database may have made something else of the values. */
  private boolean tellsRow(Form form) {
    return layout.namespace() == null && !form.checks() && form.kind() != RowWrite.Kind.DELETE;
  }

  private String write(Form form) {
    String unless = form.lone() ? " AND NOT EXISTS (SELECT 1 FROM k)" : "";
    String left = form.kind() == RowWrite.Kind.DELETE ? store.stamp : layout.storedColumns();
    String returning = form.condition() + unless + " RETURNING " + left;
    if (form.checks()) {
      return "SELECT CAST(0 AS BIGINT) AS v, CAST(0 AS BIGINT) AS a WHERE "
          + (form.kind() == RowWrite.Kind.INSERT ? "NOT " : "")
          + ("EXISTS (SELECT 1 FROM " + layout.table() + " WHERE " + layout.key().equal())
          + (form.condition() + ")" + unless);
    }
    return switch (form.kind()) {
      case UPDATE -> update(form.writes()) + returning;
      case DELETE -> store.delete + returning;
      case INSERT -> store.insertOrFail + " RETURNING " + left;
    };
  }

  private String update(int writes) {
    return ("UPDATE " + layout.table() + " SET ")
        + (rows.columns.assignments(writes) + " WHERE " + layout.key().equal());
  }

  /** The rows of answers: of one, its parameters; of several, what a list of values gives. */
  private String answers(Form form) {
    if (form.answers() == 1) {
      return MutationColumns.insertValues(now, STAMPED.formatted("w.v", "w.a", "?")) + " FROM w";
    }
    String body = "e.p" + MutationColumns.ANSWER_PARAMETER;
    return MutationColumns.insertValues(
            now, STAMPED.formatted("w.v - e.v", "w.a - e.a", body), parameter -> "e.p" + parameter)
        + listed(form.answers(), MutationColumns.INSERT_PARAMETERS, "e", "v", "a");
  }

  private String changes(Form form) {
    if (form.writes() == 1) {
      return changes.insertFrom("w.v", "w");
    }
    String parameters =
        IntStream.range(0, CHANGE_PARAMETERS)
            .mapToObj(parameter -> "f.p" + parameter)
            .collect(Collectors.joining(", "));
    String from = listed(form.changes(), CHANGE_PARAMETERS, "f", "v");
    return changes.insertFrom(parameters, "w.v - f.v", from.substring(" FROM ".length()));
  }

  /** {@code w} beside a list of values: parameters, and numbers that are named. */
  private static String listed(int rows, int parameters, String alias, String... numbers) {
    String row =
        Stream.concat(
                Collections.nCopies(parameters, "?").stream(),
                Collections.nCopies(numbers.length, "CAST(? AS BIGINT)").stream())
            .collect(Collectors.joining(", ", "(", ")"));
    String names =
        Stream.concat(
                IntStream.range(0, parameters).mapToObj(parameter -> "p" + parameter),
                Stream.of(numbers))
            .collect(Collectors.joining(", "));
    return (" FROM w, (VALUES " + String.join(", ", Collections.nCopies(rows, row)))
        + (") " + alias + " (" + names + ")");
  }

  private static String numbers(Form form) {
    return form.changes() == 0
        ? "CAST(NULL AS TEXT)"
        : "(SELECT string_agg(CAST(id AS TEXT), ',' ORDER BY version) FROM c)";
  }

  // Its parameters.

  private int bind(
      PreparedStatement statement, int first, Group group, Form form, @Nullable String transaction)
      throws SQLException {
    int index = first;
    if (form.lone()) {
      MutationColumns.bindKey(statement, index, group.first().id());
      index += 2;
    }
    index = bindWrite(statement, index, group.write(), form);
    index = bindAnswers(statement, index, group);
    index = form.changes() == 0 ? index : bindChanges(statement, index, group);
    if (form.edits()) {
      statement.setString(index++, transaction);
    }
    return raises(form) ? bindRaise(statement, index, group.first()) : index;
  }

  private int bindRaise(PreparedStatement statement, int first, Step step) throws SQLException {
    RowWrite write = step.write();
    int index = layout.key().bind(statement, first, write.key());
    MutationColumns.bindKey(statement, index, step.id());
    index += 2;
    return write.change() == null
        ? index
        : ChangeDialect.bindCorrection(statement, index, write.change());
  }

  private int bindWrite(PreparedStatement statement, int first, RowWrite write, Form form)
      throws SQLException {
    if (form.checks()) {
      int index = layout.key().bind(statement, first, write.key());
      return layout.expecting(write.expected()).bind(statement, index);
    }
    long least = floor.getAsLong() + 1 + (form.writes() - 1) * layout.step();
    return store.bindChange(statement, first, write, least);
  }

  private int bindAnswers(PreparedStatement statement, int first, Group group) throws SQLException {
    int index = first;
    for (int i = 0; i < group.steps().size(); i++) {
      Step step = group.steps().get(i);
      MutationColumns.bindInsert(statement, index, step.id(), step.how(), step.unstamped());
      index += MutationColumns.INSERT_PARAMETERS;
      if (!group.isLone()) {
        long back = group.writesAfter(i) * layout.step();
        bindBack(statement, index++, step, back);
        bindBack(statement, index++, step, layout.version() == null ? back : 0);
      }
    }
    return index;
  }

  /** A no has no stamp. */
  private static void bindBack(PreparedStatement statement, int index, Step step, long back)
      throws SQLException {
    if (step.checks()) {
      statement.setNull(index, Types.BIGINT);
    } else {
      statement.setLong(index, back);
    }
  }

  private int bindChanges(PreparedStatement statement, int first, Group group) throws SQLException {
    int index = first;
    List<Step> writes = group.writes();
    for (int i = 0; i < writes.size(); i++) {
      index =
          changes.bind(statement, index, Objects.requireNonNull(writes.get(i).write().change()));
      if (writes.size() > 1) {
        statement.setLong(index++, (writes.size() - 1 - i) * layout.step());
      }
    }
    return index;
  }

  // Its answer.

  private GroupOutcome answer(ResultSet row, Group group, Form form) throws SQLException {
    Results.require(row.next(), "no row where one was asked for");
    row.getLong(1);
    if (!row.wasNull()) {
      RowVersion stamp = form.checks() ? UNSTAMPED : StoreDialect.stamp(row, 1);
      StoreDialect.Row left = tellsRow(form) ? layout.stored(row, 4, group.write()) : null;
      return new GroupOutcome(stamp, numbersOf(row.getString(3)), left, null);
    }
    if (!form.lone()) {
      return GroupOutcome.NOTHING;
    }
    int behind = 4 + (tellsRow(form) ? layout.storedNames().split(", ").length : 0);
    row.getInt(behind);
    MutationRow mutation = row.wasNull() ? null : MutationRow.read(row, behind);
    Found found = mutation == null ? null : new Found(mutation, null);
    return new GroupOutcome(null, List.of(), null, found);
  }

  /** What was written after it was raised, which it need not have been. */
  private GroupOutcome raised(ResultSet row, Group group, GroupOutcome written)
      throws SQLException {
    if (!row.next()) {
      return written;
    }
    StoreDialect.Row left =
        layout.namespace() == null ? layout.stored(row, 1, group.write()) : null;
    return new GroupOutcome(StoreDialect.stamp(row, 1), written.changes(), left, null);
  }

  private static List<Long> numbersOf(@Nullable String text) {
    return text == null ? List.of() : Stream.of(text.split(",")).map(Long::valueOf).toList();
  }
}
