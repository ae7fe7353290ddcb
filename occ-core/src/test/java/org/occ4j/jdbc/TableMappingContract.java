/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.SchemaException;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.Scan;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** A store in a table that the application already had. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TableMappingContract {

  /** A row of the application. */
  record Task(long id, String title, boolean done) {}

  private static final Column<Task, String> TITLE =
      new Column<>("title", ColumnType.text(), Task::title);
  private static final Column<Task, Boolean> DONE =
      new Column<>("done", ColumnType.booleans(), Task::done);

  private final Engine engine;
  private final String timestamp;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase node;

  /**
   * A contract.
   *
   * @param timestamp the type of a time without its precision
   */
  TableMappingContract(Engine engine, String timestamp) {
    this.engine = engine;
    this.timestamp = timestamp;
  }

  @BeforeAll
  void makeDatabase() throws Exception {
    database = engine.server().newDatabase();
    pool = database.pool(4);
    OccDatabase.builder(pool).createSchema().open().close();
    table("task", "version BIGINT NOT NULL, updated_at " + timestamp + "(6) NOT NULL");
    table("timed", "updated_at " + timestamp + "(3) NOT NULL");
    table("coarse", "updated_at " + timestamp + "(0) NOT NULL");
    table("counted", "version INTEGER NOT NULL");
  }

  private void table(String name, String columns) throws Exception {
    database.execute(
        "CREATE TABLE "
            + name
            + " (id BIGINT PRIMARY KEY, "
            + columns
            + ", updated_by VARCHAR(50), title VARCHAR(100) NOT NULL, done BOOLEAN NOT NULL,"
            + " note VARCHAR(100) DEFAULT 'untouched')");
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void openDatabase() throws Exception {
    database.execute("DELETE FROM task", "DELETE FROM timed", "DELETE FROM counted");
    node = OccDatabase.open(pool);
  }

  @AfterEach
  void closeDatabase() {
    node.close();
  }

  private static TableMapping.Builder<Long, Task> mapping(String table) {
    return TableMapping.<Long, Task>of(table)
        .key("id", KeyCodec.longs(), ColumnType.longs())
        .updatedBy("updated_by")
        .columns(List.of(TITLE, DONE));
  }

  private static TableMapping<Long, Task> ended(TableMapping.Builder<Long, Task> builder) {
    return builder.reading((id, row) -> new Task(id, row.require(TITLE), row.require(DONE)));
  }

  private JdbcVersionedStore<Long, Task> tasks() {
    return node.store(ended(mapping("task").version("version").updatedAt("updated_at")));
  }

  private static Task task(long id, String title) {
    return new Task(id, title, false);
  }

  private static <V> Versioned<V> now(WriteResult<V> result) {
    return Objects.requireNonNull(result.orThrow());
  }

  @Test
  void put_createsReadsAndReplaces_byVersionAndByTime() {
    JdbcVersionedStore<Long, Task> store = tasks();
    Versioned<Task> first = now(store.by("ann").put(1L, task(1, "a"), Expected.absent()));
    assertThat(store.get(1L)).contains(first);
    assertThat(first.updatedBy()).isEqualTo("ann");
    Versioned<Task> second = now(store.put(1L, task(1, "b"), Expected.version(first.version())));
    assertThat(second.version()).isGreaterThan(first.version());
    Versioned<Task> third =
        now(
            store.put(
                1L, task(1, "c"), Expected.updatedAt(Objects.requireNonNull(second.updatedAt()))));
    assertThat(store.get(1L)).contains(third);
    assertThat(third.updatedAt()).isAfter(second.updatedAt());
  }

  @Test
  void put_oldVersion_conflictsWithTheStateThatIsThere() {
    JdbcVersionedStore<Long, Task> store = tasks();
    Versioned<Task> first = now(store.put(1L, task(1, "a"), Expected.absent()));
    Versioned<Task> second = now(store.put(1L, task(1, "b"), Expected.present()));
    Expected old = Expected.version(first.version());
    assertThat(store.put(1L, task(1, "c"), old)).isEqualTo(new WriteResult.Conflict<>(old, second));
    assertThat(store.delete(1L, old)).isEqualTo(new WriteResult.Conflict<>(old, second));
    assertThat(store.put(1L, task(1, "c"), Expected.absent()).isApplied()).isFalse();
    assertThat(store.put(2L, task(2, "c"), Expected.version(1)))
        .isEqualTo(new WriteResult.Conflict<>(Expected.version(1), null));
  }

  /** Clients can send any number, and tags that are none. */
  @Test
  void versionsThatNoRowCanHave_conflictWhateverTheVersionIs() {
    List<JdbcVersionedStore<Long, Task>> stores =
        List.of(
            tasks(),
            node.store(ended(mapping("timed").updatedAt("updated_at"))),
            node.store(
                ended(mapping("counted").version("version").versions(VersionScheme.COUNTER))));
    for (JdbcVersionedStore<Long, Task> store : stores) {
      Versioned<Task> current = now(store.put(1L, task(1, "a"), Expected.absent()));
      for (Expected never :
          List.of(
              Expected.version(Long.MAX_VALUE),
              Expected.version(0),
              Expected.versionIn(List.of()),
              Expected.versionIn(List.of(0L, 1L << 62, Long.MAX_VALUE)))) {
        WriteResult<Task> conflict = new WriteResult.Conflict<>(never, current);
        assertThat(store.put(1L, task(1, "b"), never)).isEqualTo(conflict);
        assertThat(store.delete(1L, never)).isEqualTo(conflict);
      }
      for (String never : List.of("+200000-01-01T00:00:00Z", "-200000-01-01T00:00:00Z")) {
        if (current.updatedAt() != null) {
          assertThat(
                  store.put(1L, task(1, "b"), Expected.updatedAt(Instant.parse(never))).isApplied())
              .isFalse();
        }
      }
      Expected either = Expected.versionIn(List.of(0L, current.version(), Long.MAX_VALUE));
      assertThat(store.put(1L, task(1, "b"), either).isApplied()).isTrue();
    }
  }

  @Test
  void columns_thatAreNotMapped_areLeftAlone() throws Exception {
    JdbcVersionedStore<Long, Task> store = tasks();
    store.put(1L, task(1, "a"), Expected.absent()).orThrow();
    database.execute("UPDATE task SET note = 'mine'");
    store.put(1L, task(1, "b"), Expected.any()).orThrow();
    try (Connection connection = database.connect();
        var row = connection.createStatement().executeQuery("SELECT note FROM task")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getString(1)).isEqualTo("mine");
    }
  }

  @Test
  void versions_ofAKeyThatComesBack_areGreater() {
    JdbcVersionedStore<Long, Task> store = tasks();
    Versioned<Task> first = now(store.put(1L, task(1, "a"), Expected.absent()));
    store.delete(1L, Expected.version(first.version())).orThrow();
    assertThat(now(store.put(1L, task(1, "b"), Expected.absent())).version())
        .isGreaterThan(first.version());
  }

  @Test
  void timeAlone_isTheVersion_andNeverTheSameTwice() {
    JdbcVersionedStore<Long, Task> store =
        node.store(ended(mapping("timed").updatedAt("updated_at")));
    Versioned<Task> last = now(store.put(1L, task(1, "a"), Expected.absent()));
    for (int i = 0; i < 50; i++) {
      assertThat(last.version() % 1_000).isZero();
      Versioned<Task> next = now(store.put(1L, task(1, "x" + i), Expected.version(last.version())));
      assertThat(next.version()).isGreaterThan(last.version());
      assertThat(store.put(1L, task(1, "late"), Expected.version(last.version())).isApplied())
          .isFalse();
      last = next;
    }
    assertThat(store.get(1L)).contains(last);
  }

  @Test
  void counter_beginsAtOne_andAsksNothingOfTheTime() {
    JdbcVersionedStore<Long, Task> store =
        node.store(ended(mapping("counted").version("version").versions(VersionScheme.COUNTER)));
    Versioned<Task> first = now(store.put(1L, task(1, "a"), Expected.absent()));
    assertThat(first.version()).isEqualTo(1);
    assertThat(first.updatedAt()).isNull();
    assertThat(store.update(1L, t -> task(1, "b"), RetryPolicy.once()).isApplied()).isTrue();
    assertThat(store.get(1L).orElseThrow().version()).isEqualTo(2);
    assertThatThrownBy(() -> store.put(1L, task(1, "c"), Expected.updatedAt(Instant.EPOCH)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("updated_at");
  }

  @Test
  void version_followsTheClock_andIsNotGivenAgainAfterAWriteWasForgotten() throws Exception {
    JdbcVersionedStore<Long, Task> store = tasks();
    Versioned<Task> kept = now(store.put(1L, task(1, "kept"), Expected.absent()));
    Versioned<Task> lost = now(store.put(1L, task(1, "lost"), Expected.any()));
    assertThat(lost.version() / 1_000_000)
        .isCloseTo(System.currentTimeMillis() / 1_000, Offset.offset(60L));
    database.execute("UPDATE task SET version = " + kept.version());
    Versioned<Task> next = now(store.put(1L, task(1, "next"), Expected.version(kept.version())));
    assertThat(next.version()).isGreaterThan(lost.version());
  }

  @Test
  void version_ofARowThatCountedBefore_goesOnByTheClock() throws Exception {
    JdbcVersionedStore<Long, Task> store = tasks();
    store.put(1L, task(1, "a"), Expected.absent()).orThrow();
    database.execute("UPDATE task SET version = 7");
    assertThat(now(store.put(1L, task(1, "b"), Expected.version(7))).version())
        .isGreaterThan(1_000_000_000_000_000L);
  }

  @Test
  void manyKeys_areReadScannedWrittenAndCommitted() {
    JdbcVersionedStore<Long, Task> store = tasks();
    store
        .writeAll(
            List.of(
                Write.put(3L, task(3, "c"), Expected.absent()),
                Write.put(-1L, task(-1, "a"), Expected.absent()),
                Write.put(2L, task(2, "b"), Expected.any())))
        .items()
        .forEach(item -> assertThat(item.orThrow().isApplied()).isTrue());
    assertThat(store.scan(Scan.all(10)).entries())
        .extracting(entry -> entry.key())
        .containsExactly(-1L, 2L, 3L);
    assertThat(store.getAll(List.of(2L, 4L))).containsOnlyKeys(2L);
    Commit<Long, Task> commit =
        Commit.<Long, Task>empty()
            .put(4L, task(4, "d"), Expected.absent())
            .delete(3L, Expected.present());
    assertThat(store.commit(commit).isApplied()).isTrue();
    assertThat(store.commit(commit).isApplied()).isFalse();
    assertThat(store.getAll(List.of(3L, 4L))).containsOnlyKeys(4L);
    assertThatThrownBy(() -> store.commit(Commit.<Long, Task>empty().read(9L, Expected.absent())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("9");
  }

  @Test
  void store_tableThatCannotServe_isRefusedByName() {
    assertThatThrownBy(() -> node.store(ended(mapping("nowhere").version("version"))))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("table nowhere is missing");
    assertThatThrownBy(() -> node.store(ended(mapping("timed").version("version"))))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("column version is missing");
    assertThatThrownBy(() -> node.store(ended(mapping("coarse").updatedAt("updated_at"))))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("cannot tell two writes apart");
    assertThatThrownBy(() -> node.store(ended(mapping("counted").version("version"))))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("should be BIGINT");
  }

  @Test
  void foreignWriteTriggers_raiseWhatAForeignWriteLeavesAlone() throws Exception {
    TableMapping<Long, Task> mapping =
        ended(mapping("task").version("version").updatedAt("updated_at"));
    List<String> ddl = node.foreignWriteTriggers(mapping);
    JdbcVersionedStore<Long, Task> store = node.store(mapping);
    database.execute(ddl.toArray(String[]::new));
    Versioned<Task> before = now(store.put(1L, task(1, "a"), Expected.absent()));
    database.execute("UPDATE task SET title = 'foreign'");
    Versioned<Task> after = store.get(1L).orElseThrow();
    assertThat(after.version()).isGreaterThan(before.version());
    assertThat(after.updatedAt()).isAfter(before.updatedAt());
    Versioned<Task> ours = now(store.put(1L, task(1, "b"), Expected.version(after.version())));
    assertThat(store.get(1L)).contains(ours);
  }
}
