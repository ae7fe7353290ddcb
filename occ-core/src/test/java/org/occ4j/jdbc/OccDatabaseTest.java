/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
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
  void open_withoutTables_saysInThreeLinesWhatIsMissingAndHowToMakeItAndMakesNothing()
      throws SQLException {
    assertThatThrownBy(() -> OccDatabase.open(dataSource))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("table occ_store is missing")
        .hasMessageContaining("createSchema().open()")
        .hasMessageContaining("META-INF/occ4j-schema/h2.sql")
        .satisfies(refusal -> assertThat(refusal.getMessage().lines()).hasSize(3));
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
    OccDatabase.builder(dataSource).createSchema().open().close();
    String before = incarnation();
    OccDatabase.builder(dataSource).createSchema().open().close();
    assertThat(incarnation()).isEqualTo(before);
  }

  /** In a Galera cluster the DDL of another node ends what reads of the catalog. */
  @Test
  void open_anyStatementIsEndedByAnotherNodesDdl_isBegunAnew() {
    FaultyDataSource faulty = new FaultyDataSource(dataSource);
    boolean reached = true;
    for (int nth = 1; reached; nth++) {
      faulty.failAt(nth, new SQLException("Deadlock found", "40001", 1213));
      OccDatabase.builder(faulty).createSchema().open().close();
      reached = !faulty.isDue();
    }
    assertThat(faulty.lastCall()).isEqualTo("prepareStatement");
    assertThat(faulty.open()).isZero();
  }

  @Test
  void open_endlesslyEnded_isUnavailable() {
    FaultyDataSource faulty = new FaultyDataSource(dataSource);
    SQLException ended = new SQLException("Deadlock found", "40001", 1213);
    for (int i = 0; i < 100; i++) {
      faulty.failBefore("getConnection", ended);
    }
    assertThatThrownBy(() -> OccDatabase.open(faulty))
        .isInstanceOf(StoreUnavailableException.class)
        .hasCause(ended);
  }

  @Test
  void open_missingColumn_isNamed() throws SQLException {
    OccDatabase.builder(dataSource).createSchema().open().close();
    execute("ALTER TABLE occ_store DROP COLUMN updated_by");
    assertThatThrownBy(() -> OccDatabase.open(dataSource))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("column occ_store.updated_by is missing. ");
  }

  @Test
  void open_mistypedColumn_isNamed() throws SQLException {
    OccDatabase.builder(dataSource).createSchema().open().close();
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

  /** The settings are gathered, whatever their order; opening acts. */
  @Test
  void createSchema_beforeThePrefixIsSet_makesTablesOfThatPrefixOnceItIsOpened()
      throws SQLException {
    OccDatabaseBuilder builder = OccDatabase.builder(dataSource).createSchema().tablePrefix("cc_");
    assertThat(hasTable("OCC_STORE")).isFalse();
    assertThat(hasTable("CC_STORE")).isFalse();
    builder.open().close();
    assertThat(hasTable("OCC_STORE")).isFalse();
    assertThat(hasTable("CC_STORE")).isTrue();
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

  /** Nobody knows what its statements do, so it is refused, whatever tables it has. */
  @Test
  void open_engineThatIsNotKnown_isRefusedByNameAndMakesNothing() throws SQLException {
    DataSource unknown = callingItself("Newcomer");
    assertThatThrownBy(() -> OccDatabase.builder(unknown).createSchema().open())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("the engine Newcomer")
        .hasMessageContaining("profile(");
    assertThat(hasTable("OCC_STORE")).isFalse();
    OccDatabase.builder(dataSource).createSchema().open().close();
    assertThatThrownBy(() -> OccDatabase.builder(unknown).checkSchema(false).open())
        .isInstanceOf(SchemaException.class);
  }

  @Test
  void open_engineThatIsNotKnownWithTheProfileOfAKnownOne_worksAsThatOne() {
    EngineProfile like = EngineProfile.of(EngineProfile.Family.H2, "like H2");
    try (OccDatabase database =
        OccDatabase.builder(callingItself("Newcomer")).profile(like).createSchema().open()) {
      var store = database.store("test", KeyCodec.strings(), Codec.strings());
      var state = store.put("a", "v", Expected.absent()).orThrow();
      assertThat(store.get("a")).contains(state);
      assertThat(database.profile()).isEqualTo(like);
    }
  }

  @Test
  void open_profileWithoutStatements_isRefused() {
    for (EngineProfile.Family family :
        List.of(EngineProfile.Family.MYSQL, EngineProfile.Family.UNKNOWN)) {
      EngineProfile profile = EngineProfile.of(family, "one of " + family);
      assertThatThrownBy(
              () -> OccDatabase.builder(dataSource).profile(profile).createSchema().open())
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("one of " + family);
    }
  }

  /** The same database under another product name. */
  private DataSource callingItself(String product) {
    return answering(
        DataSource.class,
        dataSource,
        "getConnection",
        connection ->
            answering(
                Connection.class,
                (Connection) connection,
                "getMetaData",
                metaData ->
                    answering(
                        DatabaseMetaData.class,
                        (DatabaseMetaData) metaData,
                        "getDatabaseProductName",
                        name -> product)));
  }

  private static <T> T answering(
      Class<T> type, T real, String method, UnaryOperator<Object> answer) {
    return type.cast(
        Proxy.newProxyInstance(
            OccDatabaseTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> {
              Object result = called.invoke(real, arguments);
              return called.getName().equals(method) ? answer.apply(result) : result;
            }));
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
