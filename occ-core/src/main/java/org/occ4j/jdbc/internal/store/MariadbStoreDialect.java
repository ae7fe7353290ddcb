/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.MariadbBlock;
import org.occ4j.jdbc.internal.Results;
import org.occ4j.jdbc.internal.change.ChangeDialect;

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
 * <p>An UPDATE cannot answer what it set, so the block reads it back, in the same transaction: a
 * trigger may have changed it.
 *
 * <p>Traps: a duplicate-key error would leave a shared lock behind, of which two make a deadlock;
 * {@code ON DUPLICATE KEY UPDATE} takes an exclusive one. But the update that it asks for would
 * fire the triggers of the table, and where the table has another unique index it would hit an
 * unrelated row. So its expression fails, a subquery with two rows: that undoes the statement,
 * whatever a BEFORE INSERT trigger did included, and a handler notes that the key was taken. Inside
 * a transaction a plain read shows an old snapshot, so there the row that made a write fail is read
 * with a lock, as in a block of several writes.
 */
public final class MariadbStoreDialect extends StoreDialect {
  private static final String BEGIN =
      "BEGIN NOT ATOMIC DECLARE occ_answer INT DEFAULT ?; DECLARE occ_applied INT;"
          + " DECLARE occ_given, occ_at, occ_number BIGINT; ";
  private static final String END = "END";

  /** Whatever fails inside takes all of it back, and is then reported as it was. */
  private static final String TRANSACTION =
      "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; SET @occ_writes = NULL; RESIGNAL; END;"
          + " START TRANSACTION; ";

  /** In somebody else's transaction only the mark is taken away. */
  private static final String UNMARKING =
      "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SET @occ_writes = NULL; RESIGNAL; END; ";

  private static final String UNMARK = "SET @occ_writes = NULL";

  /** A statement was killed or took too long; no handler inside it runs then. */
  private static final Set<Integer> KILLED = Set.of(1317, 1969, 3024);

  private static final String COMMIT = "COMMIT; ";

  /**
   * A lock that a row just written has anyway. A plain read would begin a snapshot, in which the
   * next write of the block does not see what made it fail.
   */
  private static final String SHARED = " LOCK IN SHARE MODE";

  private final boolean galera;
  private final ChangeDialect changes;
  private final String where;

  /** The variable that holds the version that a write gave. */
  public final String version;

  /** Before a write whose change is recorded: triggers of the table need not append it. */
  private final String mark;

  /** After it. */
  public final String unmark;

  private final String insert;
  private final String readBack;
  private final String raise;
  private final String find;
  private final String delete;
  private final String otherwise;
  private final String record;
  private final String applied;

