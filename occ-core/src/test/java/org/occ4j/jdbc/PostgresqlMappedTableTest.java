/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Commit;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlMappedTableTest extends MappedTableContract {
  private static final String REST = ", version BIGINT NOT NULL, title VARCHAR(9)";

  PostgresqlMappedTableTest() {
    super(Engine.POSTGRESQL, "TIMESTAMPTZ");
  }

  private void table(String name, String key, String end) throws SQLException {
    database.execute("CREATE TABLE " + name + " (id " + key + REST + end);
  }

  @Test
  void keyThatDoesNotCompareExactly_isRefusedByTypeOrCollation() throws SQLException {
    database.execute(
        "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE DOMAIN loose_text AS TEXT COLLATE loose",
        "CREATE DOMAIN looser_text AS loose_text",
        "CREATE DOMAIN padded_text AS CHAR(9)");
    table("collated", "TEXT COLLATE loose PRIMARY KEY", ")");
    table("domained", "looser_text PRIMARY KEY", ")");
    table("padded", "padded_text PRIMARY KEY", ")");
    table("decimal", "NUMERIC PRIMARY KEY", ")");
    assertRefused(keyed(TableMapping.of("collated")), "id does not compare exactly", "loose");
    assertRefused(keyed(TableMapping.of("domained")), "id does not compare exactly", "loose");
    assertRefused(keyed(TableMapping.of("padded")), "id does not compare exactly", "char");
    assertRefused(keyed(TableMapping.of("decimal")), "id does not compare exactly", "numeric");
  }

  @Test
  void keyOfCitext_isRefused_andSoIsADomainOverIt() throws SQLException {
    database.execute("CREATE EXTENSION citext", "CREATE DOMAIN email AS citext");
    table("cited", "citext PRIMARY KEY", ")");
    table("mailed", "email PRIMARY KEY", ")");
    assertRefused(keyed(TableMapping.of("cited")), "id does not compare exactly", "citext");
    assertRefused(keyed(TableMapping.of("mailed")), "id does not compare exactly", "citext");
  }

  @Test
  void uniqueIndexThatDoesNotServe_isRefused() throws SQLException {
    table("deferred", "TEXT NOT NULL", ", UNIQUE (id) DEFERRABLE)");
    table("part", "TEXT NOT NULL", ")");
    table("expressed", "TEXT NOT NULL", ")");
    table("included", "TEXT NOT NULL", ")");
    database.execute(
        "CREATE UNIQUE INDEX ON part (id) WHERE version > 0",
        "CREATE UNIQUE INDEX ON expressed (lower(id))",
        "CREATE UNIQUE INDEX ON included (id) INCLUDE (title)");
    for (String name : new String[] {"deferred", "part", "expressed"}) {
      assertRefused(keyed(TableMapping.of(name)), "id has no primary key or unique index");
    }
    keyed(node, "included");
  }

  private static void keyed(OccDatabase node, String table) {
    JdbcVersionedStore<String, String> store = node.store(keyed(TableMapping.of(table)));
    store.put("a", "1", Expected.absent()).orThrow();
    assertThat(store.put("a", "2", Expected.absent()).isApplied()).isFalse();
    store.delete("a", Expected.present()).orThrow();
  }

  @Test
  void uniqueIndexThatIsInvalid_isRefused() throws SQLException {
    table("broken", "TEXT NOT NULL", ")");
    database.execute(
        "CREATE UNIQUE INDEX broken_id ON broken (id)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken_id'::regclass");
    assertRefused(keyed(TableMapping.of("broken")), "id has no primary key or unique index");
  }

  @Test
  void rulesAndHeirs_areRefused_partitionsServe() throws SQLException {
    table("ruled", "TEXT PRIMARY KEY", ")");
    table("parent", "TEXT PRIMARY KEY", ")");
    table("parted", "TEXT PRIMARY KEY", ") PARTITION BY HASH (id)");
    database.execute(
        "CREATE RULE no_delete AS ON DELETE TO ruled DO INSTEAD NOTHING",
        "CREATE TABLE child () INHERITS (parent)",
        "CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0)");
    assertRefused(keyed(TableMapping.of("ruled")), "rule no_delete");
    assertRefused(keyed(TableMapping.of("parent")), "inherit");
    keyed(node, "parted");
  }

  @Test
  void rowSecurity_isRefusedWhereItApplies_andNoMatterWhereItDoesNot() throws SQLException {
    table("secured", "TEXT PRIMARY KEY", ")");
    database.execute(
        "ALTER TABLE secured ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY short ON secured USING (length(title) < 5)",
        "CREATE ROLE app LOGIN",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO app");
    keyed(node, "secured");
    TestDatabase asApp = new TestDatabase(database.engine(), database.jdbcUrl(), "app", "");
    try (OccDatabase limited = OccDatabase.open(asApp.dataSource())) {
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> limited.store(keyed(TableMapping.of("secured"))))
          .isInstanceOf(org.occ4j.SchemaException.class)
          .hasMessageContaining("row-level security")
          .hasMessageContaining("app");
    }
    database.execute("DROP OWNED BY app", "DROP ROLE app");
  }

  /** A trigger that answers NULL makes a statement do nothing, without an error. */
  @Test
  void triggerThatSuppressesRows_isToldAtOnceAsRefusedData() throws Exception {
    numberedTable("silent", "");
    JdbcVersionedStore<Long, String> store = node.store(numbered(TableMapping.of("silent"), ""));
    store.put(1L, "before", Expected.absent()).orThrow();
    database.execute(
        "CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER silence BEFORE INSERT OR UPDATE OR DELETE ON silent FOR EACH ROW EXECUTE"
            + " FUNCTION suppress()");
    long version = store.get(1L).orElseThrow().version();
    JdbcMutationPipeline<Long, String> pipeline = node.pipeline(store, Codec.strings()).build();
    for (long key : new long[] {1, 2}) {
      for (Expected expected :
          List.of(Expected.any(), key == 1 ? Expected.version(version) : Expected.absent())) {
        assertSuppressed(() -> store.put(key, "x", expected));
        assertSuppressed(() -> store.commit(Commit.<Long, String>empty().put(key, "x", expected)));
        assertSuppressed(
            () -> pipeline.apply(Mutation.of(id(), key, expected, Edit.set("x")).build()));
        assertSuppressed(
            () ->
                pipeline.apply(
                    Mutation.<Long, String>of(id(), key, expected, Edit.delete()).build(),
                    (one, before, transaction) -> "x"));
      }
    }
    assertSuppressed(() -> store.delete(1L, Expected.any()));
    assertSuppressed(
        () ->
            pipeline.apply(
                Mutation.<Long, String>of(id(), 1L, Expected.any(), Edit.delete()).build()));
    assertThat(store.get(1L).orElseThrow().value()).isEqualTo("before");
  }

  private static void assertSuppressed(ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOf(DataRejectedException.class)
        .hasMessageContaining("silent")
        .hasMessageContaining("trigger");
  }

  private static MutationId id() {
    return new MutationId(new Scope("acme", "ada", "edit"), UUID.randomUUID());
  }

  /** As the server looks for a name without a schema. */
  @Test
  void searchPath_decidesByItsOrder_exactNamesFirst() throws SQLException {
    database.execute("CREATE SCHEMA first", "CREATE SCHEMA second", "CREATE SCHEMA hidden");
    for (String name : new String[] {"first.both", "second.both", "second.alone", "hidden.none"}) {
      numberedTable(name, "");
    }
    numberedTable("first.\"Alone\"", "");
    TestDatabase pathed =
        new TestDatabase(
            database.engine(), database.jdbcUrl() + "&currentSchema=first,second", "postgres", "");
    try (OccDatabase onPath = OccDatabase.builder(pathed.dataSource()).schema("public").open()) {
      onPath.store(numbered(TableMapping.of("both"), "")).put(1L, "x", Expected.absent()).orThrow();
      onPath
          .store(numbered(TableMapping.of("alone"), ""))
          .put(1L, "y", Expected.absent())
          .orThrow();
      assertThat(text("SELECT title FROM first.both")).isEqualTo("x");
      assertThat(text("SELECT title FROM second.alone")).isEqualTo("y");
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> onPath.store(numbered(TableMapping.of("none"), "")))
          .hasMessageContaining("table none is missing");
    }
  }

  @Test
  void keyWithTheZeroCharacter_isRefusedAsData() throws SQLException {
    database.execute(
        "CREATE TABLE zero (id VARCHAR(9) PRIMARY KEY, version BIGINT NOT NULL, title VARCHAR(9))");
    JdbcVersionedStore<String, String> store = node.store(keyed(TableMapping.of("zero")));
    assertThatThrownBy(() -> store.get("a\0")).isInstanceOf(DataRejectedException.class);
    assertThatThrownBy(() -> store.put("a\0", "x", Expected.any()))
        .isInstanceOf(DataRejectedException.class);
  }

  @Override
  List<String> typesThatAreNoText() {
    return List.of("UUID", "DATE", "BYTEA", "INET", "BOOLEAN", "CHAR(5)");
  }
}
