/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The catalog of MariaDB, where a schema is a database. It compares names by a collation that knows
 * no case, also where the server itself does, so each answer repeats the name that it is of.
 */
final class MariadbCatalog extends Catalog {

  MariadbCatalog(Connection connection, EngineProfile engine) {
    super(connection, engine);
  }

  @Override
  List<String> path() throws SQLException {
    return names("SELECT DATABASE() FROM DUAL WHERE DATABASE() IS NOT NULL");
  }

  @Override
  List<String> schemas() throws SQLException {
    return names("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA");
  }

  @Override
  List<String> tables(String schema) throws SQLException {
    return names(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?"
            + " AND CAST(TABLE_SCHEMA AS BINARY) = CAST(? AS BINARY)",
        schema,
        schema);
  }

  @Override
  List<CatalogColumn> columns(String schema, String table) throws SQLException {
    return ask(
        "SELECT COLUMN_NAME, DATA_TYPE, DATETIME_PRECISION, NUMERIC_SCALE, COLLATION_NAME,"
            + " IS_NULLABLE, IS_GENERATED FROM INFORMATION_SCHEMA.COLUMNS"
            + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
            + " AND CAST(TABLE_SCHEMA AS BINARY) = CAST(? AS BINARY)"
            + " AND CAST(TABLE_NAME AS BINARY) = CAST(? AS BINARY) ORDER BY ORDINAL_POSITION",
        MariadbCatalog::column,
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
        inexact(row.getString(5)),
        row.getString(6).equalsIgnoreCase("YES"),
        row.getString(7).equalsIgnoreCase("ALWAYS"));
  }

  /** All but those that compare bytes, and blanks at the end with them. */
  private static @Nullable String inexact(@Nullable String collation) {
    return collation == null || collation.endsWith("_nopad_bin") ? null : collation;
  }
}
