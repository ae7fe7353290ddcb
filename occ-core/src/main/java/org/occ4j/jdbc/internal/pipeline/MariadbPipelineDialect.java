/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.MariadbBlock;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.change.ChangeDialect;
import org.occ4j.jdbc.internal.registry.MutationColumns;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.store.MariadbStoreDialect;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.jdbc.internal.store.StoreDialect.RowVersion;

/**
 * MariaDB: an anonymous block, which is one round trip and whose handler takes everything back when
 * something in it fails. It ends in one query, which tells what was written and, of a lone
 * mutation, else what is there.
 *
 * <p>The mutations' rows are looked for by plain reads before the transaction begins. A condition
 * of the write's would read them with a lock, and the lock on the gap where a new mutation goes
 * makes others wait, and then a deadlock. A rival's row that comes in between makes the insert fail
 * as a duplicate. The primary key decides.
 */
public final class MariadbPipelineDialect extends PipelineDialect {
  private static final int NO_SUCH_SAVEPOINT = 1305;

  private static final String HANDLER =
      "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END; ";

  /** An answer's stamp, of a version and a time, before its body. */
  private static final String STAMPED =
      "CONCAT(UNHEX(LPAD(HEX(%s), 16, '0')), UNHEX(LPAD(HEX(%s), 16, '0')), ?)";

  /**
   * The types of a mutation's row and of a row in the library's own table, as {@link #found} reads
   * them. What is declared has one type whatever is in it: a driver may keep what it learned of an
   * answer by the text of the statement.
   */
  private static final List<String> MUTATION =
      List.of(
          "INT",
          "INT",
          "VARCHAR(64)",
          "VARCHAR(255)",
          "LONGBLOB",
          "INT",
          "BIGINT",
          "INT",
          "BIGINT",
          "BIGINT");

  private static final List<String> ROW =
      List.of("VARBINARY(767)", "BIGINT", "BIGINT", "VARCHAR(255)", "LONGBLOB");

  /** The columns of the answer for each group: what it did, its stamp, and its first change. */
  private static final int COLUMNS = 4;

  private final MariadbStoreDialect store;
  private final ChangeDialect changes;
  private final String table;
  private final String now;
  private final String time;
  private final String lookAround;
  private final String told;
  private final String begin;

  /** The dialect of a store. */
  public MariadbPipelineDialect(
      JdbcContext context, MariadbStoreDialect rows, MutationRows mutations, LongSupplier floor) {
    super(context, rows, mutations, floor);
    this.store = rows;
    this.changes = new ChangeDialect(context);
    this.table = context.schema().table("mutation");
    this.now = context.engine().nowMicros();
    this.time = layout.time() == null ? "NULL" : "@occ_time";
    this.lookAround = lookAround();
    this.told = told();
    this.begin =
        ("BEGIN NOT ATOMIC SELECT COUNT(*) INTO @occ_there FROM " + layout.table())
            + (" WHERE "
                + layout.ofKey()
                + "; START TRANSACTION; SAVEPOINT occ_edit; IF @occ_there > 0 THEN SELECT ")
            + (layout.versionRead() + " INTO @occ_version FROM " + layout.table() + " WHERE ")
            + (layout.ofKey() + " FOR UPDATE; END IF; " + find + "; END");
  }

  /** Reads what made a lone mutation do nothing into variables; a join would cost every one. */
  private String lookAround() {
    String mutation =
        ("SELECT " + String.join(", ", MutationRow.columnList(now)) + " INTO " + variables("m"))
            + (" FROM " + table + " WHERE " + MutationColumns.BY_KEY + "; ");
    String row =
        ("SELECT " + layout.columns() + " INTO " + variables("s") + " FROM " + layout.table())
            + (" WHERE " + layout.ofKey() + "; ");
    return "IF occ_done0 = 0 THEN " + mutation + (isOwn() ? row : "") + "END IF; ";
  }

  /** The columns of a lone mutation's answer behind those of its group, and where from. */
  private String told() {
    return isOwn()
        ? ", " + variables("m") + ", " + variables("s")
        : ", " + variables("m") + ", s.* FROM (SELECT 1 AS one) o" + joinedRow("TRUE");
  }

  private boolean isOwn() {
    return layout.namespace() != null;
  }

  private static String variables(String prefix) {
    return IntStream.range(0, prefix.equals("m") ? MUTATION.size() : ROW.size())
        .mapToObj(i -> "occ_" + prefix + i)
        .collect(Collectors.joining(", "));
  }

  @Override
  boolean sendsCommitAlong() {
    return true;
  }

  @Override
  boolean writesInOneRoundTrip() {
    return true;
  }

