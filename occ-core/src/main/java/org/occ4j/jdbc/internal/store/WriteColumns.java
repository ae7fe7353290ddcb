/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Engine;

/**
 * The columns of a store's table as inserts and updates fill them, in the order in which their
 * parameters are bound.
 */
public final class WriteColumns {
  private final TableLayout layout;
  private final Engine engine;
  private final KeyColumns key;
  private final @Nullable String version;
  private final @Nullable TimeColumn time;
  private final @Nullable String updatedBy;
  private final List<LayoutColumn> values;
  private final boolean byClock;

  /** Those of a table. */
  public WriteColumns(TableLayout layout) {
    this.layout = layout;
    this.engine = layout.engine();
    this.key = layout.key();
    this.version = layout.version();
    this.time = layout.time();
    this.updatedBy = layout.updatedBy();
    this.values = layout.values();
    this.byClock = layout.byClock();
  }

  /** What an update sets. */
  String assignments() {
    return assignments(1);
  }

  /**
   * What an update sets that does for several writes in a row.
   *
   * @param writes how many; the version is that of the last
   */
  public String assignments(int writes) {
    return assignments(writes, column -> "?");
  }

  /**
   * The same with something else for the parameters.
   *
   * @param content what a column is set to, given its name
   */
  public String assignments(int writes, UnaryOperator<String> content) {
    List<String> list = new ArrayList<>();
    // The time before the version: MariaDB computes from left to right with what is set already.
    if (time != null) {
      String next = time.next(engine.nowMicros(), version == null ? writes : 1);
      list.add(time.name() + " = " + time.content(next));
    }
    if (version != null) {
      list.add(version + " = " + layout.nextVersion(layout.counted(version), writes));
    }
    if (updatedBy != null) {
      list.add(updatedBy + " = " + content.apply(updatedBy));
    }
    values.forEach(column -> list.add(column.name() + " = " + content.apply(column.name())));
    return String.join(", ", list);
  }

  private int bindAssignments(PreparedStatement statement, int index, RowWrite write)
      throws SQLException {
    int next = index;
    if (updatedBy != null) {
      statement.setString(next++, write.updatedBy());
    }
    return bindValues(statement, next, write);
  }

  /** What an insert begins with, before the values or the query. */
  String insertInto() {
    String columns = "INSERT INTO " + layout.table() + " (" + insertColumns() + ")";
    boolean overrides = key.columns().stream().anyMatch(LayoutColumn::overrides);
    return overrides ? columns + " OVERRIDING SYSTEM VALUE" : columns;
  }

  /** The columns that an insert fills. */
  private String insertColumns() {
    return key.names() + ", " + keylessColumns();
  }

  /** The same but the key, which the database generates; {@link #bindKeyless} binds the values. */
  String keylessColumns() {
    List<String> list = new ArrayList<>();
    if (time != null) {
      list.add(time.name());
    }
    if (version != null) {
      list.add(version);
    }
    if (updatedBy != null) {
      list.add(updatedBy);
    }
    values.forEach(column -> list.add(column.name()));
    return String.join(", ", list);
  }

  /** What an insert fills them with. */
  String insertValues() {
    return key.marks() + ", " + keylessValues();
  }

  /** What {@link #keylessColumns} are filled with. */
  String keylessValues() {
    List<String> list = new ArrayList<>();
    if (time != null) {
      list.add(time.content(time.first(engine.nowMicros())));
    }
    if (version != null) {
      list.add(firstVersion());
    }
    if (updatedBy != null) {
      list.add("?");
    }
    values.forEach(column -> list.add("?"));
    return String.join(", ", list);
  }

  private String firstVersion() {
    return byClock ? "GREATEST(" + engine.nowMicros() + ", ?)" : "1";
  }

  /**
   * Binds an insert.
   *
   * @param floor neither the version nor the micros of the time may be below
   */
  private int bindInsert(PreparedStatement statement, int index, RowWrite write, long floor)
      throws SQLException {
    return bindKeyless(statement, key.bind(statement, index, write.key()), write, floor);
  }

  /** Binds {@link #keylessValues}. */
  int bindKeyless(PreparedStatement statement, int index, RowWrite write, long floor)
      throws SQLException {
    int next = index;
    if (time != null) {
      statement.setLong(next++, time.ceiling(floor));
    }
    if (version != null && byClock) {
      statement.setLong(next++, floor);
    }
    if (updatedBy != null) {
      statement.setString(next++, write.updatedBy());
    }
    return bindValues(statement, next, write);
  }

  /** Binds an insert, or an update or delete of the row that is as the write expects. */
  int bindChange(PreparedStatement statement, int index, RowWrite write, long floor)
      throws SQLException {
    if (write.kind() == RowWrite.Kind.INSERT) {
      return bindInsert(statement, index, write, floor);
    }
    int next =
        write.kind() == RowWrite.Kind.UPDATE ? bindAssignments(statement, index, write) : index;
    next = key.bind(statement, next, write.key());
    return layout.expecting(write.expected()).bind(statement, next);
  }

  private int bindValues(PreparedStatement statement, int index, RowWrite write)
      throws SQLException {
    int next = index;
    for (int i = 0; i < values.size(); i++) {
      values.get(i).type().bind(statement, next++, write.values()[i], engine);
    }
    return next;
  }
}
