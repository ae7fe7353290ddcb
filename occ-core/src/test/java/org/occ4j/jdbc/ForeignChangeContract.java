/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Commit;
import org.occ4j.store.Write;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/**
 * Changes of a mapped table that is also written past the library: each is in the log once, whoever
 * made it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ForeignChangeContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  final Engine engine;
  TestDatabase database;
  OccDatabase node;
  private HikariDataSource pool;
  private JdbcVersionedStore<Long, String> store;
  private JdbcMutationPipeline<Long, String> pipeline;

  /** The last change before the test. */
  private long before;

  ForeignChangeContract(Engine engine) {
    this.engine = engine;
  }

  /** The type of a column of text that compares exactly. */
  abstract String textType();

  @BeforeAll
  void makeDatabase() throws SQLException {
    database = engine.server().newDatabase();
    pool = database.pool(12);
    node = OccDatabase.builder(pool).createSchema().open();
    String columns = ", text VARCHAR(100) UNIQUE, version BIGINT NOT NULL, updated_by VARCHAR(100)";
    database.execute(
        "CREATE TABLE note (id BIGINT PRIMARY KEY" + columns + ")",
        "CREATE TABLE named (id " + textType() + " PRIMARY KEY" + columns + ")",
        "CREATE TABLE marked (id UUID PRIMARY KEY" + columns + ")");
    TableMapping<Long, String> notes = notes();
    database.execute(node.foreignWriteTriggers(notes).toArray(String[]::new));
    store = node.store(notes).recordChanges(true);
    pipeline = node.pipeline(store, Codec.strings()).build();
  }

  @AfterAll
  void close() {
    node.close();
    pool.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    database.execute("DELETE FROM note");
    try (Connection connection = database.connect()) {
      before = Sql.number(connection, "SELECT COALESCE(MAX(id), 0) FROM occ_change");
    }
  }

  static TableMapping<Long, String> notes() {
    return mapping(
        TableMapping.<Long, String>of("note").key("id", KeyCodec.longs(), ColumnType.longs()));
  }

  private static <K> TableMapping<K, String> mapping(TableMapping.Builder<K, String> builder) {
    Column<String, String> text = new Column<>("text", ColumnType.text(), value -> value);
    return builder
        .version("version")
        .updatedBy("updated_by")
        .columns(List.of(text))
        .reading((id, row) -> row.require(text));
  }

  /** What is in the log, oldest first: kind, key, and whether the library wrote it. */
  List<String> logged() throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT kind, item_key, node FROM occ_change WHERE id > "
                    + before
                    + " ORDER BY id")) {
      while (row.next()) {
        String kind = row.getInt(1) == 1 ? "put " : row.getInt(1) == 2 ? "delete " : "all ";
        rows.add(kind + row.getString(2) + (row.getString(3).isEmpty() ? "" : " by us"));
      }
    }
    return rows;
  }

  // Foreign writes.

  @Test
  void foreignWrites_areToldAsTheyAre() throws Exception {
    RecordingFollower told = new RecordingFollower();
    node.changes().poll(); // what earlier tests wrote
    try (Subscription following = node.changes().follow(told)) {
      assertThat(following).isNotNull();
      database.execute(
          "INSERT INTO note (id, text, version, updated_by) VALUES (1, 'a', 1, 'ann'), (2, 'b', 1,"
              + " 'ann')",
          "UPDATE note SET text = 'c' WHERE id = 1",
          "DELETE FROM note WHERE id = 2");
      long version = store.get(1L).orElseThrow().version();
      await().until(() -> told.changes().size() >= 4);
      assertThat(told.changes()).extracting(Change::key).containsExactly("1", "2", "1", "2");
      assertThat(told.changes())
          .extracting(Change::kind)
          .containsExactly(Change.Kind.PUT, Change.Kind.PUT, Change.Kind.PUT, Change.Kind.DELETE);
      assertThat(told.changes()).extracting(Change::source).containsOnly("note");
      assertThat(told.changes().get(0).updatedBy()).isEqualTo("ann");
      assertThat(told.changes().get(2).version()).isEqualTo(version).isGreaterThan(1);
      assertThat(told.changes().get(3).version()).isEqualTo(1);
      assertThat(told.changes().get(2).allTags())
          .containsExactlyInAnyOrder(store.tagOf(1L), store.tagOfAll());
    }
  }

  @Test
  void foreignWrite_thatIsRolledBack_isNotTold() throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO note (id, text, version) VALUES (1, 'a', 1)");
      connection.rollback();
    }
    assertThat(logged()).isEmpty();
  }

  @Test
  void foreignWrite_ofAKey_isToldOfBothKeys() throws Exception {
    database.execute(
        "INSERT INTO note (id, text, version) VALUES (1, 'a', 1)",
        "UPDATE note SET id = 3 WHERE id = 1");
    assertThat(logged()).containsExactly("put 1", "delete 1", "put 3");
  }

  // Own writes.

  @Test
  void ownWrite_ofEveryKind_isToldOnce() throws Exception {
    store.put(1L, "a", Expected.absent()).orThrow();
    store.put(1L, "b", Expected.any()).orThrow();
    store.writeAll(List.of(Write.put(1L, "c", Expected.any()), Write.put(2L, "d", Expected.any())));
    store
        .commit(
            Commit.<Long, String>empty()
                .put(1L, "e", Expected.present())
                .put(3L, "f", Expected.absent())
                .delete(2L, Expected.present()))
        .orThrow();
    pipeline.apply(set(1, "g")).orThrow();
    pipeline.apply(set(4, "h")).orThrow();
    pipeline.apply(remove(4)).orThrow();
    store.delete(1L, Expected.any()).orThrow();
    assertThat(logged()).allMatch(row -> row.endsWith(" by us")).hasSize(11);
  }

  @Test
  void ownWrites_thatShareAnUpdate_areToldOnceEach() throws Exception {
    store.put(1L, "0", Expected.absent()).orThrow();
    Concurrently.threads(8).run(i -> pipeline.apply(set(1, "by " + i)).orThrow()).values();
    assertThat(logged()).hasSize(9).containsOnly("put 1 by us");
  }

  @Test
  void ownWrites_amongForeignOnesOfOneTransaction_areToldOnceEach() throws Exception {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      JoinedStore<Long, String> joined = store.joining(connection);
      statement.execute("INSERT INTO note (id, text, version) VALUES (1, 'a', 1)");
      joined.put(1L, "b", Expected.any()).orThrow();
      statement.execute("UPDATE note SET text = 'c'");
      joined.put(2L, "d", Expected.absent()).orThrow();
      statement.execute("UPDATE note SET text = 'e' WHERE id = 1");
      statement.execute("UPDATE note SET text = 'f' WHERE id = 2");
      JoinedPipeline<Long, String> mutations = pipeline.joining(connection);
      mutations.apply(set(2, "g")).orThrow();
      statement.execute("DELETE FROM note WHERE id = 2");
      joined.delete(1L, Expected.any()).orThrow();
      statement.execute("INSERT INTO note (id, text, version) VALUES (1, 'h', 1)");
      connection.commit();
      joined.committed();
      mutations.committed();
    }
    assertThat(logged())
        .containsExactly(
            "put 1",
            "put 1 by us",
            "put 1",
            "put 2 by us",
            "put 1",
            "put 2",
            "put 2 by us",
            "delete 2",
            "delete 1 by us",
            "put 1");
  }

  @Test
  void ownWrite_thatIsNotRecorded_isToldByTheTrigger() throws Exception {
    JdbcVersionedStore<Long, String> silent = store.recordChanges(false);
    silent.put(1L, "a", Expected.absent()).orThrow();
    silent.put(1L, "b", Expected.any()).orThrow();
    silent.delete(1L, Expected.any()).orThrow();
    // An insert that was given a later version in the same transaction is told with both.
    assertThat(logged()).containsSubsequence("put 1", "put 1", "delete 1");
    assertThat(logged()).containsOnly("put 1", "delete 1");
  }

  @Test
  void ownWrite_whoseInsertHadToWait_isToldOnce() throws Exception {
    try (Connection rival = database.connect();
        Statement statement = rival.createStatement()) {
      rival.setAutoCommit(false);
      statement.execute("INSERT INTO note (id, text, version) VALUES (7, 'rival', 1)");
      var waiting = Running.start(() -> store.put(7L, "ours", Expected.absent()));
      await().until(this::somebodyWaits);
      rival.rollback();
      assertThat(waiting.result().isApplied()).isTrue();
    }
    assertThat(logged()).containsExactly("put 7 by us");
  }

  private boolean somebodyWaits() throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, Sql.waitingSessions(engine)) > 0;
    }
  }

  @Test
  void foreignWrite_afterARefusedOwnOneInItsSession_isTold() throws Exception {
    store.put(1L, "taken", Expected.absent()).orThrow();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      JoinedStore<Long, String> joined = store.joining(connection);
      assertThat(catchThrowable(() -> joined.put(2L, "taken", Expected.absent()))).isNotNull();
      connection.rollback();
      assertThat(joined.put(3L, "b", Expected.present()).isApplied()).isFalse();
      assertThat(joined.put(1L, "c", Expected.absent()).isApplied()).isFalse();
      statement.execute("INSERT INTO note (id, text, version) VALUES (4, 'd', 1)");
      connection.commit();
    }
    assertThat(logged()).containsExactly("put 1 by us", "put 4");
  }

  private static Mutation<Long, String> set(long key, String value) {
    return Mutation.of(
            new MutationId(SCOPE, UUID.randomUUID()), key, Expected.any(), Edit.set(value))
        .build();
  }

  private static Mutation<Long, String> remove(long key) {
    return Mutation.<Long, String>of(
            new MutationId(SCOPE, UUID.randomUUID()), key, Expected.any(), before -> null)
        .build();
  }

  // Keys.

  @Test
  void foreignWrite_ofATextKey_namesItAsTheLibraryDoes() throws Exception {
    TableMapping<String, String> mapping =
        mapping(
            TableMapping.<String, String>of("named")
                .key("id", KeyCodec.strings(), ColumnType.text()));
    database.execute(node.foreignWriteTriggers(mapping).toArray(String[]::new));
    JdbcVersionedStore<String, String> named = node.store(mapping).recordChanges(true);
    List<String> keys = List.of("a", "A", "it's", "C:\\temp\\", "\\0", "\u00e9:\ud83d\ude00", " ");
    for (String key : keys) {
      named.put(key, "text " + keys.indexOf(key), Expected.absent()).orThrow();
    }
    List<String> own = logged();
    database.execute("UPDATE named SET updated_by = 'x'");
    List<String> all = logged();
    assertThat(own).hasSize(keys.size());
    assertThat(all.subList(own.size(), all.size()))
        .containsExactlyInAnyOrderElementsOf(
            own.stream().map(row -> row.replace(" by us", "")).toList());
  }

  @Test
  void foreignWrite_ofAUuidKey_namesItAsTheLibraryDoes() throws Exception {
    TableMapping<UUID, String> mapping =
        mapping(
            TableMapping.<UUID, String>of("marked")
                .key("id", KeyCodec.uuids(), ColumnType.uuids()));
    database.execute(node.foreignWriteTriggers(mapping).toArray(String[]::new));
    UUID key = UUID.randomUUID();
    database.execute(
        "INSERT INTO marked (id, text, version) VALUES ('"
            + key.toString().toUpperCase(Locale.ROOT)
            + "', 'a', 1)");
    node.store(mapping).recordChanges(true).put(key, "b", Expected.present()).orThrow();
    assertThat(logged()).containsExactly("put " + key, "put " + key + " by us");
  }

  record Place(String street, Long number, LocalDate since) {}

  record Tenant(String name, int visits) {}

  @Test
  void foreignWrite_ofAKeyOfSeveralColumns_namesItAsTheLibraryDoes() throws Exception {
    database.execute(
        "CREATE TABLE tenant (street "
            + textType()
            + ", number BIGINT, since DATE, name VARCHAR(100), visits INTEGER, version BIGINT NOT NULL,"
            + " PRIMARY KEY (street, number, since))");
    TableMapping<Place, Tenant> mapping =
        TableMapping.record(Tenant.class, Place.class).table("tenant").build();
    database.execute(node.foreignWriteTriggers(mapping).toArray(String[]::new));
    JdbcVersionedStore<Place, Tenant> tenants = node.store(mapping).recordChanges(true);
    Place place = new Place("50% : \\ off", -7L, LocalDate.of(2026, 11, 29));
    tenants.put(place, new Tenant("a", 1), Expected.absent()).orThrow();
    database.execute("UPDATE tenant SET name = 'b'");
    String key = logged().get(0).replace(" by us", "");
    assertThat(logged()).containsExactly(key + " by us", key);
  }

  @Test
  void foreignWriteTriggers_ofAKeyThatOnlyItsCodecCanRead_tellNothing() {
    KeyCodec<Long> own =
        new KeyCodec<>() {
          @Override
          public byte[] encode(Long key) {
            return KeyCodec.longs().encode(key);
          }

          @Override
          public Long decode(byte[] bytes) {
            return KeyCodec.longs().decode(bytes);
          }

          @Override
          public String text(Long key) {
            return "#" + key;
          }

          @Override
          public Long parse(String text) {
            return Long.valueOf(text.substring(1));
          }
        };
    TableMapping<Long, String> mapping =
        mapping(TableMapping.<Long, String>of("note").key("id", own, ColumnType.longs()));
    assertThat(String.join("", node.foreignWriteTriggers(mapping)))
        .contains("occ4j_raise_")
        .doesNotContain("occ_change")
        .doesNotContain(Tag.ofAll("note").name());
  }
}
