/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.SchemaException;

/**
 * What a server says of its schemas and tables. It is asked through the catalog's own tables and
 * compared here, exactly: JDBC's metadata takes names for patterns, and catalogs compare by a
 * collation of theirs. Each instance is for one connection.
 */
public abstract class Catalog {

  /**
   * A column.
   *
   * @param type its type in lower case, of a domain what it stands for; {@code enum} for all of
   *     those
   * @param digits the digits of a second that it keeps, or null
   * @param scale the digits after the point, or null
   * @param precision the digits of a number in all, or null
   * @param padded the characters or bytes to which every content is padded, or null
   * @param collation the name of a collation by which different texts are equal, or null
   * @param nullable whether it may be NULL
   * @param generated whether no statement can say what it holds
   * @param identity whether a statement says so only where it overrides the database's own numbers
   */
  public record CatalogColumn(
      String name,
      String type,
      @Nullable Integer digits,
      @Nullable Integer scale,
      @Nullable Integer precision,
      @Nullable Integer padded,
      @Nullable String collation,
      boolean nullable,
      boolean generated,
      boolean identity) {

    /** Whether no two contents of the column are equal to the database. */
    public boolean comparesExactly() {
      return switch (type) {
        case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "uuid", "date" -> true;
        case "bytea", "binary", "varbinary", "binary varying" -> true;
        case "tinyblob", "blob", "mediumblob", "longblob", "binary large object" -> true;
        case "varchar", "character varying", "tinytext", "text", "mediumtext", "longtext", "enum" ->
            collation == null;
        case "decimal", "numeric" -> scale != null && scale == 0;
        default -> false;
      };
    }

    /** Whether it holds text of any kind. */
    public boolean isText() {
      return type.contains("char")
          || type.endsWith("text")
          || type.equals("character large object");
    }

    /** How it compares, for messages. */
    public String comparison() {
      return type + (collation == null ? "" : ", collation " + collation);
    }
  }

  interface RowReader<T extends @Nullable Object> {
    T read(ResultSet row) throws SQLException;
  }

  final Connection connection;
  private final Engine engine;

  Catalog(Connection connection, Engine engine) {
    this.connection = connection;
    this.engine = engine;
  }

  /** The schemas in which a name without one is looked for, the first one making new tables. */
  public abstract List<String> path() throws SQLException;

  /** All schemas; on MariaDB these are the databases. */
  abstract List<String> schemas() throws SQLException;

  /** The names of tables, and of what can be read like one. */
  public abstract List<String> tables(String schema) throws SQLException;

  /** The columns of a table, in the order that they have in it. */
  public abstract List<CatalogColumn> columns(String schema, String table) throws SQLException;

  /** Why a table cannot be the state of a store, whatever its columns. */
  public abstract List<String> obstacles(String schema, String table) throws SQLException;

  /**
   * The columns of each unique index that has them whole, of every row, and refuses a second row in
   * the statement that brings it; by the name of the index, the primary key first where it has one.
   */
  abstract Map<String, Set<String>> uniqueIndexes(String schema, String table) throws SQLException;

  /** Such an index of these columns and no other, in whatever order, or null if there is none. */
  public final @Nullable String uniqueIndex(String schema, String table, Set<String> columns)
      throws SQLException {
    for (Map.Entry<String, Set<String>> index : uniqueIndexes(schema, table).entrySet()) {
      if (index.getValue().equals(columns)) {
        return index.getKey();
      }
    }
    return null;
  }

  /** Sets of columns by the rows of a query that names an index and one of its columns. */
  final Map<String, Set<String>> byIndex(String query, String... parameters) throws SQLException {
    Map<String, Set<String>> sets = new LinkedHashMap<>();
    ask(
        query,
        row ->
            sets.computeIfAbsent(row.getString(1), index -> new HashSet<>()).add(row.getString(2)),
        parameters);
    return sets;
  }

  /**
   * Which of the names is meant: the one that is spelled so; or else the one that the name means to
   * the server if it is written without quotes; or else the only one that differs in case alone.
   *
   * @param what what the names are of, for the message
   * @return null if there is none
   * @throws SchemaException if there are several of the last kind
   */
  public final @Nullable String pick(String what, String wanted, Collection<String> names) {
    for (String spelled : List.of(wanted, engine.folded(wanted))) {
      if (names.contains(spelled)) {
        return spelled;
      }
    }
    List<String> alike = names.stream().filter(wanted::equalsIgnoreCase).distinct().toList();
    if (alike.size() > 1) {
      throw new SchemaException(
          what + " " + wanted + " is there in several spellings, name one exactly: " + alike, null);
    }
    return alike.isEmpty() ? null : alike.get(0);
  }

  /** A schema that was named. */
  public final @Nullable String schema(String wanted) throws SQLException {
    return pick("schema", Identifiers.require(wanted, engine), schemas());
  }

  // Asking.

  final <T extends @Nullable Object> List<T> ask(
      String query, RowReader<T> reader, String... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      List<T> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(reader.read(row));
        }
      }
      return found;
    }
  }

  final List<String> names(String query, String... parameters) throws SQLException {
    return ask(query, row -> row.getString(1), parameters);
  }

  /** What is said of a table that shows rows of others. */
  static String notATable(String kind) {
    return "it is no table but a " + kind + "; map the table that has the rows";
  }

  static @Nullable Integer number(ResultSet row, int index) throws SQLException {
    int number = row.getInt(index);
    return row.wasNull() ? null : number;
  }
}
