/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Expected;
import org.occ4j.OccException;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.store.BatchResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** A write that does nothing leaves nothing behind that a trigger did (G1). */
abstract class ConflictTriggersContract extends TriggerFixture {
  ConflictTriggersContract(Engine engine) {
    super(engine);
  }

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
}
