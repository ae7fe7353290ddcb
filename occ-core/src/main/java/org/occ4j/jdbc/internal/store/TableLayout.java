/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.Timestamps;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.JdbcContext;

/**
 * The columns of a store's table, as the pieces of SQL of which every engine's statements are made,
 * in the order in which their parameters are bound.
 *
 * @param engine the engine
 * @param schema the table's schema, spelled as it is
 * @param name the table, spelled as it is
 * @param key the columns of the key
 * @param version the column of the version, or null where the time is the version
 * @param count SQL that yields the number that such a column holds, for {@code %s}
 * @param time the column of the last write's time, or null
 * @param updatedBy the column of the last writer, or null
 * @param values the columns of the value
 * @param byClock whether a write takes its version from the clock and not by counting, where there
 *     is a column of it
 */
public record TableLayout(
    Engine engine,
    String schema,
    String name,
    KeyColumns key,
    @Nullable String version,
    String count,
    @Nullable TimeColumn time,
    @Nullable String updatedBy,
    List<LayoutColumn> values,
    boolean byClock) {

  /** So often a rival may have made the key before an insert and deleted it after. */
  private static final int MAX_REFUSED_INSERTS = 8;

  /**
   * The library's own table, shared by the stores of all namespaces. Its versions are the times of
   * its writes.
   */
  public static TableLayout own(JdbcContext context, String namespace) {
    return new TableLayout(
        context.engine(),
        context.schema().name(),
        context.schema().tableName("store"),
        new KeyColumns(
            context.engine(),
            namespace,
            List.of(new LayoutColumn("item_key", ColumnBinding.BYTES)),
            null),
        null,
        "%s",
        TimeColumn.ofNumbers("version"),
        "updated_by",
        List.of(new LayoutColumn("payload", ColumnBinding.BYTES)),
        true);
  }

  /** What the column {@code namespace} holds, where many stores share the table. */
  public @Nullable String namespace() {
    return key.namespace();
  }

  /** The table, quoted. */
  public String table() {
    return engine.quote(schema) + "." + engine.quote(name);
  }

  // Reading.

  /** The select list that {@link #row} reads; {@code wrap} goes around the columns of the value. */
  String columns(UnaryOperator<String> wrap) {
    return String.join(", ", columnList(wrap));
  }

  /** The same, one by one. */
  public List<String> columnList(UnaryOperator<String> wrap) {
    List<String> list = new ArrayList<>();
    key.columns().forEach(column -> list.add(column.selected()));
    list.add(versionRead());
    list.add(time == null ? "NULL" : time.read());
    list.add(updatedBy == null ? "NULL" : updatedBy);
    values.forEach(column -> list.add(wrap.apply(column.selected())));
    return list;
  }

  /** The select list that {@link #row} reads. */
  public String columns() {
    return columns(UnaryOperator.identity());
  }

  /** The row whose columns begin at {@code first}. */
  public StoreDialect.Row row(ResultSet row, int first) throws SQLException {
    Object keyRead = key.read(row, first);
    int next = first + key.columns().size();
    long versionRead = row.getLong(next);
    if (row.wasNull()) {
      throw new SQLException("a version of " + table() + " is NULL");
    }
    long at = row.getLong(next + 1);
    Long updatedAt = row.wasNull() ? null : at;
    String by = row.getString(next + 2);
    @Nullable Object[] content = new @Nullable Object[values.size()];
    for (int i = 0; i < content.length; i++) {
      content[i] = values.get(i).type().read(row, next + 3 + i, engine);
    }
    return new StoreDialect.Row(keyRead, versionRead, updatedAt, by, content);
  }

  /** How many columns {@link #row} reads. */
  public int width() {
    return key.columns().size() + 3 + values.size();
  }

  /**
   * The select list that tells what a write left in its row: what is there, not what was sent, for
   * a trigger or the type of a column may have changed it. Only the payload in the library's own
   * table is taken as it was sent. {@link #stored} reads it.
   */
  public String storedColumns() {
    List<String> list = new ArrayList<>();
    list.add(versionRead() + " AS v");
    list.add(timeRead() + " AS a");
    list.add((updatedBy == null ? "NULL" : updatedBy) + " AS b");
    for (int i = 0; i < storedValues(); i++) {
      list.add(values.get(i).selected() + " AS c" + i);
    }
    return String.join(", ", list);
  }

  /** The names in {@link #storedColumns}, each behind {@code w.}. */
  public String storedNames() {
    List<String> list = new ArrayList<>(List.of("w.v", "w.a", "w.b"));
    for (int i = 0; i < storedValues(); i++) {
      list.add("w.c" + i);
    }
    return String.join(", ", list);
  }

  private int storedValues() {
    return namespace() == null ? values.size() : 0;
  }

  /** The row that a write left, whose columns begin at {@code first}. */
  public StoreDialect.Row stored(ResultSet row, int first, RowWrite write) throws SQLException {
    StoreDialect.RowVersion stamp = StoreDialect.stamp(row, first);
    String by = row.getString(first + 2);
    @Nullable Object[] content = new @Nullable Object[storedValues()];
    for (int i = 0; i < content.length; i++) {
      content[i] = values.get(i).type().read(row, first + 3 + i, engine);
    }
    return stored(
        new StoreDialect.Row(write.key(), stamp.version(), stamp.updatedAt(), by, content), write);
  }

  /** The row that a write left, as it was read but for a payload that was not sent back. */
  StoreDialect.Row stored(StoreDialect.Row row, RowWrite write) {
    return namespace() == null
        ? row
        : new StoreDialect.Row(
            row.key(), row.version(), row.updatedAt(), row.updatedBy(), write.values());
  }

  /** The version as a number. */
  public String versionRead() {
    return version == null ? requireTime().read() : counted(version);
  }

  /** The content of the version's column as a number. */
  String counted(String column) {
    return count.formatted(column);
  }

  /** The time in microseconds as a number, or NULL. */
  public String timeRead() {
    if (time != null) {
      return time.read();
    }
    return engine.nullNumber();
  }

  // Expectations.

  /** The condition that a row is as expected. */
  public RowCondition expecting(Expected expected) {
    return RowCondition.of(this, expected);
  }

  /**
   * What the expectation is in this table's precision.
   *
   * @throws IllegalArgumentException if it asks for a time that the table does not keep
   */
  public Expected inPrecision(Expected expected) {
    if (!(expected instanceof Expected.UpdatedAt wanted)) {
      return expected;
    }
    if (time == null) {
      throw new IllegalArgumentException(
          "the table " + table() + " has no column of updated_at to compare with " + expected);
    }
    long micros = Timestamps.toMicros(wanted.instant());
    return Expected.updatedAt(Timestamps.ofMicros(time.floor(micros)));
  }

  // Versions.

  /** The column that is the version. */
  String ofVersion() {
    return version == null ? requireTime().name() : counted(version);
  }

  /** The parameter that is compared with it. */
  String versionMark() {
    return version == null ? requireTime().content("?") : "?";
  }

  /**
   * The version of a write that replaces another (G2).
   *
   * @param last the version that is replaced
   */
  String nextVersion(String last) {
    return nextVersion(last, 1);
  }

  /** The same of the last one of several writes in a row. */
  String nextVersion(String last, int writes) {
    String least = last + " + " + writes;
    return byClock ? "GREATEST(" + least + ", " + engine.nowMicros() + ")" : least;
  }

  /** The distance of the versions of writes that share an update. */
  public long step() {
    return version == null ? requireTime().tick() : 1;
  }

  /** What a write was given that came so many writes before the last one of an update. */
  public StoreDialect.RowVersion before(StoreDialect.RowVersion last, int writes) {
    Long at = last.updatedAt();
    long back = writes * step();
    return new StoreDialect.RowVersion(
        last.version() - back, at == null ? null : at - (version == null ? back : 0));
  }

  /** Whether the version of a new row comes from the clock. */
  public boolean beginsByTheClock() {
    return version == null || byClock;
  }

  /**
   * Recognises inserts that are refused for another reason than a row of their key, which each
   * further try would meet again. The library's own table has no such reason.
   *
   * @param tries how many inserts have met a row of which nothing was to be seen afterwards
   * @throws DataRejectedException if these are too many for rivals to have been the reason
   */
  void requirePossible(int tries) {
    if (namespace() == null && tries >= MAX_REFUSED_INSERTS) {
      throw refused(
          tries
              + " times though none with its key is to be seen: by another unique index, a trigger,"
              + " or row-level security that hides one");
    }
  }

  /**
   * Makes sure that a statement has changed its row.
   *
   * @throws DataRejectedException if it has not, and has not failed
   */
  public void requireMade(int rows) {
    if (rows == 0) {
      throw refused("without an error: by a trigger or a rule that suppresses it");
    }
  }

  private DataRejectedException refused(String how) {
    return new DataRejectedException(
        "a row of " + table() + " was refused " + how, "23505", table(), null, null, null);
  }

  TimeColumn requireTime() {
    if (time == null) {
      throw new IllegalStateException("the table " + table() + " has no column of updated_at");
    }
    return time;
  }
}
