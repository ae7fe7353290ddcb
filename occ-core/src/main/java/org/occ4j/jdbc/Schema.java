/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.occ4j.SchemaException;

/**
 * The library's own tables: the DDL file of an engine, its application, and the check of what is
 * there.
 *
 * <p>The DDL file is the one source: what the check expects is read from it.
 */
final class Schema {

  private static final String DEFAULT_PREFIX = "occ_";
  private static final Pattern TABLE =
      Pattern.compile("CREATE TABLE IF NOT EXISTS (\\w+) \\((.*?)\\n\\)", Pattern.DOTALL);
  private static final Pattern COMMENT_LINE = Pattern.compile("(?m)^--.*$");
  private static final Pattern STATEMENT_END = Pattern.compile(";\\s*(\\n|$)");
  private static final Pattern COLUMN = Pattern.compile("(?m)^  ([a-z_]+) ([A-Z]+)");

  /** What a column can hold, as coarse as it must be to be the same on every engine. */
  private enum Content {
    NUMBER,
    TEXT,
    BYTES,
    FLAG;

    /** Whether a column of this content may be declared so: some drivers call a flag a number. */
    boolean fits(Content declared) {
      return this == declared || (this == FLAG && declared == NUMBER);
    }
  }

  private final EngineProfile profile;
  private final String prefix;
  private final String ddl;

  /**
   * The schema of an engine.
   *
   * @throws SchemaException if there is no DDL for the engine
   */
  Schema(EngineProfile profile, String prefix) {
    this.profile = profile;
    this.prefix = Identifiers.require(prefix);
    this.ddl = load(profile).replaceAll("\\b" + DEFAULT_PREFIX, Matcher.quoteReplacement(prefix));
  }

  private static String load(EngineProfile profile) {
    String resource = "schema/" + profile.family().resourceName() + ".sql";
    try (InputStream file = Schema.class.getResourceAsStream(resource)) {
      if (file == null) {
        throw new SchemaException(
            "the engine "
                + profile.version()
                + " is not known: there are statements and DDL for H2, PostgreSQL and MariaDB. If it"
                + " behaves like one of them, say so by OccDatabase.builder(..).profile(..)",
            null);
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The statements that make the tables, fit for a migration tool. */
  String ddl() {
    return ddl;
  }

  /** The quoted name of an own table, given without its prefix: {@code table("store")}. */
  String table(String name) {
    return profile.own(prefix + name);
  }

  /** Applies the DDL; tables that are there already stay as they are. */
  void create(Connection connection) throws SQLException {
    List<String> statements =
        STATEMENT_END
            .splitAsStream(COMMENT_LINE.matcher(ddl).replaceAll(""))
            .filter(sql -> !sql.isBlank())
            .toList();
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /**
   * Compares what is there with the DDL.
   *
   * @throws SchemaException naming every missing table and every missing or mistyped column
   */
  void check(Connection connection) throws SQLException {
    List<String> findings = new ArrayList<>();
    for (Map.Entry<String, Map<String, Content>> table : expectedTables().entrySet()) {
      Map<String, Content> actual = actualColumns(connection, table.getKey());
      if (actual.isEmpty()) {
        findings.add("table " + table.getKey() + " is missing");
      } else {
        table
            .getValue()
            .forEach(
                (column, content) -> {
                  if (!actual.containsKey(column)) {
                    findings.add("column " + table.getKey() + "." + column + " is missing");
                  } else if (!content.fits(actual.get(column))) {
                    findings.add(
                        "column " + table.getKey() + "." + column + " should hold " + content);
                  }
                });
      }
    }
    if (!findings.isEmpty()) {
      throw new SchemaException(String.join("; ", findings) + ". The DDL is:\n" + ddl, null);
    }
  }

  private Map<String, Map<String, Content>> expectedTables() {
    Map<String, Map<String, Content>> tables = new LinkedHashMap<>();
    Matcher table = TABLE.matcher(ddl);
    while (table.find()) {
      Map<String, Content> columns = new LinkedHashMap<>();
      Matcher column = COLUMN.matcher(table.group(2));
      while (column.find()) {
        columns.put(column.group(1), contentOfDdlType(column.group(2)));
      }
      tables.put(table.group(1), columns);
    }
    return tables;
  }

  private Map<String, Content> actualColumns(Connection connection, String table)
      throws SQLException {
    DatabaseMetaData metaData = connection.getMetaData();
    String pattern = profile.foldsToUpperCase() ? table.toUpperCase(Locale.ROOT) : table;
    Map<String, Content> columns = new LinkedHashMap<>();
    try (ResultSet row =
        metaData.getColumns(
            connection.getCatalog(),
            connection.getSchema(),
            pattern.replace("_", metaData.getSearchStringEscape() + "_"),
            null)) {
      while (row.next()) {
        columns.put(
            row.getString("COLUMN_NAME").toLowerCase(Locale.ROOT),
            contentOfJdbcType(row.getInt("DATA_TYPE")));
      }
    }
    return columns;
  }

  private static Content contentOfDdlType(String type) {
    return switch (type) {
      case "SMALLINT", "INTEGER", "BIGINT" -> Content.NUMBER;
      case "VARBINARY", "BLOB", "BYTEA", "MEDIUMBLOB", "LONGBLOB" -> Content.BYTES;
      case "BOOLEAN" -> Content.FLAG;
      default -> Content.TEXT;
    };
  }

  private static Content contentOfJdbcType(int type) {
    return switch (type) {
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> Content.NUMBER;
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> Content.BYTES;
      case Types.BOOLEAN, Types.BIT -> Content.FLAG;
      default -> Content.TEXT;
    };
  }
}