  /**
   * The statements for a table.
   *
   * @param galera whether it is in a Galera cluster
   */
  public MariadbStoreDialect(JdbcContext context, TableLayout layout, boolean galera) {
    super(layout, " FOR UPDATE", "");
    this.galera = galera;
    this.changes = new ChangeDialect(context);
    this.where = " WHERE " + layout.key().equal();
    boolean mapped = layout.namespace() == null;
    this.version = layout.version() == null ? "@occ_time" : "@occ_version";
    String key = layout.key().columns().get(0).name();
    this.insert =
        "SET @occ_rows = 1; BEGIN DECLARE EXIT HANDLER FOR 1242 SET @occ_rows = 0; "
            + (columns.insertInto() + " VALUES (")
            + columns.insertValues()
            + (") ON DUPLICATE KEY UPDATE " + key + " = (SELECT " + key + " UNION ALL SELECT ")
            + (key + "); END");
    String read =
        ("SELECT " + layout.versionRead() + ", " + layout.timeRead() + " INTO " + version + ", ")
            + (layout.version() == null ? "@occ_version" : "@occ_time")
            + (" FROM " + layout.table() + where);
    this.mark = mapped ? "SET @occ_writes = " + ForeignChangeTrigger.mark(layout) + "; " : "";
    this.unmark = mapped ? UNMARK + "; " : "";
    String unless = mapped ? "; " + UNMARK + "; IF " : "; IF ";
    String left = mapped ? proved(read + SHARED) : read + SHARED;
    this.readBack = "; IF @occ_rows > 0 THEN " + left + "; END IF" + unless + "@occ_rows = 0";
    // Another statement of the block, so the clock has moved on (G2).
    this.raise =
        ("; IF @occ_rows > 0 THEN "
                + left
                + "; IF "
                + LateInserts.isLate(layout, version, LateInserts.OVERTAKEN_MICROS))
            + (" THEN IF NOT "
                + UpdateTriggers.inMariadb(layout)
                + " THEN UPDATE "
                + layout.table())
            + (" SET " + LateInserts.raisedToNow(layout) + where + "; " + read + SHARED)
            + ("; END IF; END IF; END IF" + unless + "@occ_rows = 0");
    this.find = "SET @occ_version = NULL, @occ_time = NULL; " + read;
    this.delete =
        (" FOR UPDATE; IF " + version + " IS NOT NULL THEN DELETE FROM ")
            + (layout.table() + where + "; END IF" + unless + version + " IS NULL");
    // Variables that are declared, because those of the user have the type of what is in them.
    String answer =
        "SELECT occ_answer, occ_applied, occ_given, occ_at, occ_number, "
            + (layout.columns(this::unlessWritten) + " FROM (SELECT 1) occ_one LEFT JOIN ")
            + (layout.table() + " ON ");
    this.otherwise =
        " THEN SET occ_applied = 0, occ_given = NULL, occ_at = NULL, occ_number = NULL; "
            + (answer + layout.key().equal());
    this.record = changes.insert(version) + "; SET @occ_change = LAST_INSERT_ID(); ";
    this.applied =
        ("SET occ_applied = 1, occ_given = " + version + ", occ_at = ")
            + ((layout.time() == null ? "NULL" : "@occ_time") + ", occ_number = @occ_change; ")
            + answer;
  }

  /**
   * A read of the row just written, which fails if there is none: a trigger has changed its key, or
   * the number 0 stands for the next one of an AUTO_INCREMENT.
   */
  private String proved(String read) {
    return ("SET " + version + " = NULL; " + read + "; IF " + version + " IS NULL THEN ")
        + "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the row was stored under another key'; END IF";
  }

  @Override
  public boolean writesInOneRoundTrip() {
    return true;
  }

  /** In a cluster only in the library's own table: what triggers of others would do is unknown. */
  @Override
  boolean holdsWhatIsRead() {
    return !galera || layout.namespace() != null;
  }

