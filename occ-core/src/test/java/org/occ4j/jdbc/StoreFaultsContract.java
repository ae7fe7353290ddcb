/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.OccException;
import org.occ4j.RetryPolicy;
import org.occ4j.StoreUnavailableException;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.store.Commit;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * What goes wrong around a write. Each kind of write, with and without its change, is all done or
 * not done at all, the error says which, and the store works afterwards as it did before.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreFaultsContract {
  private static final Column<String, String> TITLE =
      new Column<>("title", ColumnType.text(), title -> title);

  /** What is there before each write, in the store named {@code test}. */
  static final State BEFORE = new State(Map.of("a", "1", "b", "1"), 0);

  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase observer;
  private JdbcVersionedStore<String, String> seen;

  StoreFaultsContract(Engine engine) {
    this.engine = engine;
  }

  /** A kind of write, and the values and the number of changes that it makes. */
  record Operation(
      String name,
      Consumer<VersionedStore<String, String>> run,
      Map<String, String> after,
      int writes) {
    State after(boolean recorded) {
      return new State(after, recorded ? writes : 0);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** What others see: the values, and how many changes are in the log. */
  record State(Map<String, String> values, long changes) {}

  static Stream<Arguments> operations() {
    return Stream.of(
            new Operation(
                "put",
                store -> store.put("a", "2", Expected.present()).orThrow(),
                Map.of("a", "2", "b", "1"),
                1),
            new Operation(
                "create",
                store -> store.put("c", "2", Expected.absent()).orThrow(),
                Map.of("a", "1", "b", "1", "c", "2"),
                1),
            new Operation(
                "put whatever is there",
                store -> store.put("c", "2", Expected.any()).orThrow(),
                Map.of("a", "1", "b", "1", "c", "2"),
                1),
            new Operation(
                "delete",
                store -> store.delete("a", Expected.present()).orThrow(),
                Map.of("b", "1"),
                1),
            new Operation(
                "update",
                store -> store.update("a", value -> value + "!", RetryPolicy.defaults()).orThrow(),
                Map.of("a", "1!", "b", "1"),
                1),
            new Operation(
                "writeAll",
                store ->
                    store
                        .writeAll(
                            List.of(
                                Write.put("a", "2", Expected.present()),
                                Write.put("c", "2", Expected.absent()),
                                Write.delete("b", Expected.present())))
                        .items()
                        .forEach(item -> item.orThrow().orThrow()),
                Map.of("a", "2", "c", "2"),
                3),
            new Operation(
                "commit",
                store ->
                    assertThat(
                            store
                                .commit(
                                    Commit.<String, String>empty()
                                        .read("d", Expected.absent())
                                        .put("a", "2", Expected.present())
                                        .put("c", "2", Expected.absent())
                                        .delete("b", Expected.present()))
                                .isApplied())
                        .isTrue(),
                Map.of("a", "2", "c", "2"),
                3))
        .flatMap(
            operation -> Stream.of(Arguments.of(operation, false), Arguments.of(operation, true)));
  }

  @BeforeAll
  void makeDatabase() throws SQLException {
    database = engine.server().newDatabase();
    pool = database.pool(2);
    observer = OccDatabase.builder(pool).createSchema().open();
    seen = store(observer);
    database.execute(
        "CREATE TABLE small (id BIGINT PRIMARY KEY, version BIGINT NOT NULL,"
            + " title VARCHAR(5) NOT NULL)");
  }

  @AfterAll
  void closeDatabase() {
    observer.close();
    pool.close();
  }

  @BeforeEach
  void reset() throws SQLException {
    database.execute("DELETE FROM occ_store", "DELETE FROM occ_change", "DELETE FROM small");
    seen.put("a", "1", Expected.absent());
    seen.put("b", "1", Expected.absent());
  }

  /** The database, reached directly. */
  TestDatabase database() {
    return database;
  }

  /** The store under test, seen through another pool. */
  JdbcVersionedStore<String, String> observed() {
    return seen;
  }

  static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("test", KeyCodec.strings(), Codec.strings());
  }

  /** What others see now. */
  State state() {
    Map<String, String> values = new TreeMap<>();
    seen.scan(Scan.all(100))
        .entries()
        .forEach(entry -> values.put(entry.key(), entry.state().value()));
    try (Connection connection = pool.getConnection()) {
      return new State(values, Sql.number(connection, "SELECT COUNT(*) FROM occ_change"));
    } catch (SQLException broken) {
      throw new AssertionError(broken);
    }
  }

  /** What the write threw. */
  static @Nullable OccException failureOf(
      Operation operation, VersionedStore<String, String> store) {
    try {
      operation.run().accept(store);
      return null;
    } catch (OccException failure) {
      return failure;
    }
  }

  /** The store is as good as new: the same object, without a restart. */
  void assertWorks(Operation operation, JdbcVersionedStore<String, String> store)
      throws SQLException {
    reset();
    operation.run().accept(store);
    assertThat(state()).isEqualTo(operation.after(true));
  }

  // ---- no connection

  @ParameterizedTest
  @MethodSource("operations")
  void write_poolWithoutAConnectionLeft_isUnavailable(Operation operation, boolean recorded)
      throws Exception {
    try (HikariDataSource one = poolOfOne();
        OccDatabase node = OccDatabase.open(one)) {
      JdbcVersionedStore<String, String> store = store(node).recordChanges(recorded);
      try (Connection taken = one.getConnection()) {
        assertThat(taken.isClosed()).isFalse();
        assertThat(failureOf(operation, store)).isInstanceOf(StoreUnavailableException.class);
      }
      assertThat(state()).isEqualTo(BEFORE);
      assertWorks(operation, store.recordChanges(true));
    }
  }

  /** It waits for no longer than the shortest time that the pool allows. */
  private HikariDataSource poolOfOne() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(database.jdbcUrl());
    config.setUsername(database.user());
    config.setPassword(database.password());
    config.setMaximumPoolSize(1);
    config.setConnectionTimeout(250);
    config.setInitializationFailTimeout(30_000);
    return new HikariDataSource(config);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void write_databaseOutOfReach_isUnavailable(Operation operation, boolean recorded)
      throws Exception {
    SwitchedDataSource switched = new SwitchedDataSource(pool);
    try (OccDatabase node = OccDatabase.open(switched)) {
      JdbcVersionedStore<String, String> store = store(node).recordChanges(recorded);
      switched.off();
      assertThat(failureOf(operation, store)).isInstanceOf(StoreUnavailableException.class);
      switched.on();
      assertThat(state()).isEqualTo(BEFORE);
      assertWorks(operation, store.recordChanges(true));
    }
  }

  // ---- a database that refuses

  /** The database of this URL so that nothing can be written through it. */
  abstract TestDatabase readOnly(TestDatabase writable);

  @ParameterizedTest
  @MethodSource("operations")
  void write_readOnlyDatabase_isUnavailableAndReadsGoOn(Operation operation, boolean recorded)
      throws Exception {
    TestDatabase fresh = engine.server().newDatabase();
    try (OccDatabase writable = OccDatabase.builder(fresh.dataSource()).createSchema().open()) {
      store(writable).put("a", "1", Expected.absent());
      store(writable).put("b", "1", Expected.absent());
    }
    DataSource readOnly = readOnly(fresh).dataSource();
    try (OccDatabase node = OccDatabase.open(readOnly)) {
      JdbcVersionedStore<String, String> store = store(node).recordChanges(recorded);
      OccException failure = failureOf(operation, store);
      assertThat(failure).isInstanceOf(StoreUnavailableException.class);
      assertThat(SqlErrors.meaningOf((SQLException) failure.getCause()))
          .isEqualTo(SqlErrors.Meaning.READ_ONLY);
      assertThat(store.getAll(List.of("a", "b", "c"))).hasSize(2);
    }
  }

  @Test
  void write_valueOverTheColumnsSize_isRefusedAloneAndChangesNothing() {
    VersionedStore<Long, String> store =
        observer.store(
            TableMapping.<Long, String>of("small")
                .key("id", KeyCodec.longs(), ColumnType.longs())
                .version("version")
                .columns(List.of(TITLE))
                .reading((id, row) -> row.require(TITLE)));
    var state = store.put(1L, "fits", Expected.absent()).orThrow();
    assertRefused(() -> store.put(1L, "too long", Expected.present()));
    assertRefused(() -> store.put(2L, "too long", Expected.absent()));
    assertRefused(() -> store.update(1L, title -> "too long", RetryPolicy.defaults()));
    assertRefused(
        () ->
            store.commit(
                Commit.<Long, String>empty()
                    .put(1L, "new", Expected.present())
                    .put(2L, "too long", Expected.absent())));
    assertThat(store.get(1L)).contains(state);
    assertThat(store.get(2L)).isEmpty();
    var items =
        store
            .writeAll(
                List.of(
                    Write.put(1L, "new", Expected.present()),
                    Write.put(2L, "too long", Expected.absent()),
                    Write.put(3L, "new", Expected.absent())))
            .items();
    assertThat(items.get(0).orThrow().isApplied()).isTrue();
    assertThat(items.get(1).failure()).isInstanceOf(DataRejectedException.class);
    assertThat(items.get(2).orThrow().isApplied()).isTrue();
    assertThat(store.getAll(List.of(1L, 2L, 3L))).containsOnlyKeys(1L, 3L);
  }

  private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOf(DataRejectedException.class)
        .hasCauseInstanceOf(SQLException.class);
  }

  @Test
  void write_valueThatTheCodecRefuses_changesNothing() {
    Codec<String> picky =
        Codec.of(
            "picky/1",
            value -> {
              if (value.equals("bad")) {
                throw new IllegalStateException("thrown by a test");
              }
              return value.getBytes(StandardCharsets.UTF_8);
            },
            bytes -> new String(bytes, StandardCharsets.UTF_8));
    VersionedStore<String, String> store = observer.store("test", KeyCodec.strings(), picky);
    assertThatThrownBy(
            () ->
                store.commit(
                    Commit.<String, String>empty()
                        .put("a", "2", Expected.any())
                        .put("c", "bad", Expected.any())))
        .isInstanceOf(CodecException.class);
    assertThatThrownBy(() -> store.update("a", value -> "bad", RetryPolicy.defaults()))
        .isInstanceOf(CodecException.class);
    assertThatThrownBy(() -> store.put("a", "bad", Expected.any()))
        .isInstanceOf(CodecException.class);
    assertThat(state()).isEqualTo(BEFORE);
  }
}
