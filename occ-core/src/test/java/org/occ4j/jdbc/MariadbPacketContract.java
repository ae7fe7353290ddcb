/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/**
 * A server that takes no more than 64 KB at once: what is too large by itself is refused by name
 * before it is sent, and what shares a statement fits in it.
 */
abstract class MariadbPacketContract {
  private static final int PACKET = 64 * 1024;
  private static final int CALLERS = 12;

  /** Twelve of them are too much: each character is sent as two, and is in the answer too. */
  private static final String QUOTES = "'".repeat(2_500);

  private final Engine engine;
  private TestDatabase database;
  private long usual;
  private WireProxy proxy;
  private HikariDataSource pool;
  private OccDatabase node;

  MariadbPacketContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws SQLException {
    database = engine.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    try (Connection connection = database.connect()) {
      usual = Sql.number(connection, "SELECT @@global.max_allowed_packet");
    }
    database.execute("SET GLOBAL max_allowed_packet = " + PACKET);
    proxy = WireProxy.before(database);
    pool = database.through(proxy).silentPool(2);
    node = OccDatabase.open(pool);
  }

  @AfterEach
  void close() throws SQLException {
    database.execute("SET GLOBAL max_allowed_packet = " + usual);
    node.close();
    pool.close();
    proxy.close();
  }

  private JdbcVersionedStore<String, String> notes() {
    return node.store("note", KeyCodec.strings(), Codec.strings());
  }

  private JdbcVersionedStore<String, String> tasks() throws SQLException {
    database.execute(MappedPipelineCrowdContract.table(node));
    return MappedPipelineCrowdContract.tasks(node);
  }

  private JdbcMutationPipeline<String, String> pipeline(JdbcVersionedStore<String, String> store) {
    return node.pipeline(store, Codec.strings()).statementsAtOnce(1).build();
  }

  private static Mutation<String, String> mutation(String key, Edit<String> edit, Tag... tags) {
    MutationId id = new MutationId(new Scope("acme", "ada", "note.edit"), UUID.randomUUID());
    return Mutation.of(id, key, Expected.present(), edit).tags(tags).build();
  }

  /** Mutations of many keys, or of one, that wait together take fewer round trips than they are. */
  private void requireShared(
      JdbcVersionedStore<String, String> store, List<String> keys, Edit<String> edit, String last)
      throws Exception {
    JdbcMutationPipeline<String, String> pipeline = pipeline(store);
    for (String key : keys) {
      store.put(key, "0", Expected.any()).orThrow();
    }
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (String key : keys) {
      mutations.add(mutation(key, edit));
    }
    List<Running<MutationResult<String>>> callers;
    try (Counting count = proxy.counting()) {
      callers = TakenPlace.together(pipeline, "z", mutations);
      for (Running<MutationResult<String>> caller : callers) {
        assertThat(caller.result()).isInstanceOf(Applied.class);
      }
      assertThat(count.roundTrips()).isLessThan(keys.size());
    }
    for (int i = 0; i < keys.size(); i++) {
      Applied<String> applied = (Applied<String>) callers.get(i).result();
      assertThat(applied.current()).isEqualTo(store.get(keys.get(i)).orElseThrow());
      assertThat(applied.current().value()).isEqualTo(last);
      assertThat(pipeline.apply(mutations.get(i)))
          .isEqualTo(new Applied<>(applied.current(), true));
    }
  }

