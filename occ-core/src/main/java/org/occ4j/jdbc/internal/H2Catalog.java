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
 * The catalog of H2. Its names are in upper case here, which they are under every setting that
 * folds to upper case or not at all, and mean the same where unquoted names fold to lower case.
 */
final class H2Catalog extends Catalog {

  /** What it calls the comparison by characters alone. */
  private static final String NO_COLLATION = "OFF";

  private static final Set<String> STORED_HERE = Set.of("CACHED", "MEMORY");

  H2Catalog(Connection connection, Engine engine) {
    super(connection, engine);
  }

  @Override
  public List<String> path() throws SQLException {
    return List.of(connection.getSchema());
  }

  @Override
  List<String> schemas() throws SQLException {
    return names("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA");
  }

  @Override
  public List<String> tables(String schema) throws SQLException {
    return names("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?", schema);
  }

  @Override
  public List<CatalogColumn> columns(String schema, String table) throws SQLException {
    return ask(
        "SELECT COLUMN_NAME, DATA_TYPE, DATETIME_PRECISION, NUMERIC_SCALE, COLLATION_NAME,"
            + " IS_NULLABLE, IS_GENERATED, IDENTITY_GENERATION, NUMERIC_PRECISION FROM INFORMATION_SCHEMA.COLUMNS"
            + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
        H2Catalog::column,
        schema,
        table);
  }

  @Override
  public List<String> obstacles(String schema, String table) throws SQLException {
    List<String> found = new ArrayList<>();
    ask(
        "SELECT TABLE_TYPE, STORAGE_TYPE FROM INFORMATION_SCHEMA.TABLES"
            + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
        row -> {
          String kind = row.getString(1);
          String storage = row.getString(2);
          if (!kind.equals("BASE TABLE")) {
            found.add(notATable(kind.toLowerCase(Locale.ROOT)));
          } else if (!STORED_HERE.contains(storage)) {
            found.add(notATable(storage.toLowerCase(Locale.ROOT)));
          }
          return kind;
        },
        schema,
        table);
    return found;
  }

  @Override
  Map<String, Set<String>> uniqueIndexes(String schema, String table) throws SQLException {
    return byIndex(
        "SELECT I.INDEX_NAME, C.COLUMN_NAME FROM INFORMATION_SCHEMA.INDEXES I"
            + " JOIN INFORMATION_SCHEMA.INDEX_COLUMNS C ON C.INDEX_SCHEMA = I.INDEX_SCHEMA"
            + " AND C.INDEX_NAME = I.INDEX_NAME WHERE I.TABLE_SCHEMA = ? AND I.TABLE_NAME = ?"
            + " AND (I.INDEX_TYPE_NAME LIKE 'PRIMARY%' OR I.INDEX_TYPE_NAME LIKE 'UNIQUE%')",
        schema, table);
  }

  private static CatalogColumn column(ResultSet row) throws SQLException {
    String collation = row.getString(5);
    return new CatalogColumn(
        row.getString(1),
        row.getString(2).toLowerCase(Locale.ROOT),
        number(row, 3),
        number(row, 4),
        number(row, 9),
        null,
        NO_COLLATION.equals(collation) ? null : collation,
        row.getString(6).equalsIgnoreCase("YES"),
        row.getString(7).equalsIgnoreCase("ALWAYS"),
        isAlways(row.getString(8)));
  }

  private static boolean isAlways(@Nullable String identity) {
    return "ALWAYS".equalsIgnoreCase(identity);
  }
}
