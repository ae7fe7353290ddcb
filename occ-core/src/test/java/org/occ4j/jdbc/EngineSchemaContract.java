/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.SchemaException;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** The DDL of an engine, its application, its check, and the database clock. */
abstract class EngineSchemaContract {
  private final Engine engine;
  private final EngineProfile.Family family;
  private TestDatabase database;

  EngineSchemaContract(Engine engine, EngineProfile.Family family) {
    this.engine = engine;
    this.family = family;
  }

  @BeforeEach
  void openEmptyDatabase() {
    database = engine.server().newDatabase();
  }

  @Test
  void open_withoutTables_namesThemAndPrintsTheDdl() {
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("table occ_store is missing")
        .hasMessageContaining("CREATE TABLE IF NOT EXISTS occ_mutation");
  }

  @Test
  void open_afterCreateSchema_opensAndSaysWhichEngine() {
    try (OccDatabase opened = OccDatabase.builder(database.dataSource()).createSchema().open()) {
      assertThat(opened.profile().family()).isEqualTo(family);
    }
  }

  @Test
  void createSchema_twice_keepsTheIncarnation() throws SQLException {
    OccDatabase.builder(database.dataSource()).createSchema();
    String before = text("SELECT incarnation FROM occ_meta");
    OccDatabase.builder(database.dataSource()).createSchema();
    assertThat(text("SELECT incarnation FROM occ_meta")).isEqualTo(before);
  }

  @Test
  void open_missingColumn_isNamed() throws SQLException {
    OccDatabase.builder(database.dataSource()).createSchema();
    database.execute("ALTER TABLE occ_store DROP COLUMN updated_by");
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("column occ_store.updated_by is missing. ");
  }

  @Test
  void open_mistypedColumn_isNamed() throws SQLException {
    OccDatabase.builder(database.dataSource()).createSchema();
    database.execute(
        "ALTER TABLE occ_mutex DROP COLUMN token",
        "ALTER TABLE occ_mutex ADD COLUMN token VARCHAR(20)");
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("column occ_mutex.token should hold NUMBER. ");
  }

  @Test
  void otherPrefix_hasTablesOfItsOwn() throws SQLException {
    OccDatabase.builder(database.dataSource()).tablePrefix("app_").createSchema().open().close();
    assertThat(text("SELECT COUNT(*) FROM app_store")).isEqualTo("0");
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class);
  }

  /** Whatever the session's time zone, also where an hour happens twice. */
  @Test
  void clock_doesNotDependOnTheSessionsTimeZone() throws SQLException {
    try (Connection connection = database.connect()) {
      String now = "SELECT " + EngineProfile.probe(connection).nowMicros();
      long before = number(connection, now);
      for (String zone : zones()) {
        execute(connection, zone);
        long after = number(connection, now);
        assertThat(after).isGreaterThanOrEqualTo(before).isLessThan(before + 600_000_000L);
      }
    }
  }

  /** Statements that set the session's time zone. */
  abstract String[] zones();

  private String text(String query) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  private static long number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getLong(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
