/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.SchemaException;
import org.occ4j.jdbc.internal.Catalog;
import org.occ4j.jdbc.internal.Catalog.CatalogColumn;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.Identifiers;
import org.occ4j.jdbc.internal.store.TableLayout;
import org.occ4j.jdbc.internal.store.TableLayout.LayoutColumn;
import org.occ4j.jdbc.internal.store.TimeColumn;

/**
 * A table of the application as the database describes it, compared with the mapping onto it. All
 * findings are gathered, so that one look mends them all.
 */
final class MappedTable {
  private static final long MICROS_PER_SECOND = 1_000_000;

  /** A timestamp of fewer digits cannot tell two writes apart. */
  private static final int LEAST_DIGITS = 3;

  private final Engine engine;
  private final Catalog catalog;
  private final TableMapping<?, ?> mapping;
  private final String schema;
  private final String table;
  private final Map<String, CatalogColumn> columns = new LinkedHashMap<>();

  /** The columns as they are, by the names in the mapping. */
  private final Map<String, CatalogColumn> mapped = new LinkedHashMap<>();

  private final Set<String> findings = new LinkedHashSet<>();

  private MappedTable(
      Engine engine, Catalog catalog, TableMapping<?, ?> mapping, String schema, String table) {
    this.engine = engine;
    this.catalog = catalog;
    this.mapping = mapping;
    this.schema = schema;
    this.table = table;
  }

  /** A table that fits its mapping, with the names that it has. */
  record Described(String schema, String table, TableLayout layout) {}

  /**
   * Looks at a mapped table.
   *
   * @throws SchemaException naming everything that does not fit
   */
  static Described describe(Connection connection, Engine engine, TableMapping<?, ?> mapping)
      throws SQLException {
    MappedTable described = find(engine.catalog(connection), engine, mapping);
    described.readColumns();
    described.checkKey();
    TableLayout layout = described.layout();
    if (!described.findings.isEmpty()) {
      throw new SchemaException(
          "the mapping of " + mapping.table() + ": " + String.join("; ", described.findings), null);
    }
    return new Described(described.schema, described.table, layout);
  }

  private static MappedTable find(Catalog catalog, Engine engine, TableMapping<?, ?> mapping)
      throws SQLException {
    String wanted = Identifiers.require(mapping.table(), engine);
    Map<String, String> schemas = new LinkedHashMap<>();
    for (String schema : path(catalog, mapping)) {
      catalog.tables(schema).forEach(table -> schemas.putIfAbsent(table, schema));
    }
    String table = catalog.pick("table", wanted, schemas.keySet());
    if (table == null) {
      throw new SchemaException("table " + wanted + " is missing", null);
    }
    String schema = Objects.requireNonNull(schemas.get(table));
    return new MappedTable(engine, catalog, mapping, schema, table);
  }

  /** The schemas in which the table is looked for. */
  private static List<String> path(Catalog catalog, TableMapping<?, ?> mapping)
      throws SQLException {
    String named = mapping.schema();
    if (named == null) {
      return catalog.path();
    }
    String schema = catalog.schema(named);
    if (schema == null) {
      throw new SchemaException(
          "schema " + named + " is missing, where table " + mapping.table() + " is to be", null);
    }
    return List.of(schema);
  }

  private void readColumns() throws SQLException {
    findings.addAll(catalog.obstacles(schema, table));
    catalog.columns(schema, table).forEach(column -> columns.put(column.name(), column));
  }

  // The layout.

  private TableLayout layout() {
    LayoutColumn key =
        new LayoutColumn(quoted(mapping.key().name()), mapping.key().type().binding());
    List<LayoutColumn> values =
        mapping.columns().stream()
            .map(column -> new LayoutColumn(quoted(column.name()), column.type().binding()))
            .toList();
    String updatedBy = mapping.updatedByColumn();
    return new TableLayout(
        engine,
        schema,
        table,
        null,
        key,
        version(),
        time(),
        updatedBy == null ? null : updatedBy(updatedBy),
        values,
        mapping.scheme() == VersionScheme.CLOCK);
  }

