/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import static java.util.stream.Collectors.joining;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.occ4j.Expected;
import org.occ4j.Scope;
import org.occ4j.change.ChangeDraft;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.MariadbBlock;
import org.occ4j.jdbc.internal.PayloadLimit;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.change.ChangeDialect;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Group;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.GroupOutcome;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Step;
import org.occ4j.jdbc.internal.registry.MutationColumns;
import org.occ4j.jdbc.internal.store.ColumnBinding;
import org.occ4j.jdbc.internal.store.KeyColumns;
import org.occ4j.jdbc.internal.store.MariadbStoreDialect;
import org.occ4j.jdbc.internal.store.RowCondition;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.jdbc.internal.store.StoreDialect.RowVersion;
import org.occ4j.jdbc.internal.store.TableLayout;

/**
 * One update each of several keys, by a block of one transaction on MariaDB: one UPDATE for all
 * rows, one INSERT for all answers and one for all changes. What a statement costs the server is
 * most of what a mutation costs it, so sixteen that share these cost a third of sixteen that have
 * their own.
 *
 * <p>All of them are written or none: if a row is not as expected, the rows that were found are
 * fewer than asked for.
 *
 * <p>The index of the key is to be used whatever the optimizer thinks of a small table: a scan
 * would lock the rows of others. It is read in its order, so two nodes cannot wait for each other's
 * rows.
 *
 * <p>In a table of the application the rows are told as they were left, before the commit, when
 * nobody else can have changed them.
 */
final class MariadbSharedBlock {
  private static final String NOW = "occ_now";

  /** So many mutations make the text from which it is known how much each adds. */
  private static final int SAMPLE = 16;

  /** The hash of the scope, the mutation's id, the fingerprint, the node and the numbers. */
  private static final int UNNAMED = 1_500;

  private final MariadbStoreDialect store;
  private final TableLayout layout;
  private final ChangeDialect changes;
  private final String mutations;
  private final String clock;
  private final KeyColumns key;
  private final boolean isOwn;
  private final String table;
  private final String isKey;
  private final String ofNamespace;
  private final String rows;
  private final int textOfEach;

  MariadbSharedBlock(JdbcContext context, MariadbStoreDialect store) {
    this.store = store;
    this.layout = store.layout;
    this.changes = new ChangeDialect(context);
    this.mutations = context.schema().table("mutation");
    this.clock = context.engine().nowMicros();
    this.key = layout.key().withoutNamespace();
    this.isOwn = layout.namespace() != null;
    String index = key.index() == null ? "PRIMARY" : key.index();
    this.table = layout.table() + " FORCE INDEX (" + index + ")";
    this.isKey = " WHEN " + key.equal() + " THEN ";
    this.ofNamespace = isOwn ? "namespace = ? AND " : "";
    this.rows = ", " + layout.columns() + " FROM " + table + " WHERE ";
    this.textOfEach = textOfEach();
  }

  /** How much longer each mutation makes the text, before anything is bound in it. */
  private int textOfEach() {
    List<String> conditions =
        Collections.nCopies(SAMPLE, layout.expecting(Expected.version(0)).sql());
    int half = SAMPLE / 2;
    int ofHalf = block("", conditions.subList(0, half), i -> true).length();
    return 1 + (block("", conditions, i -> true).length() - ofHalf) / half;
  }

  /** How many bytes a mutation adds at most to this block, or to that of one key. */
  long bytesOf(Step step) {
    RowWrite write = step.write();
    long keyOnce =
        PipelineDialect.parts(write.key()).stream().mapToLong(PayloadLimit::mostSent).sum();
    return (textOfEach + UNNAMED + namings() * keyOnce)
        + PayloadLimit.mostSent(write.values())
        + PayloadLimit.mostSent(step.body(), write.updatedBy(), step.codec())
        + namesOf(step.id().scope())
        + (write.change() == null ? 0 : bytesOf(write.change()));
  }

  private static long namesOf(Scope scope) {
    return PayloadLimit.mostSent(scope.tenant(), scope.principal(), scope.operation());
  }

  private static long bytesOf(ChangeDraft change) {
    return PayloadLimit.mostSent(change.source(), change.key(), change.key(), change.updatedBy())
        + change.tags().stream().mapToLong(tag -> PayloadLimit.mostSent(tag.name())).sum();
  }

  /** How often it names each key. */
  private int namings() {
    return layout.values().size() + (layout.updatedBy() == null ? 0 : 1) + (isOwn ? 3 : 6);
  }

