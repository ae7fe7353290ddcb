/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.occ4j.SchemaException;
import org.occ4j.jdbc.internal.Catalog.CatalogColumn;
import org.occ4j.jdbc.internal.SchemaDdl.Content;

/** Finds the library's own tables, compares them with the DDL, and has them made. */
public final class SchemaSetup {
  private final Engine engine;
  private final @Nullable String wanted;
  private final SchemaDdl ddl;

  /**
   * A setup.
   *
   * @param schema where the tables are to be, or null for where a name without a schema leads
   * @throws SchemaException if the engine cannot hold a name
   */
  public SchemaSetup(Engine engine, @Nullable String schema, String prefix) {
    this(engine, schema, new SchemaDdl(engine, prefix));
  }

  /** The same with DDL that is given. */
  public SchemaSetup(Engine engine, @Nullable String schema, SchemaDdl ddl) {
    this.engine = engine;
    this.wanted = schema;
    this.ddl = ddl;
    if (schema != null) {
      engine.quote(schema);
    }
  }

  /** The statements that make the tables, fit for a migration tool. */
  public String script() {
    return ddl.script(wanted);
  }

  /**
   * Where the tables are, whether they are there or not.
   *
   * @throws SchemaException if the schema is missing, or not to be told from another
   */
  public Schema locate(Connection connection) throws SQLException {
    Catalog catalog = engine.catalog(connection);
    Schema found = find(catalog);
    if (found == null) {
      throw new SchemaException(
          "schema " + wanted + " is missing in " + engine.version() + waysOut(), null);
    }
    return found;
  }

  /** Null if the schema that was named is missing. */
  private @Nullable Schema find(Catalog catalog) throws SQLException {
    if (wanted != null) {
      String schema = catalog.schema(wanted);
      return schema == null ? null : at(catalog, schema);
    }
    List<String> path = catalog.path();
    if (path.isEmpty()) {
      throw new SchemaException(
          "the connection has no current schema of "
              + engine.version()
              + "; name one by OccDatabase.builder(..).schema(..)",
          null);
    }
    String meta = ddl.name("meta");
    for (String schema : path) {
      if (catalog.pick("table", meta, catalog.tables(schema)) != null) {
        return at(catalog, schema);
      }
    }
    return at(catalog, path.get(0));
  }

  private Schema at(Catalog catalog, String schema) throws SQLException {
    List<String> there = catalog.tables(schema);
    Map<String, String> names = new LinkedHashMap<>();
    for (String table : ddl.tables().keySet()) {
      String found = catalog.pick("table", ddl.name(table), there);
      names.put(table, found == null ? engine.folded(ddl.name(table)) : found);
    }
    return new Schema(engine, schema, names, script());
  }

  /**
   * Makes what is missing of the schema and its tables, and adds the columns that a library of an
   * older number does without. Nothing is executed where nothing is missing, so that the right to
   * do it is not needed either. The number of a schema that is there stays, for nodes of the older
   * library may be at work.
   *
   * @return whether anything was missing
   * @throws SchemaException if the database refuses, or the tables are of a newer library
   */
  public boolean create(Connection connection) throws SQLException {
    Schema there = find(engine.catalog(connection));
    if (there != null) {
      Findings found = findings(connection, there);
      refuse(found.wrong(), there);
      if (found.missing().isEmpty()) {
        return false;
      }
    }
    String schema = there != null ? there.name() : engine.folded(String.valueOf(wanted));
    List<String> statements = new ArrayList<>(ddl.statements(schema));
    if (there == null) {
      statements.add(0, ddl.createSchema(schema));
    }
    new SchemaCreation(engine.ddlMode()).run(connection, statements);
    return true;
  }

  /**
   * Compares what is there with the DDL.
   *
   * @throws SchemaException naming every missing table, every missing or mistyped column, and a
   *     number of the schema that is not ours
   */
  public void check(Connection connection, Schema schema) throws SQLException {
    refuse(findings(connection, schema).all(), schema);
  }