  /**
   * The nodes of a cluster compare what was written, so the version is changed, and changed back.
   */
  @Override
  void hold(Connection connection, List<Object> keys) throws SQLException {
    if (!galera) {
      return;
    }
    for (List<Object> part : parts(keys)) {
      for (String step : List.of(" + 1", " - 1")) {
        String sql =
            ("UPDATE " + layout.table() + " SET version = version" + step)
                + (" WHERE " + layout.key().in(part.size()));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
          layout.key().bindIn(statement, part);
          statement.executeUpdate();
        }
      }
    }
  }

  @Override
  public List<WriteOutcome> write(
      Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException {
    try {
      return run(connection, writes, floor, mode);
    } catch (SQLException error) {
      throw unmarked(connection, error);
    }
  }

  /**
   * Takes the mark of a session away whose statement was killed, so that nothing is written unheard
   * in it later.
   *
   * @return the error
   */
  public SQLException unmarked(Connection connection, SQLException error) {
    if (!mark.isEmpty() && KILLED.contains(error.getErrorCode())) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(UNMARK);
      } catch (SQLException broken) {
        error.addSuppressed(broken); // The session ends with its connection, and the mark with it.
      }
    }
    return error;
  }

  @Override
  Row insertGenerating(Connection connection, RowWrite write, long floor, boolean recorded)
      throws SQLException {
    if (!recorded) {
      return super.insertGenerating(connection, write, floor, false);
    }
    String block =
        "BEGIN NOT ATOMIC " + UNMARKING + mark + generating() + "; " + UNMARK + "; " + END;
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block)) {
      Results results = new Results(statement);
      Row row = generated(statement, results, write, floor);
      results.end();
      return row;
    } catch (SQLException error) {
      throw unmarked(connection, error);
    }
  }

  private List<WriteOutcome> run(
      Connection connection, List<RowWrite> writes, LongSupplier floor, Mode mode)
      throws SQLException {
    int number = ThreadLocalRandom.current().nextInt();
    try (PreparedStatement statement = MariadbBlock.prepare(connection, block(writes, mode))) {
      statement.setInt(1, number);
      int index = 2;
      for (RowWrite write : writes) {
        index = bind(statement, index, write, floor.getAsLong() + 1);
      }
      List<WriteOutcome> written = new ArrayList<>(writes.size());
      Results results = new Results(statement);
      while (written.size() < writes.size()) {
        ResultSet row = results.next();
        RowWrite write = writes.get(written.size());
        written.add(Results.read(() -> answer(row, number, write)));
      }
      results.end();
      return written;
    }
  }

  // The block.

  private String block(List<RowWrite> writes, Mode mode) {
    boolean transaction = mode == Mode.AUTO_COMMIT;
    StringBuilder sql = new StringBuilder(BEGIN);
    sql.append(transaction ? TRANSACTION : mark.isEmpty() ? "" : UNMARKING);
    for (RowWrite write : writes) {
      sql.append(statements(write, mode == Mode.IN_TRANSACTION || writes.size() > 1));
    }
    return sql.append(transaction ? COMMIT : "").append(END).toString();
  }

  /** One write; what made it fail is read with a lock where a snapshot may have begun before. */
  private String statements(RowWrite write, boolean locks) {
    return change(write)
        + (otherwise + (locks ? " FOR UPDATE; ELSE " : "; ELSE "))
        + (write.change() == null ? "SET @occ_change = 0; " : record)
        + (applied + (leavesARow(write) ? layout.key().equal() + SHARED : "FALSE") + "; END IF; ");
  }

  private static boolean leavesARow(RowWrite write) {
    return write.kind() != RowWrite.Kind.DELETE;
  }

  /** The payload in the library's own table is not sent back to whoever wrote it. */
  private String unlessWritten(String column) {
    return layout.namespace() == null ? column : "IF(occ_applied = 1, NULL, " + column + ")";
  }

  /** The change, up to the condition that it did nothing. */
  public String change(RowWrite write) {
    return switch (write.kind()) {
      case UPDATE -> update(write, 1);
      case INSERT -> marked(write) + insert + (layout.beginsByTheClock() ? raise : readBack);
      case DELETE -> marked(write) + find + layout.expecting(write.expected()).sql() + delete;
    };
  }

  /** What comes before a write, so that triggers of the table do not append its change. */
  public String marked(RowWrite write) {
    return write.change() == null ? "" : mark;
  }

  /** An update that does for several writes in a row, up to the condition that it did nothing. */
  public String update(RowWrite write, int writes) {
    return (marked(write) + "UPDATE " + layout.table() + " SET " + columns.assignments(writes))
        + (where + layout.expecting(write.expected()).sql())
        + ("; SET @occ_rows = ROW_COUNT()" + readBack);
  }

  /** Binds the parameters of {@link #change}. */
  public int bindChange(PreparedStatement statement, int first, RowWrite write, long floor)
      throws SQLException {
    int index = columns.bindChange(statement, first, write, floor);
    index = layout.key().bind(statement, index, write.key());
    boolean raises = write.kind() == RowWrite.Kind.INSERT && layout.beginsByTheClock();
    return raises
        ? layout
            .key()
            .bind(statement, layout.key().bind(statement, index, write.key()), write.key())
        : index;
  }

  private int bind(PreparedStatement statement, int first, RowWrite write, long floor)
      throws SQLException {
    int index = bindChange(statement, first, write, floor);
    index = layout.key().bind(statement, index, write.key());
    if (write.change() != null) {
      index = changes.bind(statement, index, write.change());
    }
    return leavesARow(write) ? layout.key().bind(statement, index, write.key()) : index;
  }

  // The answer.

  private WriteOutcome answer(ResultSet row, int number, RowWrite write) throws SQLException {
    Results.require(row.next() && row.getInt(1) == number, "an answer to another statement");
    Row there = row.getObject(6) == null ? null : layout.row(row, 6);
    if (row.getInt(2) == 0) {
      return WriteOutcome.nothing(there);
    }
    return there == null
        ? WriteOutcome.deleted(stamp(row, 3), row.getLong(5))
        : WriteOutcome.applied(layout.stored(there, write), row.getLong(5));
  }
}
