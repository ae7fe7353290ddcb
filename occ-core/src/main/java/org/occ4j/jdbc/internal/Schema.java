/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.util.Map;

/**
 * The library's own tables in one database, by the names that they have there. Names are always
 * written with the schema, so that a connection may have any other current one.
 */
public final class Schema {
  private final Engine engine;
  private final String name;
  private final Map<String, String> tables;
  private final String ddl;

  /**
   * The tables of a schema.
   *
   * @param name the schema, spelled as it is
   * @param tables the names of the tables, spelled as they are, under those without a prefix
   * @param ddl what makes them
   */
  Schema(Engine engine, String name, Map<String, String> tables, String ddl) {
    this.engine = engine;
    this.name = name;
    this.tables = Map.copyOf(tables);
    this.ddl = ddl;
  }

  /** The schema's name, spelled as it is. */
  public String name() {
    return name;
  }

  /** The name of a table, spelled as it is, without the schema. */
  public String tableName(String table) {
    String spelled = tables.get(table);
    if (spelled == null) {
      throw new IllegalArgumentException("no table of the library: " + table);
    }
    return spelled;
  }

  /** The quoted name of an own table, given without its prefix: {@code table("store")}. */
  public String table(String table) {
    return engine.quote(name) + "." + engine.quote(tableName(table));
  }

  /** The statements that make the tables, fit for a migration tool. */
  public String ddl() {
    return ddl;
  }
}