  private void refuse(List<String> findings, Schema schema) {
    if (!findings.isEmpty()) {
      throw new SchemaException(
          String.join("; ", findings)
              + (". Looked in schema " + schema.name() + " of " + engine.version())
              + waysOut(),
          null);
    }
  }

  private String waysOut() {
    return "\nOccDatabase.builder(..).createSchema().open() makes what is missing, and removes nothing."
        + "\nFor a migration tool: OccDatabaseBuilder.ddl(), or "
        + ddl.location()
        + " in the jar of occ-core.";
  }

  /** What is not there, which can be made, and what is there and does not fit. */
  private record Findings(List<String> missing, List<String> wrong) {
    List<String> all() {
      List<String> all = new ArrayList<>(missing);
      all.addAll(wrong);
      return all;
    }
  }

  private Findings findings(Connection connection, Schema schema) throws SQLException {
    Catalog catalog = engine.catalog(connection);
    Findings findings = new Findings(new ArrayList<>(), new ArrayList<>());
    for (Map.Entry<String, Map<String, Content>> table : ddl.tables().entrySet()) {
      List<CatalogColumn> there = catalog.columns(schema.name(), schema.tableName(table.getKey()));
      String name = ddl.name(table.getKey());
      if (there.isEmpty()) {
        findings.missing().add("table " + name + " is missing");
      } else {
        table
            .getValue()
            .forEach(
                (column, content) ->
                    check(
                        name,
                        column,
                        content,
                        there,
                        ddl.adds(table.getKey(), column) ? findings.missing() : findings.wrong(),
                        findings.wrong()));
      }
    }
    String meta = ddl.name("meta");
    if (findings.all().stream().noneMatch(finding -> finding.contains(" " + meta))) {
      findings.missing().addAll(versionFindings(connection, schema));
    }
    return findings;
  }

  private void check(
      String table,
      String column,
      Content content,
      List<CatalogColumn> there,
      List<String> missing,
      List<String> wrong) {
    String spelled = engine.folded(column);
    CatalogColumn found =
        there.stream()
            .filter(one -> one.name().equals(spelled))
            .findFirst()
            .or(() -> there.stream().filter(one -> isUnquoted(one.name(), spelled)).findFirst())
            .orElse(null);
    String what = "column " + table + "." + column;
    if (found == null) {
      missing.add(what + " is missing");
    } else if (!content.fits(Content.of(found.type()))) {
      wrong.add(what + " should hold " + content);
    } else if (column.equals("namespace") && !found.comparesExactly()) {
      wrong.add(what + " does not tell all names apart: " + found.comparison());
    }
  }

  /** Whether a name without quotes means this column all the same. */
  private boolean isUnquoted(String column, String written) {
    return engine.ignoresCaseOfColumns() && column.equalsIgnoreCase(written);
  }

  private List<String> versionFindings(Connection connection, Schema schema) throws SQLException {
    String query = "SELECT schema_version FROM " + schema.table("meta") + " WHERE id = 1";
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try (ResultSet row = statement.executeQuery(query)) {
        if (!row.next()) {
          return List.of(
              "table " + ddl.name("meta") + " has no row, its DDL was not run to its end");
        }
        requireKnown(row.getInt(1), schema);
        return List.of();
      }
    }
  }

  private void requireKnown(int version, Schema schema) {
    if (version >= ddl.leastVersion() && version <= ddl.version()) {
      return;
    }
    String where = ddl.name("meta") + " in schema " + schema.name() + " says schema " + version;
    throw new SchemaException(
        version > ddl.version()
            ? where
                + (", this library knows " + ddl.version() + " and would not do it justice.")
                + "\nA newer occ4j has been here: use that version or a later one on every node, or"
                + " another schema(..) or tablePrefix(..)."
            : where
                + (", this library needs " + ddl.leastVersion() + " or later.")
                + "\nBring the tables up to date, or use another schema(..) or tablePrefix(..).",
        null);
  }
}
