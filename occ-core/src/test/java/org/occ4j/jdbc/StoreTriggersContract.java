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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OccException;
import org.occ4j.Scope;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.BatchResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/**
 * Tables with triggers: a write that does nothing leaves nothing behind that a trigger did (G1),
 * and what is told of a write that was applied is what its row holds.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreTriggersContract {
  private static final List<String> EVENTS = List.of("INSERT", "UPDATE", "DELETE");

  /** What the value of an item is: a title, and a code that is unique among the items. */
  record Item(String title, @Nullable String code) {}

  private static final Column<Item, String> TITLE =
      new Column<>("title", ColumnType.text(), Item::title);
  private static final Column<Item, String> CODE =
      new Column<>("code", ColumnType.text(), Item::code);

  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase node;

  StoreTriggersContract(Engine engine) {
    this.engine = engine;
  }

  /** The type of a time of six digits. */
  abstract String timestamp();

  /** A trigger that writes {@code text} into the table {@code fired}. */
  abstract List<String> recording(
      String name, String when, String event, String table, String text);

  /**
   * A BEFORE trigger that raises the version by 1000 and sets the writer, and in the table of items
   * the time and the title in capitals.
   */
  abstract List<String> setting(String name, String event, String table);

  /** Removes a trigger. */
  abstract String drop(String name, String table);

  // ---- the tables

  @BeforeAll
  void makeDatabase() throws SQLException {
    TestDatabase fresh = engine.server().newDatabase();
    database =
        engine == Engine.H2 || engine == Engine.H2_MEMORY
            ? new TestDatabase(
                engine, fresh.jdbcUrl() + ";LOCK_TIMEOUT=60000", fresh.user(), fresh.password())
            : fresh;
    pool = database.pool(4);
    OccDatabase.builder(pool).createSchema().open().close();
    database.execute(
        "CREATE TABLE item (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, updated_at "
            + timestamp()
            + " NOT NULL, updated_by VARCHAR(50), title VARCHAR(100) NOT NULL,"
            + " code VARCHAR(50) UNIQUE)",
        "CREATE TABLE fired (text VARCHAR(200))");
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void open() throws SQLException {
    database.execute(
        "DELETE FROM item", "DELETE FROM occ_store", "DELETE FROM occ_change", "DELETE FROM fired");
    node = OccDatabase.open(pool);
  }

  private final List<String> triggers = new ArrayList<>();

  @AfterEach
  void dropTriggers() throws SQLException {
    node.close();
    database.execute(triggers.toArray(String[]::new));
    triggers.clear();
  }

  private void add(List<String> ddl, String name, String table) throws SQLException {
    database.execute(ddl.toArray(String[]::new));
    triggers.add(drop(name, table));
  }

  private void recordEverything(String table) throws SQLException {
    for (String when : List.of("BEFORE", "AFTER")) {
      for (String event : EVENTS) {
        String name = "rec_" + when + "_" + event;
        add(recording(name, when, event, table, when + " " + event), name, table);
      }
    }
  }

  private List<String> fired() throws SQLException {
    List<String> fired = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT text FROM fired")) {
      while (row.next()) {
        fired.add(row.getString(1));
      }
    }
    return fired;
  }

  // ---- the stores

  /** Which table a test is about. */
  enum Table {
    OWN,
    MAPPED;

    String tableName() {
      return this == OWN ? "occ_store" : "item";
    }
  }

  private TableMapping<Long, Item> mapping() {
    return TableMapping.<Long, Item>of("item")
        .key("id", KeyCodec.longs(), ColumnType.longs())
        .version("version")
        .updatedAt("updated_at")
        .updatedBy("updated_by")
        .columns(List.of(TITLE, CODE))
        .reading((id, row) -> new Item(row.require(TITLE), row.get(CODE)));
  }

  private JdbcVersionedStore<Long, Item> store(Table table) {
    Codec<Item> titles =
        Codec.of(
            "title",
            item -> Codec.strings().encode(item.title()),
            bytes -> new Item(Codec.strings().decode(bytes), null));
    return table == Table.OWN
        ? node.store("item", KeyCodec.longs(), titles)
        : node.store(mapping());
  }

  private static Item item(String title) {
    return new Item(title, null);
  }

  private static Versioned<Item> now(WriteResult<Item> result) {
    return Objects.requireNonNull(result.orThrow());
  }

  // ---- a conflict changes nothing

  /** Each kind of write that conflicts with the state of key 1, or with the absence of key 2. */
  private static List<Write<Long, Item>> losers(Versioned<Item> state) {
    Expected old = Expected.version(state.version() - 1);
    return List.of(
        Write.put(1L, item("x"), Expected.absent()),
        Write.put(1L, item("x"), old),
        Write.delete(1L, old),
        Write.delete(1L, Expected.absent()),
        Write.put(2L, item("x"), old),
        Write.put(2L, item("x"), Expected.present()),
        Write.delete(2L, old),
        Write.delete(2L, Expected.present()));
  }

  private static WriteResult<Item> apply(
      VersionedStore<Long, Item> store, Write<Long, Item> write) {
    return write instanceof Write.Put<Long, Item> put
        ? store.put(put.key(), put.value(), put.expected())
        : store.delete(write.key(), write.expected());
  }

  @ParameterizedTest
  @EnumSource
  void write_conflict_leavesNothingThatATriggerDid(Table table) throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    Versioned<Item> state = now(store.put(1L, item("one"), Expected.absent()));
    recordEverything(table.tableName());
    for (Write<Long, Item> loser : losers(state)) {
      assertThat(apply(store, loser).isApplied()).as("%s", loser).isFalse();
      assertThat(apply(store.recordChanges(true), loser).isApplied()).isFalse();
      store
          .writeAll(List.of(loser))
          .items()
          .forEach(one -> assertThat(one.orThrow().isApplied()).isFalse());
      if (table == Table.OWN || loser.expected() != Expected.absent()) {
        assertThat(store.commit(commit(loser)).isApplied()).isFalse();
      }
      joined(store, loser);
      assertThat(fired()).as("%s", loser).isEmpty();
    }
    assertThat(store.get(1L)).contains(state);
    assertThat(store.get(2L)).isEmpty();
  }

  private static Commit<Long, Item> commit(Write<Long, Item> write) {
    Commit<Long, Item> empty = Commit.empty();
    return write instanceof Write.Put<Long, Item> put
        ? empty.put(put.key(), put.value(), put.expected())
        : empty.delete(write.key(), write.expected());
  }

  private void joined(JdbcVersionedStore<Long, Item> store, Write<Long, Item> loser)
      throws SQLException {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      assertThat(apply(store.joining(connection), loser).isApplied()).isFalse();
      connection.commit();
    }
  }

  @ParameterizedTest
  @EnumSource
  void writeAll_conflictsAmongOthers_leaveNothingThatATriggerDid(Table table) throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    store.put(1L, item("one"), Expected.absent()).orThrow();
    recordEverything(table.tableName());
    store.writeAll(
        List.of(
            Write.put(1L, item("x"), Expected.absent()),
            Write.put(2L, item("x"), Expected.absent()),
            Write.delete(3L, Expected.present())));
    assertThat(fired()).containsExactlyInAnyOrder("BEFORE INSERT", "AFTER INSERT");
  }

  @ParameterizedTest
  @EnumSource
  void create_rivalCreatesWhileItWaits_leavesNothingThatATriggerDid(Table table) throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    recordEverything(table.tableName());
    try (Connection rival = database.connect()) {
      rival.setAutoCommit(false);
      Versioned<Item> theirs = now(store.joining(rival).put(1L, item("t"), Expected.absent()));
      Running<WriteResult<Item>> waiting =
          Running.start(() -> store.put(1L, item("mine"), Expected.absent()));
      await().until(this::somebodyWaits);
      rival.commit();
      assertThat(waiting.result()).isEqualTo(new WriteResult.Conflict<>(Expected.absent(), theirs));
    }
    assertThat(fired()).containsExactlyInAnyOrder("BEFORE INSERT", "AFTER INSERT");
  }

  /** The other writes of the batch are done, each once. */
  @ParameterizedTest
  @EnumSource
  void writeAll_rivalCreatesOneWhileItWaits_leavesNothingThatATriggerDidForIt(Table table)
      throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    recordEverything(table.tableName());
    try (Connection rival = database.connect()) {
      rival.setAutoCommit(false);
      store.joining(rival).put(2L, item("theirs"), Expected.absent()).orThrow();
      Running<BatchResult<Long, Item>> waiting =
          Running.start(
              () ->
                  store.writeAll(
                      List.of(
                          Write.put(1L, item("mine"), Expected.absent()),
                          Write.put(2L, item("mine"), Expected.absent()),
                          Write.put(3L, item("mine"), Expected.absent()))));
      await().until(this::somebodyWaits);
      rival.commit();
      assertThat(waiting.result().items())
          .extracting(one -> one.orThrow().isApplied())
          .containsExactly(true, false, true);
    }
    assertThat(fired()).filteredOn("BEFORE INSERT"::equals).hasSize(3);
    assertThat(fired()).filteredOn("AFTER INSERT"::equals).hasSize(3);
  }

  /** In a transaction of the library's own it is run again; in the caller's it may be refused. */
  @ParameterizedTest
  @EnumSource
  void joining_rivalCreatesWhileItWaits_commitsNothingThatATriggerDid(Table table)
      throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    recordEverything(table.tableName());
    try (Connection rival = database.connect();
        Connection caller = database.connect()) {
      rival.setAutoCommit(false);
      caller.setAutoCommit(false);
      store.joining(rival).put(1L, item("theirs"), Expected.absent()).orThrow();
      Running<WriteResult<Item>> waiting =
          Running.start(() -> store.joining(caller).put(1L, item("mine"), Expected.absent()));
      await().until(this::somebodyWaits);
      rival.commit();
      try {
        assertThat(waiting.result().isApplied()).isFalse();
        caller.commit();
      } catch (TransactionConflictException refused) {
        assertThat(refused).hasMessageContaining("BEFORE INSERT");
        caller.rollback();
      }
    }
    assertThat(fired()).containsExactlyInAnyOrder("BEFORE INSERT", "AFTER INSERT");
  }

  @ParameterizedTest
  @EnumSource
  void commit_rivalCreatesWhileItWaits_leavesNothingThatATriggerDid(Table table) throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    store.put(5L, item("five"), Expected.absent()).orThrow();
    recordEverything(table.tableName());
    try (Connection rival = database.connect()) {
      rival.setAutoCommit(false);
      store.joining(rival).put(1L, item("theirs"), Expected.absent()).orThrow();
      Running<CommitResult<Long, Item>> waiting =
          Running.start(
              () ->
                  store.commit(
                      Commit.<Long, Item>empty()
                          .put(1L, item("mine"), Expected.absent())
                          .put(5L, item("mine"), Expected.present())));
      await().until(this::somebodyWaits);
      rival.commit();
      assertThat(waiting.result().isApplied()).isFalse();
    }
    assertThat(fired()).containsExactlyInAnyOrder("BEFORE INSERT", "AFTER INSERT");
  }

  private boolean somebodyWaits() throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, Sql.waitingSessions(engine)) > 0;
    }
  }

  @Test
  void create_otherUniqueIndexRefuses_changesNothing() throws Exception {
    JdbcVersionedStore<Long, Item> store = store(Table.MAPPED);
    Versioned<Item> other = now(store.put(1L, new Item("one", "taken"), Expected.absent()));
    recordEverything("item");
    for (Expected expected : List.of(Expected.absent(), Expected.any())) {
      assertThat(catchThrowable(() -> store.put(2L, new Item("two", "taken"), expected)))
          .isInstanceOf(OccException.class);
    }
    assertThat(fired()).isEmpty();
    assertThat(store.get(1L)).contains(other);
    assertThat(store.get(2L)).isEmpty();
  }

  @Test
  void foreignWriteTrigger_conflict_raisesNothing() throws Exception {
    List<String> ddl = node.foreignWriteTriggers(mapping());
    JdbcVersionedStore<Long, Item> store = store(Table.MAPPED);
    Versioned<Item> state = now(store.put(1L, new Item("one", "a"), Expected.absent()));
    database.execute(ddl.toArray(String[]::new));
    try {
      for (Write<Long, Item> loser : losers(state)) {
        assertThat(apply(store, loser).isApplied()).isFalse();
      }
      assertThat(catchThrowable(() -> store.put(3L, new Item("two", "a"), Expected.absent())))
          .isInstanceOf(OccException.class);
      assertThat(store.get(1L)).contains(state);
    } finally {
      dropForeignWriteTriggers();
    }
  }

  private void dropForeignWriteTriggers() throws SQLException {
    try (Connection connection = database.connect()) {
      String names = "FROM information_schema.triggers WHERE event_object_table = 'item'";
      while (Sql.number(connection, "SELECT COUNT(*) " + names) > 0) {
        database.execute(drop(Sql.text(connection, "SELECT trigger_name " + names), "item"));
      }
    }
  }

  // ---- what is told is what is stored

  @ParameterizedTest
  @EnumSource
  void write_triggerSetsColumns_tellsWhatIsStored(Table table) throws Exception {
    setEverything(table.tableName());
    JdbcVersionedStore<Long, Item> store = store(table);
    Versioned<Item> state = null;
    for (int i = 0; i < 3; i++) {
      Expected expected = state == null ? Expected.absent() : Expected.version(state.version());
      state = now(store.by("ann").put(1L, item("title" + i), expected));
      assertThat(store.get(1L)).contains(state);
    }
    assertThat(state.updatedBy()).isEqualTo("trigger");
    if (table == Table.MAPPED) {
      assertThat(state.value().title()).isEqualTo("TITLE2");
    }
    assertThat(store.delete(1L, Expected.version(state.version())).isApplied()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void writesOfSeveral_triggerSetsColumns_tellWhatIsStored(Table table) throws Exception {
    setEverything(table.tableName());
    JdbcVersionedStore<Long, Item> store = store(table);
    for (int i = 0; i < 2; i++) {
      store
          .writeAll(
              List.of(
                  Write.put(1L, item("a" + i), Expected.any()),
                  Write.put(2L, item("b" + i), Expected.any())))
          .items()
          .forEach(one -> assertThat(store.get(one.write().key())).contains(now(one.orThrow())));
      Commit<Long, Item> commit =
          Commit.<Long, Item>empty()
              .put(1L, item("c" + i), Expected.any())
              .put(3L, item("d" + i), Expected.any());
      assertThat(store.commit(commit))
          .isEqualTo(new CommitResult.Applied<>(store.getAll(List.of(1L, 3L))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void joining_triggerSetsColumns_tellsWhatIsStored(Table table) throws Exception {
    setEverything(table.tableName());
    JdbcVersionedStore<Long, Item> store = store(table);
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      JoinedStore<Long, Item> joined = store.joining(connection);
      for (int i = 0; i < 2; i++) {
        Versioned<Item> state = now(joined.put(1L, item("a" + i), Expected.any()));
        assertThat(joined.get(1L)).contains(state);
      }
      connection.commit();
    }
  }

  @ParameterizedTest
  @EnumSource
  void change_triggerSetsColumns_namesTheVersionThatIsStored(Table table) throws Exception {
    setEverything(table.tableName());
    RecordingFollower follower = new RecordingFollower();
    node.changes().followDirectly(follower);
    JdbcVersionedStore<Long, Item> store = store(table).recordChanges(true);
    List<Long> versions = new ArrayList<>();
    versions.add(now(store.put(1L, item("a"), Expected.absent())).version());
    versions.add(now(store.put(1L, item("b"), Expected.any())).version());
    assertThat(follower.changes()).extracting(Change::version).isEqualTo(versions);
    try (Connection connection = database.connect()) {
      assertThat(Sql.number(connection, "SELECT MAX(version) FROM occ_change"))
          .as("what other nodes are told")
          .isEqualTo(versions.get(1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x ", "ÄÖ", "plain"})
  void write_valueThatTheColumnKeeps_isTold(String title) {
    JdbcVersionedStore<Long, Item> store = store(Table.MAPPED);
    Versioned<Item> state = now(store.put(1L, new Item(title, "c"), Expected.absent()));
    assertThat(store.get(1L)).contains(state);
  }

  private void setEverything(String table) throws SQLException {
    for (String event : List.of("INSERT", "UPDATE")) {
      String name = "set_" + event;
      add(setting(name, event, table), name, table);
    }
  }

  // ---- the pipeline

  private Codec<Item> itemCodec() {
    return Codec.of(
        "item/1",
        item -> Codec.strings().encode(item.title()),
        bytes -> new Item(Codec.strings().decode(bytes), null));
  }

  private static Mutation<Long, Item> retitling(Expected expected, String title) {
    Scope scope = new Scope("acme", "ada", "item.edit");
    return Mutation.of(
            new MutationId(scope, UUID.randomUUID()), 1L, expected, Edit.set(item(title)))
        .updatedBy("ada")
        .build();
  }

  @ParameterizedTest
  @EnumSource(Table.class)
  void pipeline_conflict_leavesNothingOfATrigger(Table table) throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    Versioned<Item> state = now(store.put(1L, item("a"), Expected.absent()));
    recordEverything(table.tableName());
    JdbcMutationPipeline<Long, Item> pipeline = node.pipeline(store, itemCodec()).build();
    for (Expected stale : List.of(Expected.absent(), Expected.version(state.version() - 1))) {
      assertThat(pipeline.apply(retitling(stale, "x")))
          .isInstanceOfSatisfying(
              MutationResult.Conflicted.class, lost -> assertThat(lost.current()).isEqualTo(state));
    }
    assertThat(fired()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Table.class)
  void pipeline_triggerChangesTheRow_tellsAndReplaysWhatIsThere(Table table) throws Exception {
    JdbcVersionedStore<Long, Item> store = store(table);
    for (String event : List.of("INSERT", "UPDATE")) {
      String name = "set_" + event.toLowerCase(Locale.ROOT);
      add(setting(name, event, table.tableName()), name, table.tableName());
    }
    JdbcMutationPipeline<Long, Item> pipeline = node.pipeline(store, itemCodec()).build();
    Expected expected = Expected.absent();
    for (int i = 0; i < 3; i++) {
      Mutation<Long, Item> mutation = retitling(expected, "title " + i);
      MutationResult.Applied<Item> applied =
          (MutationResult.Applied<Item>) pipeline.apply(mutation);
      Versioned<Item> there = store.get(1L).orElseThrow();
      assertThat(applied.current().value()).isEqualTo(there.value());
      assertThat(applied.current().version()).isEqualTo(there.version());
      assertThat(applied.current().updatedAt()).isEqualTo(there.updatedAt());
      if (table == Table.MAPPED) {
        assertThat(applied.current()).isEqualTo(there);
      }
      MutationResult.Applied<Item> again = (MutationResult.Applied<Item>) pipeline.apply(mutation);
      assertThat(again.current().value()).isEqualTo(there.value());
      assertThat(again.current().version()).isEqualTo(there.version());
      expected = Expected.version(there.version());
    }
    assertThat(store.get(1L).orElseThrow().value().title())
        .isEqualTo(table == Table.OWN ? "title 2" : "TITLE 2");
  }
}
