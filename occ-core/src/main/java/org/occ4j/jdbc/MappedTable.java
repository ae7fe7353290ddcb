/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.occ4j.SchemaException;
import org.occ4j.jdbc.TableShape.ShapeColumn;

/**
 * A table of the application as the database describes it, compared with the mapping onto it. All
 * findings are gathered, so that one look mends them all.
 */
final class MappedTable {
  private static final long MICROS_PER_SECOND = 1_000_000;

  /** A timestamp of fewer digits cannot tell two writes apart. */
  private static final int LEAST_DIGITS = 3;

  /** A column as the database describes it. */
  private record Described(
      String name,
      String type,
      @Nullable Integer digits,
      @Nullable String collation,
      boolean nullable) {}

  private final EngineProfile engine;
  private final TableMapping<?, ?> mapping;
  private final String schema;
  private final String table;
  private final Map<String, Described> columns = new LinkedHashMap<>();
  private final List<String> findings = new ArrayList<>();

  private MappedTable(
      EngineProfile engine, TableMapping<?, ?> mapping, String schema, String table) {
    this.engine = engine;
    this.mapping = mapping;
    this.schema = schema;
    this.table = table;
  }

  /**
   * The shape of a mapped table.
   *
   * @throws SchemaException naming everything that does not fit
   */
  static TableShape shape(Connection connection, EngineProfile engine, TableMapping<?, ?> mapping)
      throws SQLException {
    MappedTable described = find(connection, engine, mapping);
    described.readColumns(connection);
    described.checkKey(connection);
    TableShape shape = described.shape();
    if (!described.findings.isEmpty()) {
      throw new SchemaException(
          "the mapping of " + mapping.table() + ": " + String.join("; ", described.findings), null);
    }
    return shape;
  }

