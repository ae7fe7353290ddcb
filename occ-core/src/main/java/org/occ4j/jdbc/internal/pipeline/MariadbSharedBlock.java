/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import static java.util.stream.Collectors.joining;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.occ4j.Expected;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.MariadbBlock;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.change.ChangeDialect;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Group;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.GroupOutcome;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Step;
import org.occ4j.jdbc.internal.registry.MutationColumns;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect.RowVersion;
import org.occ4j.jdbc.internal.store.TableLayout;
import org.occ4j.jdbc.internal.store.WriteColumns;

/**
 * One update each of several keys of the library's own table, by a block of one transaction on
 * MariaDB: one UPDATE for all rows, one INSERT for all answers and one for all changes. What a
 * statement costs the server is most of what a mutation costs it, so sixteen that share these cost
 * a third of sixteen that have their own.
 *
 * <p>All of them are written or none: if a row is not as expected, the rows that were found are
 * fewer than asked for.
 *
 * <p>The primary key is to be used whatever the optimizer thinks of a small table: a scan would
 * lock the rows of others. It is read in its order, which is that of the groups, so two nodes
 * cannot wait for each other's rows.
 */
final class MariadbSharedBlock {
  private static final String NOW = "occ_now";

  private final TableLayout layout;
  private final WriteColumns columns;
  private final ChangeDialect changes;
  private final String mutations;
  private final String clock;
  private final String key;
  private final String version;

  MariadbSharedBlock(JdbcContext context, StoreDialect rows) {
    this.layout = rows.layout;
    this.columns = rows.columns;
    this.changes = new ChangeDialect(context);
    this.mutations = context.schema().table("mutation");
    this.clock = context.engine().nowMicros();
    this.key = layout.key().columns().get(0).name();
    this.version = layout.versionRead();
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
    int number = ThreadLocalRandom.current().nextInt();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block(steps))) {
      statement.setInt(1, number);
      bind(statement, 2, steps);
      ResultSet row = MariadbPipelineDialect.onlyRow(statement);
      Results.require(row.getInt(1) == number, "an answer to another statement");
      return row.getInt(2) == 0
          ? Collections.nCopies(groups.size(), GroupOutcome.NOTHING)
          : outcomes(row, steps);
    }
  }

  private static List<GroupOutcome> outcomes(ResultSet row, List<Step> steps) throws SQLException {
    long change = row.getLong(3);
    long increment = row.getLong(4);
    List<GroupOutcome> outcomes = new ArrayList<>(steps.size());
    for (int i = 0; i < steps.size(); i++) {
      long given = row.getLong(5 + i);
      List<Long> numbers = List.of();
      if (steps.get(i).write().change() != null) {
        numbers = List.of(change);
        change += increment;
      }
      outcomes.add(new GroupOutcome(new RowVersion(given, given), numbers, null, null));
    }
    return outcomes;
  }

  // The block.

  private String block(List<Step> steps) {
    int count = steps.size();
    return "BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; DECLARE occ_done INT DEFAULT 0; "
        + ("DECLARE " + NOW + each(count, "", i -> ", occ_v" + i) + " BIGINT; ")
        + (MariadbPipelineDialect.HANDLER + "START TRANSACTION; ")
        + (update(count) + "; IF ROW_COUNT() = " + count + " THEN " + readBack(count) + "; ")
        + ("SET " + NOW + " = " + clock + "; " + answers(count) + "; " + changes(steps))
        + "SET occ_done = 1; COMMIT; ELSE ROLLBACK; END IF; "
        + "SELECT occ_answer, occ_done, LAST_INSERT_ID(), @@auto_increment_increment"
        + (each(count, "", i -> ", occ_v" + i) + "; END");
  }

  private String update(int count) {
    String chosen = "CASE " + key + each(count, "", i -> " WHEN ? THEN ?") + " END";
    return ("UPDATE " + layout.table() + " FORCE INDEX (PRIMARY) SET ")
        + columns.assignments(1, column -> chosen)
        + " WHERE namespace = ? AND ("
        + each(count, " OR ", i -> "(" + key + " = ? AND " + version + " = ?)")
        + ")";
  }

  /** What the rows were given, for a trigger may have set it. */
  private String readBack(int count) {
    String given = "MAX(CASE " + key + " WHEN ? THEN " + version + " END)";
    return ("SELECT " + each(count, ", ", i -> given))
        + (" INTO " + each(count, ", ", i -> "occ_v" + i))
        + (" FROM " + layout.table() + " FORCE INDEX (PRIMARY) WHERE " + layout.key().in(count))
        + " LOCK IN SHARE MODE";
  }

  private String answers(int count) {
    return ("INSERT INTO " + mutations + " (" + MutationColumns.INSERT_COLUMNS + ") VALUES ")
        + each(count, ", ", i -> "(" + MutationColumns.insertValues(NOW, answer(i)) + ")");
  }

  private static String answer(int i) {
    return MariadbPipelineDialect.stamped("occ_v" + i, "occ_v" + i);
  }

  private String changes(List<Step> steps) {
    String rows =
        IntStream.range(0, steps.size())
            .filter(i -> steps.get(i).write().change() != null)
            .mapToObj(i -> changes.values("occ_v" + i, NOW))
            .collect(joining(", "));
    return rows.isEmpty() ? "" : changes.insert() + rows + "; ";
  }

  private static String each(int count, String separator, IntFunction<String> part) {
    return IntStream.range(0, count).mapToObj(part).collect(joining(separator));
  }

  // Its parameters.

  private void bind(PreparedStatement statement, int first, List<Step> steps) throws SQLException {
    int index = bindUpdate(statement, first, steps);
    index = bindKeys(statement, index, steps);
    statement.setString(index++, layout.namespace());
    index = bindKeys(statement, index, steps);
    for (Step step : steps) {
      MutationColumns.bindInsert(statement, index, step.id(), step.how(), step.unstamped());
      index += MutationColumns.INSERT_PARAMETERS;
    }
    for (Step step : steps) {
      if (step.write().change() != null) {
        index = changes.bind(statement, index, Objects.requireNonNull(step.write().change()));
      }
    }
  }

  private int bindUpdate(PreparedStatement statement, int first, List<Step> steps)
      throws SQLException {
    int index = first;
    for (Step step : steps) {
      statement.setBytes(index++, keyOf(step.write()));
      statement.setString(index++, step.write().updatedBy());
    }
    for (Step step : steps) {
      statement.setBytes(index++, keyOf(step.write()));
      statement.setBytes(index++, (byte[]) step.write().values()[0]);
    }
    statement.setString(index++, layout.namespace());
    for (Step step : steps) {
      statement.setBytes(index++, keyOf(step.write()));
      statement.setLong(index++, ((Expected.Version) step.write().expected()).version());
    }
    return index;
  }

  private static int bindKeys(PreparedStatement statement, int first, List<Step> steps)
      throws SQLException {
    int index = first;
    for (Step step : steps) {
      statement.setBytes(index++, keyOf(step.write()));
    }
    return index;
  }

  private static byte[] keyOf(RowWrite write) {
    return (byte[]) write.key();
  }
}
