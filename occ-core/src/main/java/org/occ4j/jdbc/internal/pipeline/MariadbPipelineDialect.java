/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.MariadbBlock;
import org.occ4j.jdbc.internal.PayloadLimit;
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
 * something in it fails. It ends in a query that tells what was written and, of a lone mutation
 * that wrote nothing, in another one that tells what is there.
 *
 * <p>The server parses a block at each execution, and that is a large part of what it costs. So a
 * clock that many columns need is read once, and what is seldom needed is a text in a literal,
 * which is parsed when it is executed.
 *
 * <p>The primary key decides that a mutation is new. A write that expects a version comes too late
 * for one that is done, so its row is not asked for. Elsewhere the mutations' rows are looked for
 * by plain reads before the transaction begins: a condition of the write's would read them with a
 * lock, and the lock on the gap where a new mutation goes makes others wait, and then a deadlock. A
 * rival's row that comes in between makes the insert fail as a duplicate.
 */
public final class MariadbPipelineDialect extends PipelineDialect {
  private static final int NO_SUCH_SAVEPOINT = 1305;

  /** It goes with the transaction, so it tells whether a statement of the edit has ended that. */
  private static final String SET_MARK = "SAVEPOINT occ_edit";

  private static final String RELEASE_MARK = "RELEASE SAVEPOINT occ_edit";

  static final String HANDLER =
      "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; SET @occ_writes = NULL; RESIGNAL;"
          + " END; ";

  /** The clock, read when the row is locked. */
  private static final String NOW = "occ_now";

  /** In front of a block: its statements wait for a lock a second. */
  static final String WAIT_BRIEFLY = "SET STATEMENT innodb_lock_wait_timeout = 1 FOR ";

  private static final String DECLARED =
      "BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; DECLARE occ_known, occ_done INT DEFAULT 0;"
          + (" DECLARE occ_v, occ_t, occ_c, " + NOW + " BIGINT; " + HANDLER);

  private final MariadbStoreDialect store;
  private final ChangeDialect changes;
  private final String table;
  private final String now;
  private final String time;
  private final String lookAround;
  private final String begin;
  private final MariadbSharedBlock shared;
  private final PayloadLimit payloads;

  /** The dialect of a store. */
  public MariadbPipelineDialect(
      JdbcContext context, MariadbStoreDialect rows, MutationRows mutations, LongSupplier floor) {
    super(context, rows, mutations, floor);
    this.store = rows;
    this.changes = new ChangeDialect(context);
    this.shared = new MariadbSharedBlock(context, rows);
    this.payloads = context.payloads();
    this.table = context.schema().table("mutation");
    this.now = context.engine().nowMicros();
    this.time = layout.time() == null ? "NULL" : "@occ_time";
    this.lookAround =
        "IF occ_done = 0 THEN EXECUTE IMMEDIATE "
            + (literal(find)
                + " USING ?, ?"
                + ", ?".repeat(layout.key().parameters())
                + "; END IF; ");
    String row = " FROM " + layout.table() + " WHERE " + layout.key().equal();
    this.begin =
        ("BEGIN NOT ATOMIC DECLARE occ_there INT; SELECT COUNT(*) INTO occ_there" + row)
            + ("; START TRANSACTION; " + SET_MARK + "; SELECT " + layout.columns() + row)
            + (" LIMIT occ_there FOR UPDATE; SELECT " + MutationRow.columns(now) + " FROM " + table)
            + (" WHERE " + MutationColumns.BY_KEY + "; END");
  }