  private String quoted(String column) {
    CatalogColumn described = described(column);
    return engine.quote(described == null ? column : described.name());
  }

  private @Nullable CatalogColumn described(String column) {
    CatalogColumn known = mapped.get(column);
    if (known != null) {
      return known;
    }
    String name = catalog.pick("column", column, columns.keySet());
    CatalogColumn found = name == null ? null : columns.get(name);
    if (found == null) {
      findings.add("column " + column + " is missing");
      return null;
    }
    if (found.generated()) {
      findings.add(
          "column "
              + found.name()
              + " is generated always, so nothing can be written to it; GENERATED BY DEFAULT can");
    }
    if (mapped.containsValue(found)) {
      findings.add("column " + found.name() + " is mapped twice");
    }
    mapped.put(column, found);
    return found;
  }

  private @Nullable String version() {
    String column = mapping.versionColumn();
    if (column == null) {
      return null;
    }
    CatalogColumn described = described(column);
    if (described != null) {
      checkVersion(described);
    }
    return quoted(column);
  }

  private void checkVersion(CatalogColumn column) {
    boolean big = column.type().equals("bigint");
    boolean counts = big || column.type().equals("integer") || column.type().equals("int");
    if (!counts) {
      findings.add("column " + column.name() + " should be BIGINT, not " + column.type());
    } else if (!big && mapping.scheme() == VersionScheme.CLOCK) {
      findings.add(
          "column "
              + column.name()
              + " should be BIGINT for versions that follow the clock; an INTEGER takes"
              + " versions(COUNTER)");
    }
    requireNotNull(column);
  }

  private @Nullable TimeColumn time() {
    String column = mapping.updatedAtColumn();
    if (column == null) {
      return null;
    }
    CatalogColumn described = described(column);
    if (described == null) {
      return TimeColumn.ofNumbers(quoted(column));
    }
    requireNotNull(described);
    int digits = described.digits() == null ? 0 : Math.min(6, described.digits());
    if (described.digits() != null && digits < LEAST_DIGITS) {
      findings.add(
          "column "
              + described.name()
              + " has "
              + digits
              + " digits of a second and cannot tell two writes apart; it needs 3 or more");
    }
    long tick = MICROS_PER_SECOND / (long) Math.pow(10, digits);
    return time(described, tick);
  }

  private TimeColumn time(CatalogColumn column, long tick) {
    String name = engine.quote(column.name());
    Engine.TimeSql sql = engine.timeSql(column.type());
    if (sql != null) {
      return new TimeColumn(name, sql.micros(), sql.ofMicros(), tick);
    }
    findings.add("column " + column.name() + " cannot hold a time of writes: " + column.type());
    return TimeColumn.ofNumbers(name);
  }

  private String updatedBy(String column) {
    CatalogColumn described = described(column);
    if (described != null && !described.isText()) {
      findings.add("column " + described.name() + " should hold text, not " + described.type());
    }
    return quoted(column);
  }

  private void requireNotNull(CatalogColumn column) {
    if (column.nullable()) {
      findings.add("column " + column.name() + " should be NOT NULL");
    }
  }

  // The key.

  private void checkKey() throws SQLException {
    CatalogColumn key = described(mapping.key().name());
    if (key == null) {
      return;
    }
    requireNotNull(key);
    if (!key.comparesExactly()) {
      findings.add(
          "column "
              + key.name()
              + " does not compare exactly as a key must ("
              + key.comparison()
              + ")");
    }
    if (!catalog.isUnique(schema, table, key.name())) {
      findings.add(
          "column "
              + key.name()
              + " has no primary key or unique index of its own that is whole, valid, and checked at"
              + " once");
    }
  }
}