  private static MappedTable find(
      Connection connection, EngineProfile engine, TableMapping<?, ?> mapping) throws SQLException {
    String ours =
        switch (engine.family()) {
          case MARIADB, MYSQL -> "DATABASE()";
          case POSTGRESQL -> "current_schema()";
          default -> "CURRENT_SCHEMA";
        };
    String sql =
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES"
            + " WHERE LOWER(TABLE_NAME) = ? AND LOWER(TABLE_SCHEMA) = "
            + (mapping.schema() == null ? "LOWER(" + ours + ")" : "?");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, mapping.table().toLowerCase(Locale.ROOT));
      if (mapping.schema() != null) {
        statement.setString(2, mapping.schema().toLowerCase(Locale.ROOT));
      }
      List<MappedTable> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(new MappedTable(engine, mapping, row.getString(1), row.getString(2)));
        }
      }
      return oneOf(found, mapping);
    }
  }

  private static MappedTable oneOf(List<MappedTable> found, TableMapping<?, ?> mapping) {
    if (found.isEmpty()) {
      throw new SchemaException("table " + mapping.table() + " is missing", null);
    }
    return found.stream()
        .filter(one -> one.table.equals(mapping.table()))
        .findFirst()
        .orElseGet(
            () -> {
              if (found.size() > 1) {
                throw new SchemaException(
                    "table " + mapping.table() + " is there in several spellings", null);
              }
              return found.get(0);
            });
  }

  private void readColumns(Connection connection) throws SQLException {
    String sql =
        "SELECT COLUMN_NAME, DATA_TYPE, DATETIME_PRECISION, COLLATION_NAME, IS_NULLABLE"
            + " FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, table);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          int digits = row.getInt(3);
          Integer precision = row.wasNull() ? null : digits;
          String name = row.getString(1);
          columns.put(
              name.toLowerCase(Locale.ROOT),
              new Described(
                  name,
                  row.getString(2).toLowerCase(Locale.ROOT),
                  precision,
                  row.getString(4),
                  row.getString(5).equalsIgnoreCase("YES")));
        }
      }
    }
  }

  // The shape.

  private TableShape shape() {
    ShapeColumn key = new ShapeColumn(quoted(mapping.key().name()), mapping.key().type());
    List<ShapeColumn> values =
        mapping.columns().stream()
            .map(column -> new ShapeColumn(quoted(column.name()), column.type()))
            .toList();
    String updatedBy = mapping.updatedByColumn();
    return new TableShape(
        engine,
        engine.quote(schema) + "." + engine.quote(table),
        null,
        key,
        version(),
        time(),
        updatedBy == null ? null : quoted(updatedBy),
        values,
        mapping.scheme());
  }

  private String quoted(String column) {
    Described described = described(column);
    return engine.quote(described == null ? column : described.name());
  }

  private @Nullable Described described(String column) {
    Described described = columns.get(column.toLowerCase(Locale.ROOT));
    if (described == null) {
      String finding = "column " + column + " is missing";
      if (!findings.contains(finding)) {
        findings.add(finding);
      }
    }
    return described;
  }

  private @Nullable String version() {
    String column = mapping.versionColumn();
    if (column == null) {
      return null;
    }
    Described described = described(column);
    if (described != null) {
      checkVersion(described);
    }
    return quoted(column);
  }

  private void checkVersion(Described column) {
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
    Described described = described(column);
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

  private TimeColumn time(Described column, long tick) {
    String name = engine.quote(column.name());
    boolean zoned = column.type().equals("timestamp with time zone");
    boolean plain = column.type().startsWith("timestamp") && !zoned;
    switch (engine.family()) {
      case MARIADB, MYSQL -> {
        if (column.type().equals("datetime")) {
          return new TimeColumn(
              name,
              "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', %s)",
              "TIMESTAMPADD(MICROSECOND, %s, TIMESTAMP'1970-01-01 00:00:00')",
              tick);
        }
      }
      case POSTGRESQL -> {
        if (zoned || plain) {
          String epoch = (zoned ? "TIMESTAMPTZ" : "TIMESTAMP") + " 'epoch'";
          return new TimeColumn(
              name,
              "CAST(EXTRACT(EPOCH FROM %s) * 1000000 AS BIGINT)",
              "(" + epoch + " + (%s) * INTERVAL '1 microsecond')",
              tick);
        }
      }
      default -> {
        if (zoned || plain) {
          String epoch =
              zoned
                  ? "TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00'"
                  : "TIMESTAMP '1970-01-01 00:00:00'";
          return new TimeColumn(
              name,
              "CAST(EXTRACT(EPOCH FROM %s) * 1000000 AS BIGINT)",
              "DATEADD(MICROSECOND, %s, " + epoch + ")",
              tick);
        }
      }
    }
    findings.add("column " + column.name() + " cannot hold a time of writes: " + column.type());
    return TimeColumn.ofNumbers(name);
  }

  private void requireNotNull(Described column) {
    if (column.nullable()) {
      findings.add("column " + column.name() + " should be NOT NULL");
    }
  }

  // The key.

  private void checkKey(Connection connection) throws SQLException {
    Described key = described(mapping.key().name());
    if (key == null) {
      return;
    }
    if (!comparesExactly(key)) {
      findings.add(
          "column "
              + key.name()
              + " does not compare exactly as a key must ("
              + key.type()
              + (key.collation() == null ? "" : ", " + key.collation())
              + ")");
    }
    if (!isUnique(connection, key.name())) {
      findings.add("column " + key.name() + " has no primary key or unique index of its own");
    }
  }

  private boolean comparesExactly(Described key) {
    return switch (key.type()) {
      case "char", "character", "bpchar", "varchar_ignorecase" -> false;
      case "varchar", "text", "mediumtext", "longtext", "tinytext" ->
          engine.family() != EngineProfile.Family.MARIADB
              || Objects.requireNonNullElse(key.collation(), "").endsWith("_nopad_bin");
      default -> true;
    };
  }

  /** Whether some unique index, whole and not partial, has the column and no other. */
  private boolean isUnique(Connection connection, String key) throws SQLException {
    DatabaseMetaData metaData = connection.getMetaData();
    boolean catalogs = engine.family() == EngineProfile.Family.MARIADB;
    Map<String, TreeSet<String>> indexes = new LinkedHashMap<>();
    try (ResultSet row =
        metaData.getIndexInfo(
            catalogs ? schema : connection.getCatalog(),
            catalogs ? null : schema,
            table,
            true,
            true)) {
      while (row.next()) {
        String index = row.getString("INDEX_NAME");
        String column = row.getString("COLUMN_NAME");
        if (index != null && column != null && row.getString("FILTER_CONDITION") == null) {
          indexes.computeIfAbsent(index, name -> new TreeSet<>()).add(column);
        }
      }
    }
    return indexes.values().stream()
        .anyMatch(of -> of.size() == 1 && of.first().equalsIgnoreCase(key));
  }
}
