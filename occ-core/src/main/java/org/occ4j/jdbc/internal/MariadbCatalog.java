/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The catalog of MariaDB, where a schema is a database. It compares names by a collation that knows
 * no case, also where the server itself does, so each answer repeats the name that it is of.
 */
final class MariadbCatalog extends Catalog {

  private static final Set<String> EXACT =
      Set.of("utf8mb4_nopad_bin", "utf8mb3_nopad_bin", "utf8_nopad_bin", "ascii_nopad_bin");

  /** The first pair finds it fast, the second one exactly. */
  private static final String THIS_TABLE =
      "TABLE_SCHEMA = ? AND TABLE_NAME = ? AND CAST(TABLE_SCHEMA AS BINARY) = CAST(? AS BINARY)"
          + " AND CAST(TABLE_NAME AS BINARY) = CAST(? AS BINARY)";

  private static final Set<String> TABLE_TYPES = Set.of("BASE TABLE", "SYSTEM VERSIONED");

  MariadbCatalog(Connection connection, Engine engine) {
    super(connection, engine);
  }

  @Override
  public List<String> path() throws SQLException {
    return names("SELECT DATABASE() FROM DUAL WHERE DATABASE() IS NOT NULL");
  }

  @Override
  List<String> schemas() throws SQLException {
    return names("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA");
  }

  @Override
  public List<String> tables(String schema) throws SQLException {
    return names(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?"
            + " AND CAST(TABLE_SCHEMA AS BINARY) = CAST(? AS BINARY)",
        schema,
        schema);
  }

  @Override
  public List<CatalogColumn> columns(String schema, String table) throws SQLException {
    return ask(
        "SELECT COLUMN_NAME, DATA_TYPE, DATETIME_PRECISION, NUMERIC_SCALE, COLLATION_NAME,"
            + " IS_NULLABLE, IS_GENERATED, NUMERIC_PRECISION, CHARACTER_MAXIMUM_LENGTH FROM INFORMATION_SCHEMA.COLUMNS"
            + (" WHERE " + THIS_TABLE + " ORDER BY ORDINAL_POSITION"),
        MariadbCatalog::column,
        schema,
        table,
        schema,
        table);
  }

  @Override
  public List<String> obstacles(String schema, String table) throws SQLException {
    List<String> found = new ArrayList<>();
    ask(
        "SELECT TABLE_TYPE, ENGINE FROM INFORMATION_SCHEMA.TABLES WHERE " + THIS_TABLE,
        row -> {
          String type = row.getString(1);
          String engine = String.valueOf(row.getString(2));
          if (!TABLE_TYPES.contains(type)) {
            found.add(notATable(type.toLowerCase(Locale.ROOT)));
          } else if (!engine.equalsIgnoreCase("InnoDB")) {
            found.add("its engine " + engine + " has no transactions; InnoDB has");
          }
          return type;
        },
        schema,
        table,
        schema,
        table);
    if (names("SELECT 1 FROM DUAL WHERE @@sql_mode LIKE '%STRICT_%'").isEmpty()) {
      found.add(
          "sql_mode has no STRICT_TRANS_TABLES, so what is too long for a column would be cut"
              + " without an error");
    }
    return found;
  }

  @Override
  Map<String, Set<String>> uniqueIndexes(String schema, String table) throws SQLException {
    // A part of a column has a name that no column has, so an index with one is of none of them.
    return byIndex(
        "SELECT INDEX_NAME, IF(SUB_PART IS NULL, COLUMN_NAME, '')"
            + (" FROM INFORMATION_SCHEMA.STATISTICS WHERE " + THIS_TABLE + " AND NON_UNIQUE = 0")
            + " ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME",
        schema,
        table,
        schema,
        table);
  }

  private static CatalogColumn column(ResultSet row) throws SQLException {
    return new CatalogColumn(
        row.getString(1),
        row.getString(2).toLowerCase(Locale.ROOT),
        number(row, 3),
        number(row, 4),
        number(row, 8),
        row.getString(2).equalsIgnoreCase("binary") ? number(row, 9) : null,
        inexact(row.getString(5)),
        row.getString(6).equalsIgnoreCase("YES"),
        row.getString(7).equalsIgnoreCase("ALWAYS"),
        false);
  }

  /** All but those that compare bytes, and blanks at the end with them, and have those of UTF-8. */
  private static @Nullable String inexact(@Nullable String collation) {
    return collation == null || EXACT.contains(collation) ? null : collation;
  }
}
