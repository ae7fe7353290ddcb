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
import org.occ4j.KeyCodec;
import org.occ4j.SchemaException;
import org.occ4j.jdbc.internal.Catalog;
import org.occ4j.jdbc.internal.Catalog.CatalogColumn;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.Identifiers;
import org.occ4j.jdbc.internal.store.ColumnBinding;
import org.occ4j.jdbc.internal.store.ForeignChange;
import org.occ4j.jdbc.internal.store.KeyColumns;
import org.occ4j.jdbc.internal.store.LayoutColumn;
import org.occ4j.jdbc.internal.store.TableLayout;
import org.occ4j.jdbc.internal.store.TimeColumn;

/**
 * A table of the application as the database describes it, compared with the mapping onto it. All
 * findings are gathered, so that one look mends them all.
 */
final class MappedTable {
  private static final long MICROS_PER_SECOND = 1_000_000;

  /** A timestamp of fewer digits cannot tell two writes apart. */
  private static final int LEAST_DIGITS = 3;

  /** Too narrow for microseconds since the epoch. */
  private static final Set<String> NARROW_VERSIONS =
      Set.of("tinyint", "smallint", "mediumint", "int", "integer");

  /** The microseconds since the epoch have 16 digits until the year 2286. */
  private static final int CLOCK_DIGITS = 17;

  private final Engine engine;
  private final Catalog catalog;
  private final TableMapping<?, ?> mapping;
  private final String schema;
  private final String table;
  private final Map<String, CatalogColumn> columns = new LinkedHashMap<>();

  /** The columns as they are, by the names in the mapping. */
  private final Map<String, CatalogColumn> mapped = new LinkedHashMap<>();

  private final Set<String> findings = new LinkedHashSet<>();
  private @Nullable String keyIndex;

  private MappedTable(
      Engine engine, Catalog catalog, TableMapping<?, ?> mapping, String schema, String table) {
    this.engine = engine;
    this.catalog = catalog;
    this.mapping = mapping;
    this.schema = schema;
    this.table = table;
  }

