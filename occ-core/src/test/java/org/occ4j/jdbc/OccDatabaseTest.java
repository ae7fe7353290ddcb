/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;

class OccDatabaseTest {

  private final JdbcDataSource dataSource = new JdbcDataSource();
  private Connection keepsDatabaseAlive;

  @BeforeEach
  void openEmptyDatabase() throws SQLException {
    dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID());
    keepsDatabaseAlive = dataSource.getConnection();
  }

  @AfterEach
  void dropDatabase() throws SQLException {
    keepsDatabaseAlive.close();
  }

  @Test
  void open_withoutTables_namesThemAndPrintsTheDdlAndMakesNothing() throws SQLException {
    assertThatThrownBy(() -> OccDatabase.open(dataSource))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("table occ_store is missing")
        .hasMessageContaining("CREATE TABLE IF NOT EXISTS occ_mutation");
    assertThat(hasTable("OCC_STORE")).isFalse();
  }

  @Test
  void open_afterCreateSchema_opensAndSaysWhichEngine() {
    try (OccDatabase database = OccDatabase.builder(dataSource).createSchema().open()) {
      assertThat(database.profile().family()).isEqualTo(EngineProfile.Family.H2);
    }
  }

  @Test
  void createSchema_twice_keepsWhatIsThere() throws SQLException {
    OccDatabase.builder(dataSource).createSchema();
    String before = incarnation();
    OccDatabase.builder(dataSource).createSchema();
    assertThat(incarnation()).isEqualTo(before);
  }

  @Test
  void open_missingColumn_isNamed() throws SQLException {
    OccDatabase.builder(dataSource).createSchema();
    execute("ALTER TABLE occ_store DROP COLUMN updated_by");
    assertThatThrownBy(() -> OccDatabase.open(dataSource))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("column occ_store.updated_by is missing. ");
  }

  @Test
  void open_mistypedColumn_isNamed() throws SQLException {
    OccDatabase.builder(dataSource).createSchema();
    execute("ALTER TABLE occ_mutex ALTER COLUMN token VARCHAR(20)");
    assertThatThrownBy(() -> OccDatabase.open(dataSource))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("column occ_mutex.token should hold NUMBER. ");
  }

  @Test
  void open_schemaCheckOff_asksNothingOfTheTables() {
    assertThatCode(() -> OccDatabase.builder(dataSource).checkSchema(false).open().close())
        .doesNotThrowAnyException();
  }

  @Test
  void tablePrefix_isUsedInTheDdl() {
    assertThat(OccDatabase.builder(dataSource).tablePrefix("app_").ddl())
        .contains("EXISTS app_store (")
        .contains("INDEX IF NOT EXISTS app_mutation_purge ON app_mutation (")
        .doesNotContain("occ_");
  }

  @Test
  void tablePrefix_withSqlInIt_isRefused() {
    assertThatThrownBy(() -> OccDatabase.builder(dataSource).tablePrefix("x; DROP TABLE y"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x; DROP TABLE y");
  }

  @Test
  void open_databaseThatDoesNotAnswer_isUnavailable() {
    JdbcDataSource nowhere = new JdbcDataSource();
    nowhere.setURL("jdbc:h2:tcp://127.0.0.1:1/nowhere");
    assertThatThrownBy(() -> OccDatabase.open(nowhere))
        .isInstanceOf(StoreUnavailableException.class)
        .hasCauseInstanceOf(SQLException.class);
  }

  @Test
  void own_afterClose_closesThePartAndRefuses() {
    OccDatabase database = OccDatabase.builder(dataSource).createSchema().open();
    boolean[] closed = {false};
    database.close();
    database.close();
    assertThatThrownBy(() -> database.own(() -> closed[0] = true))
        .isInstanceOf(IllegalStateException.class);
    assertThat(closed[0]).isTrue();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = keepsDatabaseAlive.createStatement()) {
      statement.execute(sql);
    }
  }

  private boolean hasTable(String name) throws SQLException {
    try (var tables = keepsDatabaseAlive.getMetaData().getTables(null, null, name, null)) {
      return tables.next();
    }
  }

  private String incarnation() throws SQLException {
    try (Statement statement = keepsDatabaseAlive.createStatement();
        var row = statement.executeQuery("SELECT incarnation FROM occ_meta")) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }
}
