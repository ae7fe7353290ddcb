/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Write;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;

/** What is told of a write that a trigger changed is what its row holds. */
abstract class StoreTriggersContract extends ConflictTriggersContract {
  StoreTriggersContract(Engine engine) {
    super(engine);
  }

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