  /** A table that fits its mapping, with the names that it has. */
  record Described(String schema, String table, TableLayout layout, List<CatalogColumn> values) {}

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
    return new Described(described.schema, described.table, layout, described.values());
  }

  /** What SQL makes a key's text of; empty where only its codec knows. */
  static List<ForeignChange.KeyText> keyText(TableMapping<?, ?> mapping, TableLayout layout) {
    KeyCodec<?> keys = mapping.keys();
    if (keys instanceof PartsCodec<?> parts) {
      return parts.texts();
    }
    boolean isText = layout.key().columns().get(0).type().isText();
    if (keys == KeyCodec.strings() && isText) {
      return List.of(ForeignChange.KeyText.TEXT);
    }
    if (keys == KeyCodec.longs() && !isText) {
      return List.of(ForeignChange.KeyText.NUMBER);
    }
    return keys == KeyCodec.uuids() ? List.of(ForeignChange.KeyText.UUID) : List.of();
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
    List<LayoutColumn> key = mapping.keyColumns().stream().map(this::column).toList();
    List<LayoutColumn> values = mapping.columns().stream().map(this::column).toList();
    String version = present(mapping.versionColumn());
    String updatedAt = present(mapping.updatedAtColumn());
    String updatedBy = present(mapping.updatedByColumn());
    if (version == null && updatedAt == null) {
      findings.add(
          "neither column "
              + mapping.versionColumn()
              + " nor column "
              + mapping.updatedAtColumn()
              + " is there to be the version; add one (BIGINT NOT NULL), or give the name of yours");
    } else if (version == null && mapping.scheme() == VersionScheme.COUNTER) {
      findings.add("there is no column " + mapping.versionColumn() + " to count in");
    }
    return new TableLayout(
        engine,
        schema,
        table,
        new KeyColumns(engine, null, key, keyIndex == null ? null : engine.quote(keyIndex)),
        version == null ? null : version(version),
        count(version),
        updatedAt == null ? null : time(updatedAt),
        updatedBy == null ? null : updatedBy(updatedBy),
        values,
        mapping.scheme() == VersionScheme.CLOCK);
  }

  /** A column, or null if it is not there and need not be. */
  private @Nullable String present(@Nullable String column) {
    boolean absent =
        column != null
            && mapping.isOptional(column)
            && catalog.pick("column", column, columns.keySet()) == null;
    return absent ? null : column;
  }

  private LayoutColumn column(Column<?, ?> column) {
    CatalogColumn described = described(column.name());
    if (described == null) {
      return new LayoutColumn(engine.quote(column.name()), ColumnBinding.BYTES); // never used
    }
    String refusal = column.type().refusal(described, engine);
    if (refusal != null) {
      findings.add("column " + described.name() + ", " + described.type() + ", " + refusal);
    }
    return new LayoutColumn(
        engine.quote(described.name()),
        column.type().binding(described, engine),
        described.identity());
  }

  private List<CatalogColumn> values() {
    return mapping.columns().stream()
        .map(column -> Objects.requireNonNull(described(column.name())))
        .toList();
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
      findings.add("column " + column + " is missing" + (isKey(column) ? mapping.keyHint() : ""));
      return null;
    }
    if (found.generated() || (found.identity() && !isKey(column))) {
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

  private boolean isKey(String column) {
    return mapping.keyColumns().stream().anyMatch(key -> key.name().equals(column));
  }

  private String version(String column) {
    CatalogColumn described = described(column);
    if (described != null) {
      checkVersion(described);
    }
    return quoted(column);
  }

  private void checkVersion(CatalogColumn column) {
    boolean decimal = column.type().equals("numeric") || column.type().equals("decimal");
    boolean counts =
        decimal
            ? Objects.equals(column.scale(), 0)
            : NARROW_VERSIONS.contains(column.type()) || column.type().equals("bigint");
    if (!counts) {
      findings.add(
          "column "
              + column.name()
              + " should be BIGINT or a NUMERIC without digits after the point, not "
              + column.type());
    } else if (mapping.scheme() == VersionScheme.CLOCK && isNarrow(column)) {
      findings.add(
          "column "
              + column.name()
              + " should be BIGINT for versions that follow the clock; "
              + column.type()
              + " takes versions(COUNTER)");
    }
    if (!mapping.nullVersionAsZero()) {
      requireNotNull(column, " or the mapping say nullVersionAsZero()");
    }
  }

  /** SQL that makes a number of 64 bits of the version's column. */
  private String count(@Nullable String version) {
    String read = mapping.nullVersionAsZero() ? "COALESCE(%s, 0)" : "%s";
    CatalogColumn column = version == null ? null : described(version);
    return column == null || column.scale() == null ? read : engine.asLong(read);
  }

  private static boolean isNarrow(CatalogColumn column) {
    Integer digits = column.type().equals("bigint") ? null : column.precision();
    return NARROW_VERSIONS.contains(column.type()) || (digits != null && digits < CLOCK_DIGITS);
  }

  private TimeColumn time(String column) {
    CatalogColumn described = described(column);
    if (described == null) {
      return TimeColumn.ofNumbers(quoted(column));
    }
    requireNotNull(described, "");
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

  private void requireNotNull(CatalogColumn column, String otherwise) {
    if (column.nullable()) {
      findings.add("column " + column.name() + " should be NOT NULL" + otherwise);
    }
  }

  // The key.

  private void checkKey() throws SQLException {
    Set<String> names = new LinkedHashSet<>();
    for (Column<?, ?> column : mapping.keyColumns()) {
      CatalogColumn key = described(column.name());
      if (key != null) {
        names.add(key.name());
        checkKeyColumn(key, column.type());
      }
    }
    keyIndex = catalog.uniqueIndex(schema, table, names);
    if (names.size() == mapping.keyColumns().size() && keyIndex == null) {
      String which = String.join(", ", names);
      findings.add(
          (names.size() == 1 ? "column " + which + " has" : "columns " + which + " have")
              + " no primary key or unique index of "
              + (names.size() == 1 ? "its" : "their")
              + " own that is whole, valid, and checked at once");
    }
  }

  private void checkKeyColumn(CatalogColumn key, ColumnType<?> type) {
    requireNotNull(key, "");
    if (!key.comparesExactly()) {
      findings.add(
          "column "
              + key.name()
              + " does not compare exactly as a key must ("
              + key.comparison()
              + ")");
    } else if (type.isText() && !key.isText() && !key.type().equals("enum")) {
      findings.add(
          "column "
              + key.name()
              + " should hold text for a key of text: several texts are one "
              + key.type());
    }
  }
}