  /**
   * Writes all of them, or none, which is told of each then.
   *
   * @param groups each a lone update of a row that has a version
   * @throws SQLException with the meaning {@code DUPLICATE} if one of the mutations was written by
   *     a rival; nothing was done
   */
  List<GroupOutcome> write(Connection connection, List<Group> groups) throws SQLException {
    List<Step> steps = groups.stream().map(Group::first).toList();
    List<GroupOutcome> nothing = Collections.nCopies(groups.size(), GroupOutcome.NOTHING);
    if (!isOwn && !areAlike(steps)) {
      return nothing; // A trigger of the table appends the changes of all, or of none.
    }
    int number = ThreadLocalRandom.current().nextInt();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block(steps))) {
      statement.setInt(1, number);
      bind(statement, 2, steps);
      ResultSet row = MariadbPipelineDialect.onlyRow(statement);
      Results.require(row.getInt(1) == number, "an answer to another statement");
      return row.getInt(2) == 0 ? nothing : outcomes(statement, row, steps);
    } catch (SQLException error) {
      throw store.unmarked(connection, error);
    }
  }

  private static boolean areAlike(List<Step> steps) {
    return steps.stream().map(step -> step.write().change() == null).distinct().count() == 1;
  }

  private List<GroupOutcome> outcomes(PreparedStatement statement, ResultSet row, List<Step> steps)
      throws SQLException {
    long change = row.getLong(3);
    long increment = row.getLong(4);
    List<RowVersion> given = new ArrayList<>();
    for (int i = 0; isOwn && i < steps.size(); i++) {
      given.add(new RowVersion(row.getLong(5 + i), row.getLong(5 + i)));
    }
    Map<Integer, Row> left = isOwn ? Map.of() : left(statement);
    List<GroupOutcome> outcomes = new ArrayList<>(steps.size());
    for (int i = 0; i < steps.size(); i++) {
      List<Long> numbers = List.of();
      if (steps.get(i).write().change() != null) {
        numbers = List.of(change);
        change += increment;
      }
      Row there = left.get(i);
      Results.require(isOwn || there != null, "no row where one was asked for");
      RowVersion stamp =
          there == null ? given.get(i) : new RowVersion(there.version(), there.updatedAt());
      outcomes.add(new GroupOutcome(stamp, numbers, there, null));
    }
    return outcomes;
  }

  /** The rows as they were left, by the places of their keys; done when the commit is. */
  private Map<Integer, Row> left(PreparedStatement statement) throws SQLException {
    Map<Integer, Row> left = new HashMap<>();
    ResultSet row = MariadbPipelineDialect.nextRows(statement);
    while (row.next()) {
      int place = row.getInt(1);
      left.put(place, Results.read(() -> layout.row(row, 2)));
    }
    Results.require(!statement.getMoreResults(), "more rows than were asked for");
    return left;
  }

  // The block.

  private String block(List<Step> steps) {
    List<String> conditions = steps.stream().map(step -> expecting(step).sql()).toList();
    String mark = store.marked(steps.get(0).write());
    return block(mark, conditions, i -> steps.get(i).write().change() != null);
  }

  /**
   * The block.
   *
   * @param mark what comes before the update
   * @param conditions what is expected of each row
   * @param recorded which of the writes append a change
   */
  private String block(String mark, List<String> conditions, IntPredicate recorded) {
    int count = conditions.size();
    return MariadbPipelineDialect.WAIT_BRIEFLY
        + "BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; DECLARE occ_done INT DEFAULT 0; "
        + ("DECLARE occ_rows, " + NOW + variables(count) + " BIGINT; ")
        + (MariadbPipelineDialect.HANDLER + "START TRANSACTION; ")
        + (mark + update(conditions) + "; SET occ_rows = ROW_COUNT(); " + store.unmark)
        + ("IF occ_rows = " + count + " THEN " + readBack(count) + "; END IF; ")
        + ("IF occ_rows = " + count + " THEN SET " + NOW + " = " + clock + "; ")
        + (answers(count) + "; " + changes(count, recorded) + "SET occ_done = 1; ")
        + ((isOwn ? "COMMIT; " : "") + "ELSE ROLLBACK; END IF; ")
        + "SELECT occ_answer, occ_done, LAST_INSERT_ID(), @@auto_increment_increment"
        + (isOwn ? each(count, "", i -> ", " + version(i)) : "")
        + ("; " + (isOwn ? "" : "IF occ_done = 1 THEN " + left(count) + "; COMMIT; END IF; "))
        + "END";
  }

  private String update(List<String> conditions) {
    int count = conditions.size();
    String chosen = "CASE" + each(count, "", i -> isKey + "?") + " END";
    return ("UPDATE " + table + " SET ")
        + store.columns.assignments(1, column -> chosen)
        + (" WHERE " + ofNamespace + "(")
        + each(count, " OR ", i -> "(" + key.equal() + conditions.get(i) + ")")
        + ")";
  }

  private RowCondition expecting(Step step) {
    return layout.expecting(step.write().expected());
  }

  /** What the rows were given, for a trigger may have set it; and how many have kept their keys. */
  private String readBack(int count) {
    return ("SELECT COUNT(*)" + given(count, layout.versionRead()))
        + (hasTime() ? given(count, layout.timeRead()) : "")
        + (" INTO occ_rows" + variables(count) + " FROM " + table + " WHERE ")
        + (ofNamespace + key.in(count) + " LOCK IN SHARE MODE");
  }

  private String given(int count, String column) {
    return each(count, "", i -> ", MAX(CASE" + isKey + column + " END)");
  }

  /** The places of the keys, and the rows as they are. */
  private String left(int count) {
    return ("SELECT CASE" + each(count, "", i -> isKey + i) + " END" + rows)
        + (ofNamespace + key.in(count));
  }

  /** Whether the time is a column of its own beside the version. */
  private boolean hasTime() {
    return layout.version() != null && layout.time() != null;
  }

  private String variables(int count) {
    return each(count, "", i -> ", " + version(i))
        + (hasTime() ? each(count, "", i -> ", " + time(i)) : "");
  }

  private static String version(int i) {
    return "occ_v" + i;
  }

  private String time(int i) {
    return hasTime() ? "occ_t" + i : layout.time() == null ? "0" : version(i);
  }

  private String answers(int count) {
    return ("INSERT INTO " + mutations + " (" + MutationColumns.INSERT_COLUMNS + ") VALUES ")
        + each(count, ", ", i -> "(" + MutationColumns.insertValues(NOW, answer(i)) + ")");
  }

  private String answer(int i) {
    return MariadbPipelineDialect.stamped(version(i), time(i));
  }

  private String changes(int count, IntPredicate recorded) {
    String rows =
        IntStream.range(0, count)
            .filter(recorded)
            .mapToObj(i -> changes.values(version(i), NOW))
            .collect(joining(", "));
    return rows.isEmpty() ? "" : changes.insert() + rows + "; ";
  }

  private static String each(int count, String separator, IntFunction<String> part) {
    return IntStream.range(0, count).mapToObj(part).collect(joining(separator));
  }

  // Its parameters.

  private void bind(PreparedStatement statement, int first, List<Step> steps) throws SQLException {
    int index = bindUpdate(statement, first, steps);
    index = bindKeys(statement, index, steps, isOwn || !hasTime() ? 1 : 2);
    index = bindIn(statement, index, steps);
    for (Step step : steps) {
      MutationColumns.bindInsert(statement, index, step.id(), step.how(), step.unstamped());
      index += MutationColumns.INSERT_PARAMETERS;
    }
    for (Step step : steps) {
      if (step.write().change() != null) {
        index = changes.bind(statement, index, Objects.requireNonNull(step.write().change()));
      }
    }
    if (!isOwn) {
      bindIn(statement, bindKeys(statement, index, steps, 1), steps);
    }
  }

  private int bindUpdate(PreparedStatement statement, int first, List<Step> steps)
      throws SQLException {
    int index = first;
    if (layout.updatedBy() != null) {
      for (Step step : steps) {
        index = key.bind(statement, index, step.write().key());
        statement.setString(index++, step.write().updatedBy());
      }
    }
    for (int i = 0; i < layout.values().size(); i++) {
      ColumnBinding type = layout.values().get(i).type();
      for (Step step : steps) {
        index = key.bind(statement, index, step.write().key());
        type.bind(statement, index++, step.write().values()[i], layout.engine());
      }
    }
    index = bindNamespace(statement, index);
    for (Step step : steps) {
      index = key.bind(statement, index, step.write().key());
      index = expecting(step).bind(statement, index);
    }
    return index;
  }

  private int bindNamespace(PreparedStatement statement, int index) throws SQLException {
    if (!isOwn) {
      return index;
    }
    statement.setString(index, layout.namespace());
    return index + 1;
  }

  private int bindIn(PreparedStatement statement, int first, List<Step> steps) throws SQLException {
    return bindKeys(statement, bindNamespace(statement, first), steps, 1);
  }

  private int bindKeys(PreparedStatement statement, int first, List<Step> steps, int times)
      throws SQLException {
    int index = first;
    for (int i = 0; i < times; i++) {
      for (Step step : steps) {
        index = key.bind(statement, index, step.write().key());
      }
    }
    return index;
  }
}
