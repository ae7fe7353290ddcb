/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import static java.util.Collections.nCopies;
import static java.util.stream.Collectors.joining;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Engine;

/**
 * The columns that make the key of a store's table, as conditions and orders in SQL, each with the
 * method that binds its parameters. A key of one column travels as that column's content, one of
 * several as their list.
 *
 * @param engine the engine
 * @param namespace what the column {@code namespace} holds, where many stores share the table; a
 *     part of every condition
 * @param columns the columns, in the order in which they sort
 * @param index the unique index that these columns have, quoted, or null for the primary key
 */
public record KeyColumns(
    Engine engine, @Nullable String namespace, List<LayoutColumn> columns, @Nullable String index) {

  /** The same without the namespace, for a condition that has named it. */
  public KeyColumns withoutNamespace() {
    return new KeyColumns(engine, null, columns, index);
  }

  /** The columns, the namespace's among them, with commas between them. */
  public String names() {
    return (namespace == null ? "" : "namespace, ") + columnNames();
  }

  /** A parameter for each of {@link #names}; {@link #bind} binds them. */
  String marks() {
    return String.join(", ", nCopies(parameters(), "?"));
  }

  private String columnNames() {
    return columns.stream().map(LayoutColumn::name).collect(joining(", "));
  }

  /** The key whose columns begin at {@code first}, as JDBC takes it. */
  Object read(ResultSet row, int first) throws SQLException {
    List<Object> parts = new ArrayList<>();
    for (LayoutColumn column : columns) {
      Object part = column.type().read(row, first + parts.size(), engine);
      if (part == null) {
        throw new SQLException("the column " + column.name() + " of a key is NULL");
      }
      parts.add(part);
    }
    return parts.size() == 1 ? parts.get(0) : List.copyOf(parts);
  }

  /** The condition of one key's row; {@link #bind} binds it. */
  public String equal() {
    return ofNamespace()
        + columns.stream().map(column -> column.name() + " = ?").collect(joining(" AND "));
  }

  private String ofNamespace() {
    return namespace == null ? "" : "namespace = ? AND ";
  }

  /** How many parameters {@link #equal} has. */
  public int parameters() {
    return columns.size() + (namespace == null ? 0 : 1);
  }

  /** Binds {@link #equal}; returns the index behind it. */
  public int bind(PreparedStatement statement, int index, Object rawKey) throws SQLException {
    return bindColumns(statement, bindNamespace(statement, index), rawKey, columns.size());
  }

  int bindNamespace(PreparedStatement statement, int index) throws SQLException {
    if (namespace == null) {
      return index;
    }
    statement.setString(index, namespace);
    return index + 1;
  }

  /** Binds the first columns. */
  private int bindColumns(PreparedStatement statement, int index, Object rawKey, int count)
      throws SQLException {
    for (int i = 0; i < count; i++) {
      bindColumn(statement, index + i, rawKey, i);
    }
    return index + count;
  }

  private void bindColumn(PreparedStatement statement, int index, Object rawKey, int column)
      throws SQLException {
    Object content = columns.size() == 1 ? rawKey : ((List<?>) rawKey).get(column);
    columns.get(column).type().bind(statement, index, content, engine);
  }

  /** The condition on so many keys; {@link #bindIn} binds it. */
  public String in(int keys) {
    boolean isOne = columns.size() == 1;
    String marks = String.join(", ", nCopies(columns.size(), "?"));
    return ofNamespace()
        + (isOne ? columnNames() : "(" + columnNames() + ")")
        + (" IN (" + String.join(", ", nCopies(keys, isOne ? marks : "(" + marks + ")")) + ")");
  }

  void bindIn(PreparedStatement statement, List<Object> rawKeys) throws SQLException {
    int index = bindNamespace(statement, 1);
    for (Object rawKey : rawKeys) {
      index = bindColumns(statement, index, rawKey, columns.size());
    }
  }

  // The order of keys. Each column is compared by itself: a comparison of rows at once would be
  // shorter, but MariaDB finds no index for it.

  /** The columns, in the order in which their bytes sort. */
  String order() {
    return columns.stream().map(column -> inOrder(column, column.name())).collect(joining(", "));
  }

  /** The condition that a key is above another; {@link #bindBound} binds it. */
  String above() {
    return bound(">", ">");
  }

  /** The condition that a key is not above another; {@link #bindBound} binds it. */
  String upTo() {
    return bound("<", "<=");
  }

  /** The condition that a key begins so, empty for any; {@link #bindPrefix} binds it. */
  String startingWith(KeyPrefix prefix) {
    int next = prefix.equal().size();
    List<String> conditions = new ArrayList<>();
    columns.subList(0, next).forEach(column -> conditions.add(column.name() + " = ?"));
    if (prefix.from() != null) {
      conditions.add(compared(next, ">="));
    }
    if (prefix.below() != null) {
      conditions.add(compared(next, "<"));
    }
    return String.join(" AND ", conditions);
  }

  /** Binds {@link #startingWith}; returns the index behind it. */
  int bindPrefix(PreparedStatement statement, int index, KeyPrefix prefix) throws SQLException {
    int next = index;
    for (int i = 0; i < prefix.equal().size(); i++) {
      columns.get(i).type().bind(statement, next++, prefix.equal().get(i), engine);
    }
    ColumnBinding ranged = columns.get(Math.min(prefix.equal().size(), columns.size() - 1)).type();
    if (prefix.from() != null) {
      ranged.bind(statement, next++, prefix.from(), engine);
    }
    if (prefix.below() != null) {
      ranged.bind(statement, next++, prefix.below(), engine);
    }
    return next;
  }

  private String bound(String beyond, String last) {
    int end = columns.size() - 1;
    String condition = compared(end, last);
    for (int i = end - 1; i >= 0; i--) {
      condition =
          "(" + compared(i, beyond) + " OR (" + compared(i, "=") + " AND " + condition + "))";
    }
    return end == 0 ? condition : compared(0, beyond + "=") + " AND " + condition;
  }

  private String compared(int column, String how) {
    LayoutColumn one = columns.get(column);
    return inOrder(one, one.name()) + " " + how + " " + inOrder(one, "?");
  }

  /** A part of a key, as an expression that compares and orders as its bytes do. */
  private String inOrder(LayoutColumn column, String expression) {
    return column.type().isText() ? engine.inByteOrder(expression) : expression;
  }

  /** Binds {@link #above} or {@link #upTo}; returns the index behind it. */
  int bindBound(PreparedStatement statement, int index, Object rawKey) throws SQLException {
    int next = columns.size() == 1 ? index : bindColumns(statement, index, rawKey, 1);
    for (int i = 0; i < columns.size(); i++) {
      boolean isLast = i == columns.size() - 1;
      for (int times = isLast ? 1 : 2; times > 0; times--) {
        bindColumn(statement, next++, rawKey, i);
      }
    }
    return next;
  }
}
