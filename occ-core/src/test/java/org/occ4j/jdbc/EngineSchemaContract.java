/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.SchemaException;
import org.occ4j.jdbc.internal.Identifiers;
import org.occ4j.jdbc.internal.SchemaDdl;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** The DDL of an engine, its application, its check, and the database clock. */
abstract class EngineSchemaContract {
  private static final int NODES = 6;

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

  private OccDatabaseBuilder builder() {
    return OccDatabase.builder(database.dataSource());
  }

  private void create() {
    builder().createSchema().open().close();
  }

  @Test
  void open_withoutTables_saysInThreeLinesWhatIsMissingAndHowToMakeIt() {
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("table occ_store is missing")
        .hasMessageContaining("createSchema().open()")
        .hasMessageContaining(".sql")
        .satisfies(refusal -> assertThat(refusal.getMessage().lines()).hasSize(3));
  }

  @Test
  void open_afterCreateSchema_opensAndSaysWhichEngine() {
    try (OccDatabase opened = builder().createSchema().open()) {
      assertThat(opened.profile().family()).isEqualTo(family);
    }
  }

  @Test
  void createSchema_twice_keepsTheIncarnation() throws SQLException {
    create();
    String before = text("SELECT incarnation FROM occ_meta");
    create();
    assertThat(text("SELECT incarnation FROM occ_meta")).isEqualTo(before);
  }

  /** A migration tool may have run it, and so may a person, statement by statement. */
  @Test
  void ddl_appliedByHand_isWhatOpenAsksFor() throws SQLException {
    for (String prefix : List.of("occ_", "Acme_", "my-shop_")) {
      apply(builder().tablePrefix(prefix).ddl());
      smoke(builder().tablePrefix(prefix));
    }
  }

  @Test
  void open_missingColumn_isNamed() throws SQLException {
    create();
    database.execute("ALTER TABLE occ_store DROP COLUMN updated_by");
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("column occ_store.updated_by is missing. ");
  }

  @Test
  void open_mistypedColumn_isNamed() throws SQLException {
    create();
    database.execute(
        "ALTER TABLE occ_mutex DROP COLUMN token",
        "ALTER TABLE occ_mutex ADD COLUMN token VARCHAR(20)");
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("column occ_mutex.token should hold NUMBER. ");
  }

  @Test
  void ddl_ofAnEngineThatIsNotThere_isWhatItsDatabaseSays() throws SQLException {
    assertThat(OccDatabase.ddl(family, null, "occ_")).isEqualTo(builder().ddl());
    assertThat(OccDatabase.ddl(family, "acme", "my-shop_"))
        .isEqualTo(builder().schema("acme").tablePrefix("my-shop_").ddl());
    apply(OccDatabase.ddl(family, null, "acme_"));
    smoke(builder().tablePrefix("acme_"));
  }

  // The number of the schema.

  @Test
  void open_schemaOfANewerLibrary_isRefusedAndLeftAlone() throws SQLException {
    create();
    database.execute("UPDATE occ_meta SET schema_version = 99");
    for (OccDatabaseBuilder builder : List.of(builder(), builder().createSchema())) {
      assertThatThrownBy(builder::open)
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("schema 99")
          .hasMessageContaining("newer occ4j");
    }
    assertThat(text("SELECT schema_version FROM occ_meta")).isEqualTo("99");
  }

  @Test
  void open_numberThatNoLibraryWrote_isRefused() throws SQLException {
    create();
    database.execute("UPDATE occ_meta SET schema_version = -1");
    assertThatThrownBy(() -> builder().open())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("occ_meta")
        .hasMessageContaining("schema -1");
  }

  @Test
  void open_metaTableWithoutItsRow_isRefusedAndCompletedByCreateSchema() throws SQLException {
    create();
    database.execute("DELETE FROM occ_meta");
    assertThatThrownBy(() -> builder().open())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("occ_meta has no row");
    smoke(builder().createSchema());
  }

  @Test
  void open_tableOfSomebodyElseInOurName_isRefusedByItsColumns() throws SQLException {
    database.execute("CREATE TABLE occ_meta (id INTEGER PRIMARY KEY, remark VARCHAR(10))");
    assertThatThrownBy(() -> builder().createSchema().open())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("column occ_meta.schema_version is missing");
    assertThatThrownBy(() -> builder().open())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("column occ_meta.schema_version is missing");
  }

  // Several nodes at once, and nodes that died.

  @Test
  void createSchema_byManyNodesAtOnce_succeedsForAll() throws Exception {
    for (int round = 0; round < 3; round++) {
      String schema = "Many " + round;
      String prefix = "r" + round + "_";
      together(() -> builder().tablePrefix(prefix).createSchema());
      together(() -> builder().schema(schema).createSchema());
    }
  }

  private static void together(Supplier<OccDatabaseBuilder> node) throws Exception {
    ExecutorService nodes = Executors.newFixedThreadPool(NODES);
    try {
      List<Callable<Void>> starts = new ArrayList<>();
      for (int i = 0; i < NODES; i++) {
        starts.add(
            () -> {
              node.get().open().close();
              return null;
            });
      }
      for (Future<Void> start : nodes.invokeAll(starts)) {
        start.get();
      }
    } finally {
      nodes.shutdownNow();
    }
  }

