/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.JoinedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;

/**
 * Everything that the library does over a database, once: a short contract that is run through a
 * driver with unusual options, or beside somebody who alters tables. Each answer is compared with
 * what a second connection with default options reads.
 *
 * <p>A conflict comes before each success, since that is the order in which one statement's answers
 * differ in shape. Run a few {@linkplain #round rounds}: drivers begin to prepare and to cache
 * after some repetitions.
 */
public final class DatabaseSmoke implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Characters that a driver which writes values into the text has to escape. */
  private static final String AWKWARD = "it's \\ \"x\" ? {fn} $1 :a ; -- /* \u00e9\u4e16 ";

  private static final AtomicLong serial = new AtomicLong();

  private final DataSource tested;
  private final DataSource plain;
  private final OccDatabase node;
  private final OccDatabase reference;
  private final JdbcVersionedStore<Long, SmokeTask> tasks;
  private final JdbcVersionedStore<Long, SmokeTask> timed;
  private final VersionedStore<Long, SmokeTask> tasksThere;
  private final VersionedStore<Long, SmokeTask> timedThere;
  private final RecordingFollower here = new RecordingFollower();
  private final RecordingFollower there = new RecordingFollower();

  /**
   * Opens two instances.
   *
   * @param tested the data source with the options
   * @param plain the same database with default options, in which {@link #createTables} was called
   */
  public DatabaseSmoke(DataSource tested, DataSource plain) {
    this.tested = tested;
    this.plain = plain;
    this.node = OccDatabase.builder(tested).open();
    this.reference = OccDatabase.builder(plain).open();
    this.tasks = node.store(SmokeTask.mapping());
    this.timed = node.store(SmokeTask.timedMapping());
    this.tasksThere = reference.store(SmokeTask.mapping());
    this.timedThere = reference.store(SmokeTask.timedMapping());
    node.changes().followDirectly(here);
    reference.changes().followDirectly(there);
  }

  /** Makes the library's tables and those of an application. */
  public static void createTables(TestDatabase plain) throws SQLException {
    OccDatabase.builder(plain.dataSource()).createSchema().open().close();
    SmokeTask.createTables(plain);
  }

  /** How those of an application are mapped. */
  public static List<TableMapping<Long, ?>> mappings() {
    return List.of(SmokeTask.mapping(), SmokeTask.timedMapping());
  }

  @Override
  public void close() {
    node.close();
    reference.close();
  }

  /** Everything but {@link #slowRound}, once, under names that no other round uses. */
  public void round() throws Exception {
    String name = "smoke-" + serial.incrementAndGet();
    JdbcVersionedStore<String, String> store = store(node, name);
    VersionedStore<String, String> check = store(reference, name);
    singleWrites(store, check);
    writeAll(store, check);
    commit(store, check);
    scan(store);
    joined(store, check);
    mapped(tasks, tasksThere);
    mapped(timed, timedThere);
    SmokeMutations mutations = new SmokeMutations(node, reference, this::audited);
    mutations.leased();
    mutations.inTransaction();
    mutations.joined(tested);
    mutations.pipeline(name);
    mutations.pipelineWithSqlEdit(name);
    mutex(name);
    feed(name);
  }

  /** What waits: for records to grow old, and on H2 for a lock's time-out. */
  public void slowRound() throws Exception {
    new SmokeMutex(node.mutex("smoke"), reference.mutex("smoke"), PATIENCE)
        .inTransaction(tested, "slow-" + serial.incrementAndGet());
    new SmokeMutations(node, reference, this::audited).purge();
    assertThat(node.changes().purge(100)).isNotNegative();
    assertThat(node.mutex("smoke").sweep(Duration.ofHours(1))).isZero();
  }

  private static JdbcVersionedStore<String, String> store(OccDatabase database, String name) {
    return database.store(name, KeyCodec.strings(), Codec.strings());
  }

  // Store.

  private static void singleWrites(
      JdbcVersionedStore<String, String> store, VersionedStore<String, String> check) {
    Versioned<String> first = applied(store.put("a", AWKWARD, Expected.absent()));
    stored(check, "a", first);
    assertRecent(first);
    conflict(store.put("a", "x", Expected.absent()), first);
    conflict(store.put("a", "x", Expected.version(first.version() - 1)), first);
    Versioned<String> second =
        applied(store.by("ann").put("a", AWKWARD + 2, Expected.version(first.version())));
    assertThat(second.version()).isGreaterThan(first.version());
    assertThat(second.updatedBy()).isEqualTo("ann");
    stored(check, "a", second);
    conflict(store.put("b", "x", Expected.present()), null);
    Versioned<String> created = applied(store.recordChanges(true).put("b", "1", Expected.any()));
    Versioned<String> updated =
        applied(store.update("b", value -> value + "!", RetryPolicy.defaults()));
    assertThat(updated.value()).isEqualTo("1!");
    assertThat(updated.version()).isGreaterThan(created.version());
    assertThat(store.getAll(List.of("a", "b", "none")))
        .isEqualTo(Map.of("a", second, "b", updated));
    assertThat(check.getAll(List.of("a", "b"))).isEqualTo(store.getAll(List.of("b", "a")));
    conflict(store.delete("b", Expected.version(created.version())), updated);
    assertThat(store.delete("b", Expected.version(updated.version())).isApplied()).isTrue();
    assertThat(store.delete("b", Expected.any()).isApplied()).isTrue();
    assertThat(store.get("b")).isEmpty();
    stored(check, "b", null);
    assertThat(applied(store.put("b", "again", Expected.absent())).version())
        .isGreaterThan(updated.version());
  }

  private static void writeAll(
      JdbcVersionedStore<String, String> store, VersionedStore<String, String> check) {
    Versioned<String> before = check.get("a").orElseThrow();
    List<WriteResult<String>> results =
        store
            .recordChanges(true)
            .writeAll(
                List.of(
                    Write.put("a", "x", Expected.absent()),
                    Write.put("c", "c", Expected.absent()),
                    Write.put("b", "b", Expected.present()),
                    Write.delete("d", Expected.present())))
            .items()
            .stream()
            .map(item -> item.orThrow())
            .toList();
    conflict(results.get(0), before);
    stored(check, "c", applied(results.get(1)));
    stored(check, "b", applied(results.get(2)));
    conflict(results.get(3), null);
    stored(check, "a", before);
  }

  private static void commit(
      JdbcVersionedStore<String, String> store, VersionedStore<String, String> check) {
    Map<String, Versioned<String>> before = check.getAll(List.of("a", "b", "c"));
    long read = before.get("a").version();
    Commit<String, String> late =
        Commit.<String, String>empty()
            .read("a", read - 1)
            .put("b", "lost", Expected.any())
            .put("e", "lost", Expected.absent())
            .delete("c", Expected.present());
    assertThat(((CommitResult.Conflicted<String, String>) store.commit(late)).conflicts())
        .containsOnlyKeys("a");
    assertThat(check.getAll(List.of("a", "b", "c", "e"))).isEqualTo(before);
    Commit<String, String> good =
        Commit.<String, String>empty()
            .read("a", read)
            .put("b", "kept", Expected.version(before.get("b").version()))
            .put("e", "kept", Expected.absent())
            .delete("c", Expected.present());
    Map<String, Versioned<String>> written =
        ((CommitResult.Applied<String, String>) store.recordChanges(true).commit(good)).written();
    assertThat(check.getAll(List.of("b", "c", "e"))).isEqualTo(written);
    assertThat(written).containsOnlyKeys("b", "e");
  }

  private static void scan(VersionedStore<String, String> store) {
    Page<String, String> first = store.scan(Scan.all(2));
    assertThat(first.entries()).extracting(Page.Entry::key).containsExactly("a", "b");
    Page<String, String> rest = store.scan(first.next());
    assertThat(rest.entries()).extracting(Page.Entry::key).containsExactly("e");
    assertThat(rest.next()).isNull();
    assertThat(store.scan(Scan.<String>all(9).after("a").through("b")).entries())
        .containsExactly(first.entries().get(1));
  }

  private void joined(
      JdbcVersionedStore<String, String> store, VersionedStore<String, String> check)
      throws SQLException {
    Versioned<String> before = check.get("a").orElseThrow();
    try (Connection connection = tested.getConnection()) {
      connection.setAutoCommit(false);
      JoinedStore<String, String> undone = store.joining(connection);
      conflict(undone.put("a", "x", Expected.absent()), before);
      assertThat(applied(undone.put("a", "undone", Expected.present()))).isNotNull();
      assertThat(undone.delete("b", Expected.any()).isApplied()).isTrue();
      assertThat(undone.get("a").orElseThrow().value()).isEqualTo("undone");
      stored(check, "a", before);
      connection.rollback();
      stored(check, "a", before);
      JoinedStore<String, String> kept = store.recordChanges(true).joining(connection);
      conflict(kept.put("a", "x", Expected.version(before.version() - 1)), before);
      Versioned<String> after = applied(kept.put("a", "kept", Expected.version(before.version())));
      Versioned<String> made = applied(kept.put("f", "made", Expected.absent()));
      connection.commit();
      kept.committed();
      connection.setAutoCommit(true);
      stored(check, "a", after);
      stored(check, "f", made);
    }
  }

  // Mapped table.

  private static void mapped(
      JdbcVersionedStore<Long, SmokeTask> store, VersionedStore<Long, SmokeTask> check) {
    long id = serial.incrementAndGet();
    Versioned<SmokeTask> first = applied(store.put(id, SmokeTask.of(AWKWARD), Expected.absent()));
    stored(check, id, first);
    assertRecent(first);
    conflict(store.put(id, SmokeTask.of("x"), Expected.absent()), first);
    conflict(store.put(id, SmokeTask.of("x"), Expected.version(first.version() - 1)), first);
    Instant at = first.updatedAt();
    Versioned<SmokeTask> second =
        applied(store.by("bo").put(id, first.value().title("y"), Expected.updatedAt(at)));
    assertThat(second.updatedAt()).isAfter(at);
    stored(check, id, second);
    conflict(store.put(id, SmokeTask.of("x"), Expected.updatedAt(at)), second);
    // Nothing but the version changes: that a row was met must not depend on what differs in it.
    Versioned<SmokeTask> same =
        applied(store.by("bo").put(id, second.value(), Expected.version(second.version())));
    assertThat(same.version()).isGreaterThan(second.version());
    stored(check, id, same);
    assertThat(store.getAll(List.of(id, id + 1_000_000))).isEqualTo(Map.of(id, same));
    conflict(store.delete(id, Expected.version(first.version())), same);
    assertThat(store.delete(id, Expected.version(same.version())).isApplied()).isTrue();
    stored(check, id, null);
  }

  // Mutex and feed.

  private void mutex(String key) throws Exception {
    SmokeMutex mutex = new SmokeMutex(node.mutex("smoke"), reference.mutex("smoke"), PATIENCE);
    mutex.excludes(key);
    mutex.guards(tested, key, this::audited);
  }

  private void feed(String name) throws Exception {
    int before = there.changes().size();
    Tag tag = Tag.of("smoke", name);
    VersionedStore<String, String> tagging = store(node, name).by("ann").tagging(Set.of(tag));
    Versioned<String> told = applied(tagging.put("feed", "v", Expected.any()));
    assertThat(reference.changes().awaitApplied(node.changes().now(), PATIENCE)).isTrue();
    assertThat(List.copyOf(there.changes()).stream().skip(before))
        .anySatisfy(
            change -> {
              assertThat(change.source()).isEqualTo(name);
              assertThat(change.key()).isEqualTo("feed");
              assertThat(change.version()).isEqualTo(told.version());
              assertThat(change.updatedBy()).isEqualTo("ann");
              assertThat(change.tags()).containsExactly(tag);
            });
    applied(store(reference, name).recordChanges(true).put("back", "v", Expected.any()));
    assertThat(node.changes().awaitApplied(reference.changes().now(), PATIENCE)).isTrue();
    assertThat(here.keys()).contains("feed", "back");
    assertThat(here.missed()).isEmpty();
  }

  // What the other connection sees.

  /** How many rows of that text are in the application's table. */
  private int audited(String text) throws SQLException {
    try (Connection connection = plain.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT COUNT(*) FROM smoke_audit WHERE text = '" + text + "'")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static <V> Versioned<V> applied(WriteResult<V> result) {
    Versioned<V> state = result.orThrow();
    assertThat(state).isNotNull();
    return state;
  }

  private static <V> void conflict(WriteResult<V> result, @Nullable Versioned<V> current) {
    assertThat(result).isInstanceOf(WriteResult.Conflict.class);
    assertThat(((WriteResult.Conflict<V>) result).current()).isEqualTo(current);
  }

  private static <K, V> void stored(
      VersionedStore<K, V> check, K key, @Nullable Versioned<V> state) {
    assertThat(check.get(key).orElse(null)).isEqualTo(state);
  }

  /** A time that went through the wrong zone is an hour off, or more. */
  private static void assertRecent(Versioned<?> state) {
    assertThat(Duration.between(state.updatedAt(), Instant.now()).abs())
        .isLessThan(Duration.ofMinutes(20));
  }
}
