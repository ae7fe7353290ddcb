/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.SchemaException;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.Commit;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;

/** Keys of several columns, and versions in columns of every kind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MappedKeysContract {

  /** A key of three columns. */
  record LineKey(long orderId, String part, int lineNo) {}

  /** A value with its key in its components. */
  record Line(long orderId, String part, int lineNo, String text) {}

  /** The same value with its key in one component. */
  record KeyedLine(LineKey id, String text) {}

  /** A value that does not have its key. */
  record Text(@Nullable String text) {}

  private static final Codec<Text> TEXTS =
      Codec.of(
          "text/1",
          value -> Codec.strings().encode(String.valueOf(value.text())),
          bytes -> new Text(Codec.strings().decode(bytes)));

  private final Engine engine;
  private TestDatabase database;
  private OccDatabase node;

  MappedKeysContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void openDatabase() throws Exception {
    database = engine.server().newDatabase();
    node = OccDatabase.builder(database.dataSource()).createSchema().open();
    boolean isMariadb = node.profile().family() == EngineProfile.Family.MARIADB;
    String exact = isMariadb ? " COLLATE utf8mb4_nopad_bin" : "";
    database.execute(
        "CREATE TABLE line (line_no INTEGER NOT NULL, version BIGINT NOT NULL, part VARCHAR(20)"
            + exact
            + " NOT NULL, order_id BIGINT NOT NULL, text VARCHAR(20),"
            + " PRIMARY KEY (order_id, part, line_no))");
    database.execute(
        "CREATE TABLE city (name VARCHAR(20)" + exact + " PRIMARY KEY, version BIGINT NOT NULL)");
    database.execute(
        "CREATE TABLE odd (on_day DATE, few SMALLINT, code UUID, version BIGINT NOT NULL,"
            + " text VARCHAR(9), PRIMARY KEY (on_day, few, code))");
    for (String type :
        List.of("SMALLINT", "INTEGER", "BIGINT", "DECIMAL(5)", "DECIMAL(20)", "DECIMAL(5, 2)")) {
      database.execute(
          "CREATE TABLE "
              + versioned(type)
              + " (id BIGINT PRIMARY KEY, version "
              + type
              + ", text VARCHAR(20))");
    }
  }

  private static String versioned(String type) {
    return "v_" + type.toLowerCase(java.util.Locale.ROOT).replaceAll("\\W+", "_");
  }

  @AfterAll
  void closeDatabase() {
    node.close();
  }

  @BeforeEach
  void empty() throws Exception {
    database.execute("DELETE FROM line");
  }

  private JdbcVersionedStore<LineKey, Line> lines() {
    return node.store(TableMapping.record(Line.class, LineKey.class).build());
  }

  private static LineKey key(long order, String part, int line) {
    return new LineKey(order, part, line);
  }

  private static Line line(LineKey key, String text) {
    return new Line(key.orderId, key.part, key.lineNo, text);
  }

  private static Versioned<Line> put(
      JdbcVersionedStore<LineKey, Line> store, LineKey key, String text, Expected expected) {
    return store.put(key, line(key, text), expected).orThrow();
  }

  private static List<LineKey> scanned(VersionedStore<LineKey, Line> store, Scan<LineKey> from) {
    List<LineKey> keys = new ArrayList<>();
    for (@Nullable Scan<LineKey> scan = from; scan != null; ) {
      Page<LineKey, Line> page = store.scan(scan);
      page.entries().forEach(entry -> keys.add(entry.key()));
      scan = page.next();
    }
    return keys;
  }

  @Test
  void scan_startingWith_takesTheFirstComponentsWhole() {
    VersionedStore<LineKey, Line> memory = VersionedStore.inMemory(lines().keyCodec());
    List<LineKey> all =
        List.of(key(1, "", 1), key(1, "A", 1), key(1, "a", 2), key(1, "a", 3), key(1, "ab", 1));
    for (VersionedStore<LineKey, Line> store : List.of(lines(), memory)) {
      all.forEach(key -> store.put(key, line(key, "x"), Expected.absent()).orThrow());
      store.put(key(2, "a", 1), line(key(2, "a", 1), "x"), Expected.absent()).orThrow();
      store.put(key(-1, "a", 1), line(key(-1, "a", 1), "x"), Expected.absent()).orThrow();
      Scan<LineKey> two = Scan.all(2);
      assertThat(scanned(store, two.startingWith(1L))).containsExactlyElementsOf(all);
      assertThat(scanned(store, two.startingWith(1L, "a"))).isEqualTo(all.subList(2, 4));
      assertThat(scanned(store, two.startingWith(1L, "a", 3))).containsExactly(key(1, "a", 3));
      assertThat(scanned(store, two.startingWith(1L).after(key(1, "a", 2))))
          .isEqualTo(all.subList(3, 5));
      assertThat(scanned(store, two.startingWith(3L))).isEmpty();
      assertThatThrownBy(() -> store.scan(two.startingWith(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("java.lang.Integer");
      assertThatThrownBy(() -> store.scan(two.startingWith(1L, "a", 1, "more")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** A value that is its key. */
  record City(String name) {}

  @Test
  void scan_startingWith_findsTextsThatBeginSoToTheByte() {
    JdbcVersionedStore<String, City> store =
        node.store(TableMapping.record(City.class, String.class).key("name").build());
    JdbcVersionedStore<String, City> byHand =
        node.store(
            TableMapping.<String, City>of("city")
                .key("name", KeyCodec.strings(), ColumnType.text())
                .version("version")
                .columns(List.of())
                .reading((name, row) -> new City(name)));
    List<String> names = List.of("B", "a", "a%", "a_b", "ab", "aé", "b", "ä", "\uff61", "𐐷");
    names.forEach(name -> store.put(name, new City(name), Expected.absent()).orThrow());
    for (String beginning : List.of("", "a", "A", "a_", "%", "b", "ä", "\ud7ff", "\uff61", "𐐷")) {
      List<String> wanted = names.stream().filter(name -> name.startsWith(beginning)).toList();
      for (JdbcVersionedStore<String, City> one : List.of(store, byHand)) {
        Scan<String> scan = Scan.<String>all(100).startingWith(beginning);
        assertThat(one.scan(scan).entries())
            .extracting(Page.Entry::key)
            .as(beginning)
            .containsExactlyElementsOf(wanted);
      }
    }
  }

  @Test
  void compositeKey_isReadWrittenAndRemoved() {
    JdbcVersionedStore<LineKey, Line> store = lines();
    LineKey one = key(1, "a:b%", 2);
    Versioned<Line> first = put(store, one, "x", Expected.absent());
    put(store, key(1, "a:b%", 3), "other", Expected.any());
    assertThat(store.get(one)).contains(first);
    assertThat(store.get(key(1, "a:b%", 4))).isEmpty();
    Expected old = Expected.version(first.version());
    Versioned<Line> second = put(store, one, "y", old);
    assertThat(store.put(one, line(one, "z"), old))
        .isEqualTo(new WriteResult.Conflict<>(old, second));
    assertThat(store.put(one, line(one, "z"), Expected.absent()).isApplied()).isFalse();
    assertThatThrownBy(() -> store.put(one, line(key(1, "a", 2), "z"), Expected.any()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another key");
    JdbcVersionedStore<LineKey, KeyedLine> keyed =
        node.store(TableMapping.record(KeyedLine.class, LineKey.class).table("line").build());
    assertThat(keyed.get(one).orElseThrow().value()).isEqualTo(new KeyedLine(one, "y"));
    JdbcVersionedStore<LineKey, Text> bare =
        node.store(TableMapping.record(Text.class, LineKey.class).table("line").build());
    assertThat(bare.get(one).orElseThrow().value()).isEqualTo(new Text("y"));
    assertThat(store.delete(one, old).isApplied()).isFalse();
    assertThat(store.delete(one, Expected.version(second.version())).isApplied()).isTrue();
    assertThat(store.getAll(List.of(one, key(1, "a:b%", 3)))).containsOnlyKeys(key(1, "a:b%", 3));
    assertThat(put(store, one, "again", Expected.absent()).version())
        .isGreaterThan(second.version());
  }

  @Test
  void scan_ofACompositeKey_goesColumnByColumn() {
    JdbcVersionedStore<LineKey, Line> store = lines();
    List<LineKey> sorted =
        List.of(
            key(-5, "z", 9),
            key(1, "", 1),
            key(1, "A", -1),
            key(1, "A", 7),
            key(1, "a", 1),
            key(1, "ab", 1),
            key(2, "A", 1),
            key(2, "A", 2),
            key(3, "é", 0));
    List<Write<LineKey, Line>> writes = new ArrayList<>();
    for (int i = sorted.size() - 1; i >= 0; i--) {
      writes.add(Write.put(sorted.get(i), line(sorted.get(i), "t"), Expected.absent()));
    }
    store.writeAll(writes).items().forEach(item -> assertThat(item.orThrow().isApplied()).isTrue());
    assertThat(keys(store.scan(Scan.all(100)))).containsExactlyElementsOf(sorted);
    for (int i = 0; i < sorted.size(); i++) {
      assertThat(keys(store.scan(Scan.<LineKey>all(100).after(sorted.get(i)))))
          .containsExactlyElementsOf(sorted.subList(i + 1, sorted.size()));
      assertThat(keys(store.scan(Scan.<LineKey>all(100).through(sorted.get(i)))))
          .containsExactlyElementsOf(sorted.subList(0, i + 1));
    }
    List<LineKey> paged = new ArrayList<>();
    for (Scan<LineKey> next = Scan.all(2); next != null; ) {
      Page<LineKey, Line> page = store.scan(next);
      paged.addAll(keys(page));
      next = page.next();
    }
    assertThat(paged).containsExactlyElementsOf(sorted);
    KeyCodec<LineKey> codec = store.keyCodec();
    assertThat(sorted)
        .isSortedAccordingTo(
            (a, b) -> java.util.Arrays.compareUnsigned(codec.encode(a), codec.encode(b)))
        .allSatisfy(
            key -> {
              assertThat(codec.decode(codec.encode(key))).isEqualTo(key);
              assertThat(codec.parse(codec.text(key))).isEqualTo(key);
            });
  }

  /** A key of the other types that keys have. */
  record OddKey(LocalDate onDay, short few, UUID code) {}

  @Test
  void scan_ofDatesShortsAndUuids_goesByTheirBytes() {
    JdbcVersionedStore<OddKey, Text> store =
        node.store(TableMapping.record(Text.class, OddKey.class).table("odd").build());
    List<OddKey> sorted = new ArrayList<>();
    for (String day : List.of("0999-12-31", "1969-12-31", "2026-03-29")) {
      for (short few : new short[] {Short.MIN_VALUE, -1, 0, 7}) {
        for (String code :
            List.of(
                "00000000-0000-7000-8000-0000000000ff",
                "00000000-0000-7000-bfff-000000000001",
                "7fffffff-0000-7000-8000-000000000000",
                "f0000000-ffff-7000-8000-000000000000")) {
          sorted.add(new OddKey(LocalDate.parse(day), few, UUID.fromString(code)));
        }
      }
    }
    store
        .writeAll(
            sorted.stream().map(key -> Write.put(key, new Text("t"), Expected.absent())).toList())
        .items()
        .forEach(item -> assertThat(item.orThrow().isApplied()).isTrue());
    List<OddKey> scanned = new ArrayList<>();
    for (Scan<OddKey> next = Scan.all(5); next != null; ) {
      Page<OddKey, Text> page = store.scan(next);
      page.entries().forEach(entry -> scanned.add(entry.key()));
      next = page.next();
    }
    assertThat(scanned).containsExactlyElementsOf(sorted);
    assertThat(store.getAll(sorted)).hasSize(sorted.size());
    KeyCodec<OddKey> codec = store.keyCodec();
    assertThat(sorted)
        .isSortedAccordingTo(
            (a, b) -> java.util.Arrays.compareUnsigned(codec.encode(a), codec.encode(b)))
        .allSatisfy(key -> assertThat(codec.parse(codec.text(key))).isEqualTo(key));
  }

  private static List<LineKey> keys(Page<LineKey, Line> page) {
    return page.entries().stream().map(Page.Entry::key).toList();
  }

  @Test
  void compositeKeys_areCommittedJoinedAndToldOf() throws Exception {
    JdbcVersionedStore<LineKey, Line> store = lines().recordChanges(true);
    LineKey a = key(1, "p:1", 1);
    LineKey b = key(1, "p:1", 2);
    RecordingFollower told = new RecordingFollower();
    try (var following = node.changes().followDirectly(told)) {
      Commit<LineKey, Line> commit =
          Commit.<LineKey, Line>empty()
              .put(b, line(b, "b"), Expected.absent())
              .put(a, line(a, "a"), Expected.absent());
      assertThat(store.commit(commit).isApplied()).isTrue();
      assertThat(store.commit(commit).isApplied()).isFalse();
      assertThat(told.keys()).containsExactly("1:p%3A1:1", "1:p%3A1:2");
    }
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      JoinedStore<LineKey, Line> joined = store.joining(connection);
      assertThat(joined.put(a, line(a, "j"), Expected.present()).isApplied()).isTrue();
      assertThat(joined.delete(b, Expected.present()).isApplied()).isTrue();
      connection.commit();
    }
    assertThat(store.get(a).orElseThrow().value().text()).isEqualTo("j");
    assertThat(store.get(b)).isEmpty();
  }

  @Test
  void pipeline_overACompositeKey_appliesReplaysAndConflicts() throws Exception {
    JdbcVersionedStore<LineKey, Text> store =
        node.store(TableMapping.record(Text.class, LineKey.class).table("line").build())
            .recordChanges(true);
    JdbcMutationPipeline<LineKey, Text> pipeline = node.pipeline(store, TEXTS).build();
    LineKey key = key(4, "p", 4);
    MutationId id = id();
    Mutation<LineKey, Text> creation = set(id, key, Expected.absent(), "made");
    Versioned<Text> made = pipeline.apply(creation).orThrow();
    assertThat(store.get(key)).contains(made);
    assertThat(pipeline.apply(creation).orThrow()).isEqualTo(made);
    Versioned<Text> next =
        pipeline.apply(set(id(), key, Expected.version(made.version()), "next")).orThrow();
    assertThat(store.get(key)).contains(next);
    assertThat(pipeline.apply(set(id(), key, Expected.version(made.version()), "late")))
        .isInstanceOfSatisfying(
            MutationResult.Conflicted.class, lost -> assertThat(lost.current()).isEqualTo(next));
    assertThat(pipeline.apply(set(id(), key, Expected.any(), "any")).isApplied()).isTrue();
  }

  private static MutationId id() {
    return new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
  }

  private static <K> Mutation<K, Text> set(MutationId id, K key, Expected expected, String text) {
    return Mutation.<K, Text>of(id, key, expected, Edit.set(new Text(text))).build();
  }

  @Test
  void compositeKey_withoutAnIndexOfItsOwn_isRefusedByName() throws Exception {
    record Wide(long orderId, String part) {}
    assertThatThrownBy(
            () -> node.store(TableMapping.record(Text.class, Wide.class).table("line").build()))
        .isInstanceOf(SchemaException.class)
        .message()
        .containsIgnoringCase("columns order_id, part have no primary key");
    record Dated(LocalDate day, double x) {}
    assertThatThrownBy(() -> TableMapping.record(Text.class, Dated.class).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("component x of Dated");
  }

  // Versions.

  private RecordMapping<Long, Text> counted(String type) {
    return TableMapping.record(Text.class, Long.class).table(versioned(type));
  }

  @Test
  void versions_inColumnsOfEveryKind_countAndCompare() throws Exception {
    for (String type : List.of("SMALLINT", "INTEGER", "BIGINT", "DECIMAL(5)", "DECIMAL(20)")) {
      JdbcVersionedStore<Long, Text> store =
          node.store(counted(type).versions(VersionScheme.COUNTER).nullVersionAsZero().build());
      Versioned<Text> made = store.put(1L, new Text("a"), Expected.absent()).orThrow();
      assertThat(made.version()).isOne();
      Versioned<Text> next = store.put(1L, new Text("b"), Expected.version(1)).orThrow();
      assertThat(next.version()).isEqualTo(2);
      assertThat(store.put(1L, new Text("c"), Expected.version(1)).isApplied()).isFalse();
      assertThat(store.put(1L, new Text("c"), Expected.version(1L << 40)).isApplied()).isFalse();
      JdbcMutationPipeline<Long, Text> pipeline = node.pipeline(store, TEXTS).build();
      assertThat(pipeline.apply(set(id(), 1L, Expected.version(2), "d")).orThrow().version())
          .isEqualTo(3);
      assertThat(store.get(1L).orElseThrow().version()).isEqualTo(3);
    }
  }

  @Test
  void counter_atTheEndOfItsColumn_refusesAndChangesNothing() throws Exception {
    for (String type : List.of("SMALLINT", "INTEGER", "DECIMAL(5)")) {
      long last =
          type.equals("SMALLINT") ? 32_767 : type.equals("INTEGER") ? 2_147_483_647 : 99_999;
      JdbcVersionedStore<Long, Text> store =
          node.store(counted(type).versions(VersionScheme.COUNTER).nullVersionAsZero().build());
      store.put(2L, new Text("a"), Expected.any()).orThrow();
      database.execute("UPDATE " + versioned(type) + " SET version = " + last + " WHERE id = 2");
      Versioned<Text> before = store.get(2L).orElseThrow();
      assertThatThrownBy(() -> store.put(2L, new Text("b"), Expected.version(last)))
          .isInstanceOf(DataRejectedException.class)
          .hasMessageContaining("nothing was changed");
      assertThatThrownBy(
              () ->
                  node.pipeline(store, TEXTS)
                      .build()
                      .apply(set(id(), 2L, Expected.version(last), "c")))
          .isInstanceOf(DataRejectedException.class);
      assertThat(store.get(2L)).contains(before);
    }
  }

  @Test
  void clock_inAColumnThatIsTooNarrow_isRefusedByName() throws Exception {
    for (String type : List.of("SMALLINT", "INTEGER", "DECIMAL(5)")) {
      assertThatThrownBy(() -> node.store(counted(type).nullVersionAsZero().build()))
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("versions(COUNTER)");
    }
    assertThatThrownBy(
            () -> node.store(counted("DECIMAL(5, 2)").versions(VersionScheme.COUNTER).build()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("digits after the point");
    JdbcVersionedStore<Long, Text> wide =
        node.store(counted("DECIMAL(20)").nullVersionAsZero().build());
    assertThat(wide.put(3L, new Text("a"), Expected.any()).orThrow().version())
        .isGreaterThan(1_000_000_000_000_000L);
  }

  @Test
  void nullVersion_asZero_isExpectedRaisedAndNoOtherIs() throws Exception {
    assertThatThrownBy(() -> node.store(counted("BIGINT").build()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("nullVersionAsZero()");
    for (VersionScheme scheme : VersionScheme.values()) {
      JdbcVersionedStore<Long, Text> store =
          node.store(counted("BIGINT").versions(scheme).nullVersionAsZero().build());
      JdbcMutationPipeline<Long, Text> pipeline = node.pipeline(store, TEXTS).build();
      for (boolean piped : List.of(false, true)) {
        database.execute(
            "DELETE FROM " + versioned("BIGINT") + " WHERE id = 9",
            "INSERT INTO " + versioned("BIGINT") + " (id, text) VALUES (9, 'old')");
        Versioned<Text> old = store.get(9L).orElseThrow();
        assertThat(old.version()).isZero();
        assertThat(store.put(9L, new Text("x"), Expected.version(1)))
            .isEqualTo(new WriteResult.Conflict<>(Expected.version(1), old));
        Versioned<Text> next =
            piped
                ? pipeline.apply(set(id(), 9L, Expected.version(0), "new")).orThrow()
                : store.put(9L, new Text("new"), Expected.versionIn(List.of(0L, 5L))).orThrow();
        assertThat(next.version()).isPositive();
        assertThat(store.get(9L)).contains(next);
        assertThat(store.put(9L, new Text("x"), Expected.version(0)).isApplied()).isFalse();
      }
    }
  }
}