  private static List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      keys.add("k" + i);
    }
    return keys;
  }

  @Test
  void apply_manyKeysWait_whatSharesAStatementFits() throws Exception {
    requireShared(notes(), keys(), current -> QUOTES, QUOTES);
    requireShared(tasks(), keys(), current -> QUOTES, QUOTES);
  }

  /** Such rows are read and written by so much text that sixteen are too much at once. */
  @Test
  void apply_manyKeysOfAWideTableWait_whatSharesAStatementFits() throws Exception {
    List<Column<String, String>> columns = new ArrayList<>();
    StringBuilder ddl =
        new StringBuilder(
            "CREATE TABLE wide (id VARCHAR(40) COLLATE utf8mb4_nopad_bin PRIMARY KEY,"
                + " version BIGINT NOT NULL");
    for (int i = 0; i < 60; i++) {
      String name = "c%02d_%s".formatted(i, "x".repeat(55));
      columns.add(new Column<>(name, ColumnType.text(), value -> value));
      ddl.append(", ").append(name).append(" VARCHAR(100)");
    }
    database.execute(ddl.append(")").toString());
    JdbcVersionedStore<String, String> store =
        node.store(
            TableMapping.<String, String>of("wide")
                .key("id", KeyCodec.strings(), ColumnType.text())
                .version("version")
                .columns(columns)
                .reading((key, row) -> row.require(columns.get(59))));
    requireShared(store, keys(), current -> current + "x", "0x");
  }

  @Test
  void apply_manyOfOneKeyWait_whatSharesAStatementFits() throws Exception {
    JdbcVersionedStore<String, String> store = notes();
    store.put("k", "0", Expected.any()).orThrow();
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      mutations.add(mutation("k", Edit.set("'".repeat(i) + QUOTES)));
    }
    try (Counting count = proxy.counting()) {
      List<Running<MutationResult<String>>> callers =
          TakenPlace.together(pipeline(store), "z", mutations);
      for (int i = 0; i < CALLERS; i++) {
        Applied<String> applied = (Applied<String>) callers.get(i).result();
        assertThat(applied.current().value()).hasSize(i + QUOTES.length());
      }
      assertThat(count.roundTrips()).isLessThan(CALLERS);
    }
    assertThat(store.get("k").orElseThrow().value()).hasSize(CALLERS - 1 + QUOTES.length());
  }

  @Test
  void apply_oneValueIsTooLarge_itAloneIsRefusedByNameAndNothingOfItIsDone() throws Exception {
    for (JdbcVersionedStore<String, String> store : List.of(notes(), tasks())) {
      JdbcMutationPipeline<String, String> pipeline = pipeline(store);
      List<Mutation<String, String>> mutations = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        store.put("k" + i, "0", Expected.any()).orThrow();
        mutations.add(mutation("k" + i, Edit.set(i == 2 ? "x".repeat(PACKET) : "small")));
      }
      List<Running<MutationResult<String>>> callers = TakenPlace.together(pipeline, "z", mutations);
      requireRefused(callers.get(2));
      for (int i : List.of(0, 1, 3)) {
        assertThat(callers.get(i).result()).isInstanceOf(Applied.class);
        assertThat(store.get("k" + i).orElseThrow().value()).isEqualTo("small");
      }
      requireRefused(Running.start(() -> pipeline.apply(mutations.get(2))));
      assertThat(store.get("k2").orElseThrow().value()).isEqualTo("0");
    }
    try (Connection connection = database.connect()) {
      assertThat(Sql.number(connection, "SELECT COUNT(*) FROM occ_mutation")).isEqualTo(8);
    }
  }

  private static void requireRefused(Running<MutationResult<String>> caller) {
    DataRejectedException refused =
        catchThrowableOfType(DataRejectedException.class, caller::result);
    assertThat(refused)
        .hasMessageContaining("a value of " + PACKET + " bytes")
        .hasMessageContaining("k2")
        .hasMessageContaining("nothing was sent")
        .hasNoCause();
  }

  @Test
  void apply_tagsAreTooLarge_isRefusedAndNothingOfItIsDone() throws Exception {
    JdbcVersionedStore<String, String> store = notes();
    store.put("k", "0", Expected.any()).orThrow();
    Tag[] tags = new Tag[80];
    for (int i = 0; i < tags.length; i++) {
      tags[i] = new Tag("t" + i + "x".repeat(1_000));
    }
    DataRejectedException refused =
        catchThrowableOfType(
            DataRejectedException.class,
            () -> pipeline(store).apply(mutation("k", Edit.set("1"), tags)));
    assertThat(refused).hasMessageContaining("tags").hasMessageContaining("nothing was sent");
    assertThat(store.get("k").orElseThrow().value()).isEqualTo("0");
  }
}
