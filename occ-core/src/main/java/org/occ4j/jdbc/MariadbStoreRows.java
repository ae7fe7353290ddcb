/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Writes on MariaDB: an anonymous block ({@code BEGIN NOT ATOMIC}), which the server runs in one
 * round trip and which needs no permission of the driver. Each write answers one row: the number
 * that was sent along, 1 and what it gave the row, or 0 and what is there.
 *
 * <p>Whatever becomes of a write, its answer has the same columns in the same types: a driver may
 * keep what it learned of them by the text of the statement ({@code cacheResultSetMetadata}). The
 * number tells an answer of this block from one of an earlier statement, which a driver may hand
 * out that has fallen out of step.
 *
 * <p>An UPDATE cannot answer what it set, so the block keeps it in user variables, which are set
 * when the row is changed, that is after any wait for it.
 *
 * <p>Traps: {@code ROW_COUNT()} of {@code INSERT .. ON DUPLICATE KEY UPDATE} depends on a setting
 * of the driver, so a variable says that the key was taken. A duplicate-key error would leave a
 * shared lock behind, of which two make a deadlock; {@code ON DUPLICATE KEY UPDATE} takes an
 * exclusive one. Inside a transaction a plain read shows an old snapshot, so there the row is read
 * with a lock.
 */
final class MariadbStoreRows extends StoreRows {
  private static final String BEGIN =
      "BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; DECLARE occ_applied INT;"
          + " DECLARE occ_given, occ_at, occ_number BIGINT; ";
  private static final String END = "END";

  /** Whatever fails inside takes all of it back, and is then reported as it was. */
  private static final String TRANSACTION =
      "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END; START TRANSACTION; ";

  private static final String COMMIT = "COMMIT; ";

  private final ChangeSql changes;
  private final String where;
  private final String version;
  private final String update;
  private final String insert;
  private final String find;
  private final String delete;
  private final String otherwise;
  private final String record;
  private final String applied;

  MariadbStoreRows(JdbcContext context, TableShape shape) {
    super(shape, " FOR UPDATE");
    this.changes = new ChangeSql(context);
    this.where = " WHERE " + shape.ofKey();
    this.version = shape.version() == null ? "@occ_time" : "@occ_version";
    this.update =
        ("UPDATE " + shape.table() + " SET ")
            + (shape.assignments(MariadbStoreRows::keepVersion, MariadbStoreRows::keepTime)
                + where);
    String key = shape.key().name();
    this.insert =
        "SET @occ_taken = 0; INSERT INTO "
            + (shape.table() + " (" + shape.insertColumns() + ") VALUES (")
            + shape.insertValues(MariadbStoreRows::keepVersion, MariadbStoreRows::keepTime)
            + (") ON DUPLICATE KEY UPDATE " + key + " = IF((@occ_taken := 1) = 1, ")
            + (key + ", " + key + "); IF @occ_taken = 1");
    this.find =
        "SET @occ_version = NULL, @occ_time = NULL; SELECT "
            + (shape.versionRead() + ", " + shape.timeRead() + " INTO " + version + ", ")
            + (shape.version() == null ? "@occ_version" : "@occ_time")
            + (" FROM " + shape.table() + where);
    this.delete =
        (" FOR UPDATE; IF " + version + " IS NOT NULL THEN DELETE FROM ")
            + (shape.table() + where + "; END IF; IF " + version + " IS NULL");
    // Variables that are declared, because those of the user have the type of what is in them.
    String answer =
        "SELECT occ_answer, occ_applied, occ_given, occ_at, occ_number, "
            + (shape.columns() + " FROM (SELECT 1) occ_one LEFT JOIN " + shape.table() + " ON ");
    this.otherwise =
        " THEN SET occ_applied = 0, occ_given = NULL, occ_at = NULL, occ_number = NULL; "
            + (answer + shape.ofKey());
    this.record = changes.insert(version) + "; SET @occ_change = LAST_INSERT_ID(); ";
    this.applied =
        ("SET occ_applied = 1, occ_given = " + version + ", occ_at = ")
            + ((shape.time() == null ? "NULL" : "@occ_time") + ", occ_number = @occ_change; ")
            + (answer + "FALSE; END IF; ");
  }

  @Override
  boolean writesInOneRoundTrip() {
    return true;
  }

  @Override
  List<Written> write(Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException {
    int number = ThreadLocalRandom.current().nextInt();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block(writes, mode))) {
      statement.setInt(1, number);
      int index = 2;
      for (RowWrite write : writes) {
        index = bind(statement, index, write, floor.getAsLong() + 1);
      }
      List<Written> written = new ArrayList<>(writes.size());
      Results results = new Results(statement);
      while (written.size() < writes.size()) {
        written.add(answer(results.next(), number));
      }
      results.end();
      return written;
    }
  }

  // The block.

  private String block(List<RowWrite> writes, Mode mode) {
    // One plain update is a transaction already, as is the read of what is there.
    boolean transaction =
        mode == Mode.ALONE && (writes.size() > 1 || !isOneStatement(writes.get(0)));
    StringBuilder sql = new StringBuilder(BEGIN);
    sql.append(transaction ? TRANSACTION : "");
    for (RowWrite write : writes) {
      sql.append(statements(write, mode));
    }
    return sql.append(transaction ? COMMIT : "").append(END).toString();
  }

  private static boolean isOneStatement(RowWrite write) {
    return write.kind() == RowWrite.Kind.UPDATE && write.change() == null;
  }

  private String statements(RowWrite write, Mode mode) {
    return change(write)
        + (otherwise + (mode == Mode.JOINED ? " FOR UPDATE; ELSE " : "; ELSE "))
        + (write.change() == null ? "SET @occ_change = 0; " : record)
        + applied;
  }

  /** The change, up to the condition that it did nothing. */
  private String change(RowWrite write) {
    return switch (write.kind()) {
      case UPDATE -> update + shape.condition(write.expected()) + "; IF ROW_COUNT() = 0";
      case INSERT -> insert;
      case DELETE -> find + shape.condition(write.expected()) + delete;
    };
  }

  private static String keepVersion(String sql) {
    return "(@occ_version := " + sql + ")";
  }

  private static String keepTime(String sql) {
    return "(@occ_time := " + sql + ")";
  }

  private int bind(PreparedStatement statement, int first, RowWrite write, long floor)
      throws SQLException {
    int index = shape.bindChange(statement, first, write, floor);
    if (write.kind() == RowWrite.Kind.DELETE) {
      index = shape.bindKey(statement, index, write.key());
    }
    index = shape.bindKey(statement, index, write.key());
    return write.change() == null ? index : changes.bind(statement, index, write.change());
  }

  // The answer.

  private Written answer(ResultSet row, int number) throws SQLException {
    Results.require(row.next() && row.getInt(1) == number, "an answer to another statement");
    if (row.getInt(2) == 1) {
      return Written.applied(stamp(row, 3), row.getLong(5));
    }
    return Written.nothing(row.getObject(6) == null ? null : shape.row(row, 6));
  }
}
