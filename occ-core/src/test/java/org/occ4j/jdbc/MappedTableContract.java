/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OccException;
import org.occ4j.SchemaException;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.Commit;
import org.occ4j.store.Scan;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.NearlyRight;
import org.occ4j.testkit.TestDatabase;

/**
 * What is looked at when a table of the application becomes a store: which table it is, and whether
 * it can keep what is promised. It is accepted and right, or refused by name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MappedTableContract {
  private static final List<String> NAMES =
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
          "{m}",
          "a.b",
          "$1",
          ":x",
          "--c",
          "/*c*/",
          "#c",
          "back\\slash",
          "end\\",
          "what?",
          "$$",
          "MiXed");

  private final Engine engine;
  private final String timestamp;
  TestDatabase database;
  OccDatabase node;

  MappedTableContract(Engine engine, String timestamp) {
    this.engine = engine;
    this.timestamp = timestamp;
  }

  @BeforeAll
  void openDatabase() {
    database = engine.server().newDatabase();
    node = OccDatabase.builder(database.dataSource()).createSchema().open();
  }

  @AfterAll
  void closeDatabase() {
    node.close();
  }

  final String quote(String name) {
    return node.context().engine().quote(name);
  }

  /** A mapping of a text under a key of text, by a version alone. */
  static TableMapping<String, String> keyed(TableMapping.Builder<String, String> table) {
    Column<String, String> title = new Column<>("title", ColumnType.text(), value -> value);
    return table
        .key("id", KeyCodec.strings(), ColumnType.text())
        .version("version")
        .columns(List.of(title))
        .reading((key, row) -> row.require(title));
  }

  final TableMapping<Long, String> numbered(String schema, String table) {
    return numbered(TableMapping.<Long, String>of(table).schema(schema), "");
  }

  static TableMapping<Long, String> numbered(
      TableMapping.Builder<Long, String> table, String suffix) {
    Column<String, String> title =
        new Column<>("title" + suffix, ColumnType.text(), value -> value);
    return table
        .key("id" + suffix, KeyCodec.longs(), ColumnType.longs())
        .version("version" + suffix)
        .updatedAt("at" + suffix)
        .columns(List.of(title))
        .reading((key, row) -> row.require(title));
  }

  final void numberedTable(String name, String suffix) throws SQLException {
    database.execute(
        "CREATE TABLE "
            + name
            + (" (" + quote("id" + suffix) + " BIGINT PRIMARY KEY, ")
            + (quote("version" + suffix) + " BIGINT NOT NULL, ")
            + (quote("at" + suffix) + " " + timestamp + "(6) NOT NULL, ")
            + (quote("title" + suffix) + " VARCHAR(100))"));
  }

  static Versioned<String> smoke(JdbcVersionedStore<Long, String> store) {
    Versioned<String> first = store.put(1L, "a", Expected.absent()).orThrow();
    assertThat(store.get(1L)).contains(first);
    Expected then = Expected.version(first.version());
    Versioned<String> next = store.put(1L, "b", then).orThrow();
    assertThat(store.put(1L, "c", then).isApplied()).isFalse();
    assertThat(store.put(1L, "c", Expected.absent()).isApplied()).isFalse();
    assertThat(store.scan(Scan.all(10)).entries()).hasSize(1);
    assertThat(store.delete(1L, Expected.version(next.version())).isApplied()).isTrue();
    return store.put(1L, "a", Expected.any()).orThrow();
  }

  /** A mutation that is too late is told the state that is there; the second one has carried it. */
  private void conflictOf(JdbcVersionedStore<Long, String> store, Versioned<String> there)
      throws InterruptedException {
    JdbcMutationPipeline<Long, String> pipeline = node.pipeline(store, Codec.strings()).build();
    for (int i = 0; i < 2; i++) {
      MutationId id = new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
      Expected late = Expected.version(there.version() - 1);
      assertThat(pipeline.apply(Mutation.of(id, 1L, late, Edit.set("late")).build()))
          .isInstanceOfSatisfying(
              MutationResult.Conflicted.class,
              conflict -> assertThat(conflict.current()).isEqualTo(there));
    }
  }

  final String text(String query) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.text(connection, query);
    }
  }

  final void assertRefused(TableMapping<?, ?> mapping, String... words) {
    assertThatThrownBy(() -> node.store(mapping))
        .isInstanceOf(SchemaException.class)
        .satisfies(
            refusal ->
                assertThat(words)
                    .allSatisfy(
                        word -> assertThat(refusal.getMessage()).containsIgnoringCase(word)));
  }

  /** A schema name that nothing else on this server has, where schemas are databases. */
  static String unique(String name) {
    return name + UUID.randomUUID().toString().substring(0, 8);
  }

  // Names.

  @Test
  void schemasThatDifferInCase_eachHasItsRows() throws SQLException {
    String one = unique("aPp");
    String other = "ApP" + one.substring(3);
    for (String schema : List.of(one, other)) {
      database.execute("CREATE SCHEMA " + quote(schema));
      numberedTable(quote(schema) + "." + quote("task"), "");
    }
    for (String schema : List.of(one, other)) {
      node.store(numbered(schema, "task")).put(1L, schema, Expected.absent()).orThrow();
    }
    for (String schema : List.of(one, other)) {
      assertThat(text("SELECT " + quote("title") + " FROM " + quote(schema) + "." + quote("task")))
          .isEqualTo(schema);
      assertThat(node.store(numbered(schema, "task")).get(1L).orElseThrow().value())
          .isEqualTo(schema);
    }
    assertRefused(numbered("apP" + one.substring(3), "task"), "several spellings", one, other);
  }

  @Test
  void tablesThatDifferInCase_areToldApart_andAThirdSpellingIsRefused() throws SQLException {
    numberedTable(quote("aBc"), "");
    numberedTable(quote("AbC"), "");
    node.store(numbered(TableMapping.of("aBc"), "")).put(1L, "x", Expected.absent()).orThrow();
    assertThat(node.store(numbered(TableMapping.of("AbC"), "")).get(1L)).isEmpty();
    assertRefused(numbered(TableMapping.of("abC"), ""), "several spellings", "aBc", "AbC");
  }

  /** The schema that was named decides, though another one that is written alike has the table. */
  @Test
  void tableThatOnlyAnotherSchemaHas_isMissing() throws SQLException {
    String one = unique("own");
    database.execute("CREATE SCHEMA " + quote(one), "CREATE SCHEMA " + quote(one + "x"));
    numberedTable(quote(one + "x") + "." + quote("task"), "");
    assertRefused(numbered(one, "task"), "table task is missing");
    assertRefused(numbered(one + "y", "task"), "schema " + one + "y is missing");
  }

  /** In JDBC's patterns an underscore would be any character, and so would be a percent sign. */
  @Test
  void namesWithPatternCharacters_areTakenAsTheyAre() throws SQLException {
    numberedTable(quote("a_b"), "");
    database.execute("CREATE TABLE " + quote("axb") + " (version VARCHAR(9))");
    database.execute("CREATE TABLE " + quote("a%") + " (version VARCHAR(9))");
    smoke(node.store(numbered(TableMapping.of("a_b"), "")));
  }

  @Test
  void names_ofAllKinds_workForSchemaTableAndColumns() throws Exception {
    for (String name : NAMES) {
      if ((name.startsWith("{") || name.endsWith("\\"))
          && node.profile().family() == EngineProfile.Family.MARIADB) {
        assertRefused(numbered(TableMapping.of(name), ""), name);
        continue;
      }
      try {
        String unquoted = unique(name);
        String schema = quote(unquoted);
        database.execute("CREATE SCHEMA " + schema);
        numberedTable(schema + "." + quote(name), name);
        JdbcVersionedStore<Long, String> store =
            node.store(numbered(TableMapping.<Long, String>of(name).schema(unquoted), name));
        conflictOf(store, smoke(store));
        List<String> triggers =
            node.foreignWriteTriggers(
                numbered(TableMapping.<Long, String>of(name).schema(unquoted), name));
        database.execute(triggers.toArray(String[]::new));
        long before = store.get(1L).orElseThrow().version();
        database.execute(
            "UPDATE " + schema + "." + quote(name) + " SET " + quote("title" + name) + " = 'z'");
        assertThat(store.get(1L).orElseThrow().version()).isGreaterThan(before);
      } catch (RuntimeException | AssertionError | SQLException failure) {
        throw new AssertionError("the name " + name, failure);
      }
    }
  }

  /** Whatever the server takes as a name either works or is refused by that name. */
  @Test
  void names_nearlyRight_workOrAreRefusedByName() throws Exception {
    NearlyRight draw = new NearlyRight("names");
    for (int i = 0; i < NearlyRight.rounds(40); i++) {
      String name = draw.text(NAMES);
      boolean isThere = madeTable(name);
      try {
        TableMapping<Long, String> mapping = numbered(TableMapping.of(name), name);
        JdbcVersionedStore<Long, String> store = node.store(mapping);
        assertThat(isThere).isTrue();
        conflictOf(store, smoke(store));
        database.execute("DROP TABLE " + quote(name));
      } catch (SchemaException | IllegalArgumentException refused) {
        assertThat(name.isEmpty() || refused.getMessage().contains(name)).isTrue();
      } catch (RuntimeException | AssertionError | SQLException failure) {
        throw new AssertionError("the name " + name, failure);
      }
    }
  }

  private boolean madeTable(String name) {
    try {
      numberedTable(quote(name), name);
      return true;
    } catch (SQLException | RuntimeException refused) {
      return false;
    }
  }

  // Foreign writes.

  @Test
  void foreignWriteTrigger_ofTwoTablesOfOneName_workBesideEachOther() throws SQLException {
    String crm = unique("crm");
    String billing = unique("billing");
    String longest = "t".repeat(60);
    for (String schema : List.of(crm, billing)) {
      database.execute("CREATE SCHEMA " + quote(schema));
      for (String table : List.of("task", longest + "_1", longest + "_2")) {
        numberedTable(quote(schema) + "." + quote(table), "");
      }
    }
    for (int round = 0; round < 2; round++) {
      for (String schema : List.of(crm, billing)) {
        for (String table : List.of("task", longest + "_1", longest + "_2")) {
          database.execute(
              node.foreignWriteTriggers(numbered(schema, table)).toArray(String[]::new));
        }
      }
    }
    for (String schema : List.of(crm, billing)) {
      for (String table : List.of("task", longest + "_1", longest + "_2")) {
        JdbcVersionedStore<Long, String> store = node.store(numbered(schema, table));
        long before = store.put(1L, "a", Expected.absent()).orThrow().version();
        database.execute(
            "UPDATE " + quote(schema) + "." + quote(table) + " SET " + quote("title") + " = 'b'");
        assertThat(store.get(1L).orElseThrow().version()).isGreaterThan(before);
      }
    }
  }

  // What cannot serve.

  @Test
  void view_isRefused() throws SQLException {
    numberedTable("seen", "");
    database.execute("CREATE VIEW seen_through AS SELECT * FROM seen");
    assertRefused(numbered(TableMapping.of("seen_through"), ""), "view");
  }

  @Test
  void keyOfSeveralColumns_orNullable_isRefused() throws SQLException {
    database.execute(
        "CREATE TABLE pair (id VARCHAR(9) NOT NULL, part INTEGER NOT NULL,"
            + " version BIGINT NOT NULL, title VARCHAR(9), PRIMARY KEY (id, part))",
        "CREATE TABLE loose (id BIGINT UNIQUE, version BIGINT NOT NULL, at "
            + timestamp
            + "(6) NOT NULL, title VARCHAR(9))");
    assertRefused(keyed(TableMapping.of("pair")), "id has no primary key or unique index");
    assertRefused(numbered(TableMapping.of("loose"), ""), "column id should be NOT NULL");
  }

  /** "007" would come back as "7", and what others write need not be a number. */
  @Test
  void textOverNumbers_andNumbersOverText_areRefused() throws SQLException {
    for (String number : List.of("INTEGER", "BIGINT", "NUMERIC(9, 2)", "DOUBLE PRECISION")) {
      database.execute(
          "CREATE TABLE count_of (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, at "
              + (timestamp + "(6) NOT NULL, title " + number + ")"));
      assertRefused(numbered(TableMapping.of("count_of"), ""), "title", "makes numbers of texts");
      database.execute("DROP TABLE count_of");
    }
    numberedTable("text_of", "");
    Column<Integer, Integer> count = new Column<>("title", ColumnType.integers(), value -> value);
    assertRefused(
        TableMapping.<Long, Integer>of("text_of")
            .key("id", KeyCodec.longs(), ColumnType.longs())
            .version("version")
            .columns(List.of(count))
            .reading((key, row) -> row.require(count)),
        "title",
        "keeps texts that are no numbers");
  }

  /** Types of columns in which several texts are one, or have a shape that texts need not have. */
  abstract List<String> typesThatAreNoText();

  @Test
  void textKeyOverAnotherType_isRefused() throws SQLException {
    for (String type : typesThatAreNoText()) {
      database.execute(
          "CREATE TABLE odd_key (id "
              + (type + " PRIMARY KEY, version BIGINT NOT NULL, title VARCHAR(9))"));
      assertRefused(keyed(TableMapping.of("odd_key")), "odd_key", "column id");
      database.execute("DROP TABLE odd_key");
    }
  }

  /** It is no refusal of anybody's data: nothing was written. */
  @Test
  void contentThatTheTypeCannotHold_isAnUnreadableRow() throws SQLException {
    database.execute(
        "CREATE TABLE big (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, title INTEGER NOT NULL)",
        "INSERT INTO big VALUES (1, 1, 70000)");
    Column<Short, Short> count = new Column<>("title", ColumnType.shorts(), value -> value);
    JdbcVersionedStore<Long, Short> store =
        node.store(
            TableMapping.<Long, Short>of("big")
                .key("id", KeyCodec.longs(), ColumnType.longs())
                .version("version")
                .columns(List.of(count))
                .reading((key, row) -> row.require(count)));
    assertThatThrownBy(() -> store.get(1L)).isInstanceOf(CodecException.class);
    assertThatThrownBy(() -> store.scan(Scan.all(10))).isInstanceOf(CodecException.class);
  }

  @Test
  void generatedColumn_isRefused() throws SQLException {
    database.execute(
        "CREATE TABLE made (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, at "
            + timestamp
            + "(6) NOT NULL, other VARCHAR(9), title VARCHAR(9) GENERATED ALWAYS AS (other)"
            + (node.profile().family() == EngineProfile.Family.H2 ? ")" : " STORED)"));
    assertRefused(numbered(TableMapping.of("made"), ""), "title is generated always");
  }

  @Test
  void oneColumnForTwoNames_isRefused() throws SQLException {
    numberedTable("twice", "");
    Column<String, String> title = new Column<>("title", ColumnType.text(), value -> value);
    Column<String, String> again = new Column<>("Title", ColumnType.text(), value -> value);
    assertRefused(
        TableMapping.<Long, String>of("twice")
            .key("id", KeyCodec.longs(), ColumnType.longs())
            .version("version")
            .columns(List.of(title, again))
            .reading((key, row) -> row.require(title)),
        "is mapped twice");
  }

  /** It is told as what it is, and not as rivals, and after a few tries. */
  @Test
  void secondUniqueIndex_refusesTheDataFinally() throws SQLException {
    numberedTable("named", "");
    database.execute("CREATE UNIQUE INDEX one_title ON named (" + quote("title") + ")");
    JdbcVersionedStore<Long, String> store = node.store(numbered(TableMapping.of("named"), ""));
    store.put(1L, "taken", Expected.absent()).orThrow();
    Class<? extends OccException> expected =
        node.profile().family() == EngineProfile.Family.POSTGRESQL
            ? OccException.class
            : DataRejectedException.class;
    assertThatThrownBy(() -> store.put(2L, "taken", Expected.absent())).isInstanceOf(expected);
    assertThatThrownBy(() -> store.put(2L, "taken", Expected.any())).isInstanceOf(expected);
    Commit<Long, String> commit = Commit.<Long, String>empty().put(2L, "taken", Expected.absent());
    assertThatThrownBy(() -> store.commit(commit)).isInstanceOf(expected);
    assertThat(store.get(2L)).isEmpty();
  }

  /** What is joined by another current schema writes where the store was made. */
  @Test
  void joining_byAnotherCurrentSchema_writesWhereTheStoreWasMade() throws SQLException {
    String tenant = unique("tenant");
    database.execute("CREATE SCHEMA " + quote(tenant));
    numberedTable(quote("here"), "");
    numberedTable(quote(tenant) + "." + quote("here"), "");
    JdbcVersionedStore<Long, String> store =
        node.store(numbered(TableMapping.of("here"), "")).recordChanges(true);
    try (Connection connection = database.connect()) {
      if (node.profile().family() == EngineProfile.Family.MARIADB) {
        connection.setCatalog(tenant);
      } else {
        connection.setSchema(tenant);
      }
      connection.setAutoCommit(false);
      store.joining(connection).put(1L, "a", Expected.absent()).orThrow();
      connection.commit();
    }
    assertThat(store.get(1L).orElseThrow().value()).isEqualTo("a");
    assertThat(text("SELECT COUNT(*) FROM occ_change WHERE source = 'here'")).isEqualTo("1");
    assertThat(text("SELECT COUNT(*) FROM " + quote(tenant) + "." + quote("here"))).isEqualTo("0");
  }
}