  @Override
  List<GroupOutcome> write(Connection connection, List<Group> groups) throws SQLException {
    String sql =
        declared(groups)
            + unknown(groups)
            + "START TRANSACTION; "
            + written(groups)
            + ("COMMIT; " + answer(groups));
    return run(connection, sql, groups, true);
  }

  @Override
  boolean beginsByStatement() {
    return true;
  }

  /** A key that is absent is not locked: the lock of a gap would make inserts of others wait. */
  @Override
  Found begin(Connection connection, MutationId id, Object key) throws SQLException {
    try (PreparedStatement statement = MariadbBlock.prepare(connection, begin)) {
      int index = layout.bindKey(statement, 1, key);
      bindFound(statement, layout.bindKey(statement, index, key), id, key);
      return found(onlyRow(statement), 2);
    }
  }

  @Override
  GroupOutcome finish(Connection connection, Step step, boolean commit) throws SQLException {
    List<Group> groups = List.of(new Group(List.of(step)));
    String end = commit ? "IF occ_done0 = 1 THEN COMMIT; ELSE ROLLBACK; END IF; " : "";
    String sql =
        declared(groups) + "RELEASE SAVEPOINT occ_edit; " + written(groups) + end + answer(groups);
    try {
      return run(connection, sql, groups, false).get(0);
    } catch (SQLException error) {
      throw endedByTheEdit(error);
    }
  }

  /** A statement that commits by itself (DDL, TRUNCATE) has taken the savepoint with it. */
  @Override
  void requireOpen(Connection connection) throws SQLException {
    try {
      end(connection, "ROLLBACK TO SAVEPOINT occ_edit");
    } catch (SQLException error) {
      throw endedByTheEdit(error);
    }
  }

  private static SQLException endedByTheEdit(SQLException error) {
    if (error.getErrorCode() == NO_SUCH_SAVEPOINT) {
      throw new OutcomeUnknownException(
          "a statement of the edit ended the mutation's transaction: what it wrote before may be"
              + " committed",
          error);
    }
    return error;
  }

  // The block.

  private String declared(List<Group> groups) {
    int count = groups.size();
    return "BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; "
        + each(count, i -> "DECLARE occ_known" + i + ", occ_done" + i + " INT DEFAULT 0; ")
        + each(count, i -> "DECLARE occ_v" + i + ", occ_t" + i + ", occ_c" + i + " BIGINT; ")
        + (count > 1 ? "" : declared("m", MUTATION) + (isOwn() ? declared("s", ROW) : ""))
        + HANDLER;
  }

  private static String declared(String prefix, List<String> types) {
    return each(types.size(), i -> "DECLARE occ_" + prefix + i + " " + types.get(i) + "; ");
  }

  private interface Part {
    String of(int group);
  }

  private static String each(int groups, Part part) {
    return IntStream.range(0, groups).mapToObj(part::of).collect(Collectors.joining());
  }

  private String unknown(List<Group> groups) {
    return each(
        groups.size(),
        i ->
            ("SELECT COUNT(*) INTO occ_known" + i + " FROM " + table)
                + " WHERE (scope_hash, mutation_id) IN ("
                + String.join(", ", Collections.nCopies(groups.get(i).steps().size(), "(?, ?)"))
                + "); ");
  }

  private String written(List<Group> groups) {
    return each(groups.size(), i -> written(groups.get(i), i));
  }

  private String written(Group group, int i) {
    boolean checks = group.first().checks();
    return ("IF occ_known" + i + " = 0 THEN ")
        + (checks ? check(group.write()) : change(group))
        + (" THEN SET occ_done" + i + " = 0; ELSE " + answers(group) + changes(group))
        + ("SET occ_done" + i + " = 1, occ_v" + i + " = " + (checks ? "0" : store.version))
        + (", occ_t" + i + " = " + (checks ? "0" : time))
        + (", occ_c" + i + " = LAST_INSERT_ID(); END IF; END IF; ");
  }

  private String change(Group group) {
    RowWrite write = group.write();
    return group.isLone() || write.kind() != RowWrite.Kind.UPDATE
        ? store.change(write)
        : store.update(write.expected(), group.writes().size());
  }

  private String check(RowWrite write) {
    boolean absent = write.expected() == Expected.absent();
    return ("SELECT COUNT(*) INTO @occ_there FROM " + layout.table() + " WHERE " + layout.ofKey())
        + ((absent ? "" : layout.condition(write.expected())) + "; IF @occ_there ")
        + (absent ? "> 0" : "= 0");
  }

