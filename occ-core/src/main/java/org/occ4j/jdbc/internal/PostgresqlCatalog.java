/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The catalog of PostgreSQL. {@code information_schema} is not asked: it hides what the user has no
 * rights on, and says nothing of collations and indexes that matters here.
 */
final class PostgresqlCatalog extends Catalog {
  private static final String TABLE =
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          + " WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";

  /** Domains are followed down to what they stand for; a type modifier is that of the first. */
  private static final String COLUMNS =
      """
      WITH RECURSIVE base (attrelid, attnum, type, modifier, required) AS (
        SELECT a.attrelid, a.attnum, a.atttypid, a.atttypmod, a.attnotnull
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = (SELECT c.oid {table} AND c.relname = ?)
          AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT b.attrelid, b.attnum, t.typbasetype, GREATEST(b.modifier, t.typtypmod),
          b.required OR t.typnotnull
        FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype = 'd')
      SELECT a.attname,
        CASE t.typtype WHEN 'e' THEN 'enum' ELSE pg_catalog.format_type(b.type, NULL) END,
        b.modifier,
        CASE WHEN l.collisdeterministic THEN NULL ELSE l.collname END,
        NOT b.required,
        a.attgenerated <> '', a.attidentity = 'a'
      FROM base b
        JOIN pg_catalog.pg_attribute a ON a.attrelid = b.attrelid AND a.attnum = b.attnum
        JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
        LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
      ORDER BY a.attnum"""
          .replace("{table}", TABLE);

  private static final String OBSTACLES =
      """
      SELECT c.relkind, pg_catalog.row_security_active(c.oid), current_user,
        c.relkind = 'r' AND EXISTS (SELECT 1 FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid),
        (SELECT MIN(r.rulename) FROM pg_catalog.pg_rewrite r
          WHERE r.ev_class = c.oid AND r.ev_type <> '1'),
        (SELECT MIN(x.relname) FROM pg_catalog.pg_index i
          JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
          JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[0] AND NOT l.collisdeterministic
          WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1)
      {table} AND c.relname = ?"""
          .replace("{table}", TABLE);

  private static final String UNIQUE =
      """
      SELECT i.indexrelid, a.attname FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) k (attnum)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate
        AND i.indpred IS NULL AND i.indexprs IS NULL
        AND i.indrelid = (SELECT c.oid {table} AND c.relname = ?)"""
          .replace("{table}", TABLE);

  /** What a type modifier has above the number that was declared. */
  private static final int MODIFIER_OFFSET = 4;

  private static final int SCALE_BITS = 0x7FF;
  private static final int PRECISION_SHIFT = 16;
  private static final int MOST_DIGITS = 6;

  PostgresqlCatalog(Connection connection, Engine engine) {
    super(connection, engine);
  }

  @Override
  public List<String> path() throws SQLException {
    return names(
        "SELECT s.name FROM unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY s (name, n)"
            + " ORDER BY s.n");
  }

  @Override
  List<String> schemas() throws SQLException {
    return names("SELECT nspname FROM pg_catalog.pg_namespace");
  }

  @Override
  public List<String> tables(String schema) throws SQLException {
    return names("SELECT c.relname" + TABLE, schema);
  }

  @Override
  public List<CatalogColumn> columns(String schema, String table) throws SQLException {
    return ask(COLUMNS, PostgresqlCatalog::column, schema, table);
  }

  @Override
  public List<String> obstacles(String schema, String table) throws SQLException {
    return ask(OBSTACLES, PostgresqlCatalog::obstacles, schema, table).stream()
        .flatMap(List::stream)
        .toList();
  }

  private static List<String> obstacles(ResultSet row) throws SQLException {
    List<String> found = new ArrayList<>();
    switch (row.getString(1)) {
      case "v" -> found.add(notATable("view"));
      case "m" -> found.add(notATable("materialized view"));
      case "f" -> found.add(notATable("foreign table"));
      default -> {}
    }
    if (row.getBoolean(2)) {
      found.add(
          "row-level security is active for the user "
              + row.getString(3)
              + ", and a row that it hides looks absent; use a role that it does not apply to"
              + " (BYPASSRLS, or the owner without FORCE)");
    }
    if (row.getBoolean(4)) {
      found.add("other tables inherit from it, and its unique index does not reach their rows");
    }
    String rule = row.getString(5);
    if (rule != null) {
      found.add("the rule " + rule + " rewrites its statements; use a trigger");
    }
    String index = row.getString(6);
    if (index != null) {
      found.add("its unique index " + index + " compares by a collation that is not exact");
    }
    return found;
  }

  @Override
  Map<String, Set<String>> uniqueIndexes(String schema, String table) throws SQLException {
    return byIndex(UNIQUE, schema, table);
  }

  private static CatalogColumn column(ResultSet row) throws SQLException {
    String type = row.getString(2);
    int modifier = row.getInt(3);
    return new CatalogColumn(
        row.getString(1),
        type,
        type.startsWith("time") ? (modifier < 0 ? MOST_DIGITS : modifier) : null,
        scale(type, modifier),
        type.equals("numeric") && modifier >= 0
            ? (modifier - MODIFIER_OFFSET) >> PRECISION_SHIFT
            : null,
        type.equals("character") && modifier >= 0 ? modifier - MODIFIER_OFFSET : null,
        row.getString(4),
        row.getBoolean(5),
        row.getBoolean(6),
        row.getBoolean(7));
  }

  private static @Nullable Integer scale(String type, int modifier) {
    if (!type.equals("numeric") || modifier < 0) {
      return null;
    }
    int scale = (modifier - MODIFIER_OFFSET) & SCALE_BITS;
    return scale > SCALE_BITS / 2 ? scale - SCALE_BITS - 1 : scale; // below 0: rounded to tens
  }
}