  /** A text as a literal; what a backslash means in one depends on the server's mode. */
  private static String literal(String text) {
    return text.indexOf('\\') < 0
        ? "'" + text.replace("'", "''") + "'"
        : "CONVERT(X'"
            + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8))
            + "' USING utf8mb4)";
  }

  private boolean isOwn() {
    return layout.namespace() != null;
  }

  /** Twice as many as elsewhere, for here they are counted as they are sent. */
  @Override
  long sharedBytes() {
    return Math.min(2 * super.sharedBytes(), payloads.bytes());
  }

  @Override
  long bytesOf(Step step) {
    return shared.bytesOf(step);
  }

  @Override
  List<GroupOutcome> write(Connection connection, List<Group> groups, LockWait wait)
      throws SQLException {
    return groups.size() > 1
        ? shared.write(connection, groups)
        : List.of(write(connection, groups.get(0), wait));
  }

  private GroupOutcome write(Connection connection, Group group, LockWait wait)
      throws SQLException {
    boolean asks = !comesTooLateIfDone(group);
    String sql =
        (wait == LockWait.BRIEF ? WAIT_BRIEFLY : "")
            + (DECLARED + (asks ? unknown(group) : "") + "START TRANSACTION; ")
            + (written(group) + answered("COMMIT; "))
            + ((group.isLone() ? lookAround : "") + "END");
    return run(connection, new Block(sql, group, asks, group.isLone()));
  }

  /** Whether the row is not as the write expects it where one of the mutations has been done. */
  private static boolean comesTooLateIfDone(Group group) {
    return !group.first().checks() && group.write().expected() instanceof Expected.Version;
  }

  @Override
  boolean beginsByStatement() {
    return true;
  }

  /**
   * A key that is absent is not locked: the lock of a gap would make inserts of others wait. The
   * snapshot of the edit begins when the mutation is looked for, and so when the row is locked.
   */
  @Override
  Found begin(Connection connection, MutationId id, Object key) throws SQLException {
    try (PreparedStatement statement = MariadbBlock.prepare(connection, begin)) {
      int index = layout.key().bind(statement, 1, key);
      index = layout.key().bind(statement, index, key);
      MutationColumns.bindKey(statement, index, id);
      ResultSet there = rows(statement, statement.execute());
      Row row = there.next() ? layout.row(there, 1) : null;
      ResultSet known = rows(statement, statement.getMoreResults());
      return new Found(known.next() ? MutationRow.read(known, 1) : null, row);
    }
  }

  @Override
  GroupOutcome finish(Connection connection, Found begun, Step step, boolean commit)
      throws SQLException {
    Group group = new Group(List.of(step));
    String end = commit ? "IF occ_done = 1 THEN COMMIT; ELSE ROLLBACK; END IF; " : SET_MARK + "; ";
    String sql = DECLARED + RELEASE_MARK + "; " + written(group) + answered(end) + "END";
    try {
      return run(connection, new Block(sql, group, false, false));
    } catch (SQLException error) {
      throw orEnded(error);
    }
  }

  @Override
  GroupOutcome finishOver(Connection connection, Found begun, Step step) throws SQLException {
    requireOpen(connection, begun);
    GroupOutcome written = super.finishOver(connection, begun, step);
    end(connection, SET_MARK);
    return written;
  }

  /** A statement that commits by itself (DDL, TRUNCATE) has taken the savepoint with it. */
  @Override
  void requireOpen(Connection connection, Found begun) throws SQLException {
    try {
      end(connection, RELEASE_MARK);
    } catch (SQLException error) {
      throw orEnded(error);
    }
  }

  @Override
  void commit(Connection connection, Found begun) throws SQLException {
    try {
      end(connection, "BEGIN NOT ATOMIC " + RELEASE_MARK + "; COMMIT; END");
    } catch (SQLException error) {
      throw orEnded(error);
    }
  }

  private static SQLException orEnded(SQLException error) {
    if (error.getErrorCode() == NO_SUCH_SAVEPOINT) {
      throw endedByTheEdit(error);
    }
    return error;
  }

  // The block.

  private String unknown(Group group) {
    return ("SELECT COUNT(*) INTO occ_known FROM " + table)
        + " WHERE (scope_hash, mutation_id) IN ("
        + String.join(", ", Collections.nCopies(group.steps().size(), "(?, ?)"))
        + "); ";
  }

  private String written(Group group) {
    boolean checks = group.first().checks();
    return "IF occ_known = 0 THEN "
        + (checks ? check(group.write()) : change(group))
        + (" THEN SET occ_done = 0; ELSE SET " + NOW + " = " + now + "; ")
        + (answers(group) + changes(group))
        + ("SET occ_done = 1, occ_v = " + (checks ? "0" : store.version))
        + (", occ_t = " + (checks ? "0" : time))
        + ", occ_c = LAST_INSERT_ID(); END IF; END IF; ";
  }

  private String change(Group group) {
    RowWrite write = group.write();
    return group.isLone() || write.kind() != RowWrite.Kind.UPDATE
        ? store.change(write)
        : store.update(write, group.writes().size());
  }

  private String check(RowWrite write) {
    boolean absent = write.expected() == Expected.absent();
    return ("SELECT COUNT(*) INTO @occ_there FROM "
            + layout.table()
            + " WHERE "
            + layout.key().equal())
        + ((absent ? "" : layout.expecting(write.expected()).sql()) + "; IF @occ_there ")
        + (absent ? "> 0" : "= 0");
  }

  private String answers(Group group) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < group.steps().size(); i++) {
      boolean checks = group.steps().get(i).checks();
      long back = group.writesAfter(i) * layout.step();
      String version = checks ? "0" : before(store.version, back);
      long backInTime = layout.version() == null ? back : 0;
      String at = checks || layout.time() == null ? "0" : before(time, backInTime);
      rows.add("(" + MutationColumns.insertValues(NOW, stamped(version, at)) + ")");
    }
    return "INSERT INTO "
        + (table + " (" + MutationColumns.INSERT_COLUMNS + ") VALUES ")
        + (String.join(", ", rows) + "; ");
  }

  private static String before(String number, long steps) {
    return steps == 0 ? number : number + " - " + steps;
  }

  /** An answer's body behind its stamp, a version and a time. */
  static String stamped(String version, String at) {
    return version.equals(at)
        ? "CONCAT(REPEAT(" + stamp(version) + ", 2), ?)"
        : "CONCAT(" + stamp(version) + ", " + stamp(at) + ", ?)";
  }

  private static String stamp(String number) {
    return "UNHEX(LPAD(HEX(" + number + "), 16, '0'))";
  }

  private String changes(Group group) {
    List<Step> writes = group.writes();
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < writes.size(); i++) {
      if (writes.get(i).write().change() != null) {
        long back = (writes.size() - 1 - i) * layout.step();
        rows.add(changes.values(before(store.version, back), NOW));
      }
    }
    return rows.isEmpty() ? "" : changes.insert() + String.join(", ", rows) + "; ";
  }

  /**
   * The answer and the end of the transaction. In a table of the application, which may alter
   * values, the row is told too, before anybody else can write it.
   */
  private String answered(String end) {
    String told = "SELECT occ_answer, @@auto_increment_increment, occ_done, occ_v, occ_t, occ_c";
    return isOwn()
        ? end + told + "; "
        : told + ", s.* FROM (SELECT 1 AS one) o" + joinedRow("TRUE") + "; " + end;
  }

  // Its parameters.

  /**
   * A block.
   *
   * @param asks whether it asks first whether the mutations are known
   * @param looksAround whether it tells what is there if it wrote nothing
   */
  private record Block(String sql, Group group, boolean asks, boolean looksAround) {}

  private GroupOutcome run(Connection connection, Block block) throws SQLException {
    int number = ThreadLocalRandom.current().nextInt();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block.sql())) {
      statement.setInt(1, number);
      bind(statement, 2, block);
      ResultSet row = onlyRow(statement);
      Results.require(row.getInt(1) == number, "an answer to another statement");
      GroupOutcome written = read(row, block.group());
      if (block.looksAround() && written.stamp() == null) {
        return new GroupOutcome(null, List.of(), null, found(nextRow(statement), 2));
      }
      Results.require(!statement.getMoreResults(), "more rows than were asked for");
      return written; // What fails after the answer, as the commit may, is thrown by now.
    } catch (SQLException error) {
      throw store.unmarked(connection, error);
    }
  }

  private void bind(PreparedStatement statement, int first, Block block) throws SQLException {
    int index = first;
    Group group = block.group();
    if (block.asks()) {
      for (Step step : group.steps()) {
        MutationColumns.bindKey(statement, index, step.id());
        index += 2;
      }
    }
    index = bind(statement, index, group);
    Step only = group.first();
    if (!isOwn()) {
      index = layout.key().bind(statement, index, only.write().key());
    }
    if (block.looksAround()) {
      bindFound(statement, index, only.id(), only.write().key());
    }
  }

  private int bind(PreparedStatement statement, int first, Group group) throws SQLException {
    RowWrite write = group.write();
    int index;
    if (group.first().checks()) {
      index = layout.key().bind(statement, first, write.key());
      index = layout.expecting(write.expected()).bind(statement, index);
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

  private GroupOutcome read(ResultSet row, Group group) throws SQLException {
    if (row.getInt(3) == 0) {
      return GroupOutcome.NOTHING;
    }
    RowVersion stamp = group.first().checks() ? UNSTAMPED : StoreDialect.stamp(row, 4);
    List<Long> numbers = numbers(group, row.getLong(6), row.getLong(2));
    Row left = !isOwn() ? row(row, 7) : null;
    boolean isOurs = left != null && left.version() == stamp.version();
    return new GroupOutcome(stamp, numbers, isOurs ? left : null, null);
  }

  /** The numbers that one insert of several rows has given, of which the server tells the first. */
  private static List<Long> numbers(Group group, long number, long increment) {
    long changes = group.writes().stream().filter(step -> step.write().change() != null).count();
    return IntStream.range(0, (int) changes).mapToObj(i -> number + i * increment).toList();
  }

  /** The row of a block's first query, behind what its other statements counted. */
  static ResultSet onlyRow(PreparedStatement statement) throws SQLException {
    return row(statement, statement.execute());
  }

  /** The row of its next query. */
  private static ResultSet nextRow(PreparedStatement statement) throws SQLException {
    return row(statement, statement.getMoreResults());
  }

  /** The rows of its next query. */
  static ResultSet nextRows(PreparedStatement statement) throws SQLException {
    return rows(statement, statement.getMoreResults());
  }

  private static ResultSet row(PreparedStatement statement, boolean first) throws SQLException {
    ResultSet row = rows(statement, first);
    Results.require(row.next(), "no row where one was asked for");
    return row;
  }

  private static ResultSet rows(PreparedStatement statement, boolean first) throws SQLException {
    boolean isRows = first;
    while (!isRows && statement.getUpdateCount() >= 0) {
      isRows = statement.getMoreResults();
    }
    @Nullable ResultSet rows = isRows ? statement.getResultSet() : null;
    Results.require(rows != null, "a count where rows were asked for");
    return Objects.requireNonNull(rows);
  }
}