  private String answers(Group group) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < group.steps().size(); i++) {
      boolean checks = group.steps().get(i).checks();
      long back = group.writesAfter(i) * layout.step();
      String version = checks ? "0" : store.version + " - " + back;
      long backInTime = layout.version() == null ? back : 0;
      String at = checks || layout.time() == null ? "0" : time + " - " + backInTime;
      rows.add("(" + MutationColumns.insertValues(now, STAMPED.formatted(version, at)) + ")");
    }
    return "INSERT INTO "
        + (table + " (" + MutationColumns.INSERT_COLUMNS + ") VALUES ")
        + (String.join(", ", rows) + "; ");
  }

  private String changes(Group group) {
    List<Step> writes = group.writes();
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < writes.size(); i++) {
      if (writes.get(i).write().change() != null) {
        long back = (writes.size() - 1 - i) * layout.step();
        rows.add(changes.values(store.version + " - " + back));
      }
    }
    return rows.isEmpty() ? "" : changes.insert() + String.join(", ", rows) + "; ";
  }

  private String answer(List<Group> groups) {
    boolean lone = groups.size() == 1;
    return (lone ? lookAround : "")
        + "SELECT occ_answer, @@auto_increment_increment"
        + each(groups.size(), i -> ", occ_done%1$d, occ_v%1$d, occ_t%1$d, occ_c%1$d".formatted(i))
        + (lone ? told : "")
        + "; END";
  }

  // Its parameters.

  private List<GroupOutcome> run(
      Connection connection, String sql, List<Group> groups, boolean asks) throws SQLException {
    int number = ThreadLocalRandom.current().nextInt();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, sql)) {
      statement.setInt(1, number);
      bind(statement, 2, groups, asks);
      ResultSet row = onlyRow(statement);
      Results.require(row.getInt(1) == number, "an answer to another statement");
      List<GroupOutcome> written = new ArrayList<>(groups.size());
      for (int i = 0; i < groups.size(); i++) {
        written.add(read(row, 3 + i * COLUMNS, groups.get(i), groups.size() == 1));
      }
      return written;
    }
  }

  private void bind(PreparedStatement statement, int first, List<Group> groups, boolean asks)
      throws SQLException {
    int index = first;
    if (asks) {
      for (Group group : groups) {
        for (Step step : group.steps()) {
          MutationColumns.bindKey(statement, index, step.id());
          index += 2;
        }
      }
    }
    for (Group group : groups) {
      index = bind(statement, index, group);
    }
    if (groups.size() == 1) {
      Step only = groups.get(0).first();
      bindFound(statement, index, only.id(), only.write().key());
    }
  }

  private int bind(PreparedStatement statement, int first, Group group) throws SQLException {
    RowWrite write = group.write();
    int index;
    if (group.first().checks()) {
      index = layout.bindKey(statement, first, write.key());
      index = layout.bindCondition(statement, index, write.expected());
    } else {
      long least = floor.getAsLong() + 1 + (group.writes().size() - 1) * layout.step();
      index = store.bindChange(statement, first, write, least);
    }
    for (Step step : group.steps()) {
      MutationColumns.bindInsert(statement, index, step.id(), step.how(), step.unstamped());
      index += MutationColumns.INSERT_PARAMETERS;
    }
    for (Step step : group.writes()) {
      if (step.write().change() != null) {
        index = changes.bind(statement, index, Objects.requireNonNull(step.write().change()));
      }
    }
    return index;
  }

  // Its answer.

  private GroupOutcome read(ResultSet row, int first, Group group, boolean lone)
      throws SQLException {
    Found found = lone && group.isLone() ? found(row, first + COLUMNS) : null;
    if (row.getInt(first) == 0) {
      return new GroupOutcome(null, List.of(), null, found);
    }
    RowVersion stamp = group.first().checks() ? UNSTAMPED : StoreDialect.stamp(row, first + 1);
    List<Long> numbers = numbers(group, row.getLong(first + 3), row.getLong(2));
    return new GroupOutcome(stamp, numbers, left(stamp, found), null);
  }

  /** The row as the write left it, if nobody has changed it since. */
  private @Nullable Row left(RowVersion stamp, @Nullable Found found) {
    Row row = !isOwn() && found != null ? found.row() : null;
    return row != null && row.version() == stamp.version() ? row : null;
  }

  /** The numbers that one insert of several rows has given, of which the server tells the first. */
  private static List<Long> numbers(Group group, long number, long increment) {
    long changes = group.writes().stream().filter(step -> step.write().change() != null).count();
    return IntStream.range(0, (int) changes).mapToObj(i -> number + i * increment).toList();
  }

  /** The row of the only query of a block, behind what its other statements counted. */
  private static ResultSet onlyRow(PreparedStatement statement) throws SQLException {
    boolean isRows = statement.execute();
    while (!isRows && statement.getUpdateCount() >= 0) {
      isRows = statement.getMoreResults();
    }
    @Nullable ResultSet row = isRows ? statement.getResultSet() : null;
    Results.require(row != null && row.next(), "no row where one was asked for");
    return Objects.requireNonNull(row);
  }
}