  @Test
  void createSchema_whereANodeDiedInTheMiddle_completesIt() throws SQLException {
    SchemaDdl ddl = new SchemaDdl(EngineProfile.of(family, "this").dialects().engine(), "occ_");
    String schema;
    try (Connection connection = database.connect()) {
      schema =
          EngineProfile.probe(connection).dialects().engine().catalog(connection).path().get(0);
    }
    List<String> statements = ddl.statements(schema);
    List<String> backwards = new ArrayList<>();
    for (int done = 0; done < statements.size(); done++) {
      database.execute(statements.subList(0, done).toArray(String[]::new));
      smoke(builder().createSchema());
      ddl.tables().keySet().forEach(table -> backwards.add("DROP TABLE occ_" + table));
      database.execute(backwards.toArray(String[]::new));
      backwards.clear();
    }
  }

  // Names.

  @Test
  void otherPrefix_hasTablesOfItsOwn() throws SQLException {
    builder().tablePrefix("app_").createSchema().open().close();
    assertThat(text("SELECT COUNT(*) FROM app_store")).isEqualTo("0");
    assertThatThrownBy(() -> OccDatabase.open(database.dataSource()))
        .isInstanceOf(SchemaException.class);
  }

  @Test
  void schema_hasTheTables_andTheCurrentOneHasNone() throws SQLException {
    smoke(builder().schema(own("occ")).createSchema());
    smoke(builder().schema(own("occ")));
    assertThat(text("SELECT COUNT(*) FROM " + own("occ") + ".occ_store")).isNotEqualTo("0");
    assertThatThrownBy(() -> builder().open()).isInstanceOf(SchemaException.class);
  }

  @Test
  void open_schemaThatIsMissing_isNamed() {
    assertThatThrownBy(() -> builder().schema("nowhere").open())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("schema nowhere is missing");
  }

  /** Whatever an engine can hold is a name: each a prefix and a schema, with every statement. */
  @Test
  void names_ofAllKinds_workAsSchemaAndPrefix() throws SQLException {
    for (String name :
        List.of(
            "tenant-42",
            "a$b",
            "it's",
            "say \"x\"",
            "a`b",
            "näch ste",
            "数据",
            "select",
            "100%s",
            "{fn now()}",
            "{m}",
            "a.b",
            "$1",
            ":x",
            "--c",
            "/*c*/",
            "#c",
            "back\\slash",
            "what?")) {
      OccDatabaseBuilder builder = builder().schema(own(name)).tablePrefix(name);
      if (name.startsWith("{") && family == EngineProfile.Family.MARIADB) {
        assertThatThrownBy(builder.createSchema()::open)
            .isInstanceOf(SchemaException.class)
            .hasMessageContaining(name);
        continue;
      }
      try {
        smoke(builder.createSchema());
        smoke(builder);
      } catch (RuntimeException | AssertionError failure) {
        throw new AssertionError("the name " + name, failure);
      }
    }
  }

  @Test
  void prefix_asLongAsTheEngineTakes_worksAndALongerOneIsRefused() {
    int longest = family == EngineProfile.Family.MARIADB ? 64 : 63;
    String longestPrefix = "p".repeat(longest - "mutation".length());
    smoke(builder().tablePrefix(longestPrefix).createSchema());
    smoke(builder().tablePrefix(longestPrefix));
    if (family != EngineProfile.Family.H2) {
      String longer = longestPrefix + "p";
      assertThatThrownBy(() -> builder().tablePrefix(longer).createSchema().open())
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining(longer + "mutation");
    }
  }

  /** Of the length of a whole name, counted as the engine counts. */
  @Test
  void schema_tooLongForTheEngine_isRefusedAndNotCut() {
    String longer = "ä".repeat(family == EngineProfile.Family.MARIADB ? 65 : 32);
    if (family == EngineProfile.Family.H2) {
      longer = "ä".repeat(257);
    }
    String name = longer;
    assertThatThrownBy(() -> builder().schema(name).createSchema().open())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining(name);
  }

  /** A schema that no other test of this server uses, also where it is a database. */
  private String own(String schema) {
    return family == EngineProfile.Family.MARIADB && Identifiers.isPlain(schema)
        ? schema + "_" + Integer.toHexString(database.jdbcUrl().hashCode())
        : schema;
  }

  private void smoke(OccDatabaseBuilder builder) {
    try (OccDatabase opened = builder.open()) {
      Smoke.run(opened);
    }
  }

  // The clock.

  /** Whatever the session's time zone, also where an hour happens twice. */
  @Test
  void clock_doesNotDependOnTheSessionsTimeZone() throws SQLException {
    try (Connection connection = database.connect()) {
      String now = "SELECT " + EngineProfile.probe(connection).nowMicros();
      long before = Sql.number(connection, now);
      for (String zone : zones()) {
        execute(connection, zone);
        long after = Sql.number(connection, now);
        assertThat(after).isGreaterThanOrEqualTo(before).isLessThan(before + 600_000_000L);
      }
    }
  }

  /** Statements that set the session's time zone. */
  abstract String[] zones();

  private void apply(String script) throws SQLException {
    for (String statement : script.replaceAll("(?m)^--.*$", "").split(";\\s*(\\n|$)", -1)) {
      if (!statement.isBlank()) {
        database.execute(statement);
      }
    }
  }

  private String text(String query) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.text(connection, query);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
