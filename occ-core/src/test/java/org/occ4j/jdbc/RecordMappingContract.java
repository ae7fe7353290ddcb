/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.invoke.MethodHandles;
import java.math.BigDecimal;
import java.sql.Connection;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.SchemaException;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.internal.Names;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Commit;
import org.occ4j.store.Scan;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Records as rows, by the names and types of their components. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RecordMappingContract {

  enum Status {
    OPEN,
    DONE
  }

  /** A component of each type that goes without saying. */
  record Kitchen(
      long id,
      String headLine,
      long bigCount,
      int count,
      short few,
      double weight,
      boolean done,
      BigDecimal price,
      List<Byte> data,
      UUID code,
      Instant moment,
      LocalDateTime local,
      LocalDate day,
      LocalTime hour,
      Status status,
      String doc) {}

  /** The same with boxes, all of which may be null. */
  record Larder(
      Long id,
      @Nullable String headLine,
      @Nullable Long bigCount,
      @Nullable Integer count,
      @Nullable Short few,
      @Nullable Double weight,
      @Nullable Boolean done,
      @Nullable BigDecimal price,
      @Nullable UUID code,
      @Nullable Instant moment,
      @Nullable LocalDateTime local,
      @Nullable LocalDate day,
      @Nullable LocalTime hour,
      @Nullable Status status,
      @Nullable String doc) {}

  private static final Kitchen FULL =
      new Kitchen(
          7,
          "it's \\ \"so\" ß 数",
          Long.MIN_VALUE,
          Integer.MAX_VALUE,
          Short.MIN_VALUE,
          0.1 + 0.2,
          true,
          new BigDecimal("-1234567.89"),
          List.of((byte) 0, (byte) -1, (byte) 39, (byte) 92),
          UUID.fromString("f0e1d2c3-0000-4000-8000-00000000ffff"),
          Instant.parse("2026-10-25T00:30:00.123456Z"),
          LocalDateTime.parse("2026-03-29T02:30:00.000001"),
          LocalDate.parse("1582-10-10"),
          LocalTime.parse("23:59:59.999999"),
          Status.DONE,
          "{\"a\": [1, 2, \"x\"]}");

  private static final ColumnType<List<Byte>> BYTES =
      ColumnType.bytes().as(RecordMappingContract::list, RecordMappingContract::array);

  private static List<Byte> list(byte[] bytes) {
    Byte[] boxes = new Byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      boxes[i] = bytes[i];
    }
    return List.of(boxes);
  }

  private static byte[] array(List<Byte> bytes) {
    byte[] all = new byte[bytes.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = bytes.get(i);
    }
    return all;
  }

  private final Engine engine;
  private final SqlTypes types;
  private TestDatabase database;
  private OccDatabase node;

  /**
   * What the engine calls its types.
   *
   * @param instant a moment, to six digits of a second
   * @param dateTime the same without a zone
   */
  record SqlTypes(String instant, String dateTime, String bytes, String json) {
    static final SqlTypes H2 =
        new SqlTypes("TIMESTAMP(6) WITH TIME ZONE", "TIMESTAMP(6)", "VARBINARY(50)", "JSON");
    static final SqlTypes POSTGRESQL =
        new SqlTypes("TIMESTAMPTZ", "TIMESTAMP(6)", "BYTEA", "JSONB");
    static final SqlTypes MARIADB =
        new SqlTypes("DATETIME(6)", "DATETIME(6)", "VARBINARY(50)", "JSON");
  }

  RecordMappingContract(Engine engine, SqlTypes types) {
    this.engine = engine;
    this.types = types;
  }

  @BeforeAll
  void openDatabase() throws Exception {
    database = engine.server().newDatabase();
    node = OccDatabase.builder(database.dataSource()).createSchema().open();
    String columns =
        " (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, updated_at %s NOT NULL,"
            + " updated_by VARCHAR(50), head_line VARCHAR(100), big_count BIGINT, count INTEGER,"
            + " few SMALLINT, weight DOUBLE PRECISION, done BOOLEAN, price DECIMAL(12, 2),"
            + " data %s, code UUID, moment %s, local %s, day DATE, hour TIME(6),"
            + " status VARCHAR(10), doc %s)";
    for (String table : List.of("kitchen", "larder")) {
      String made =
          columns
              .replace(" count ", " " + quote("count") + " ")
              .replace(" local ", " " + quote("local") + " ")
              .replace(" day ", " " + quote("day") + " ")
              .replace(" hour ", " " + quote("hour") + " ");
      database.execute(
          "CREATE TABLE "
              + table
              + made.formatted(
                  types.dateTime(),
                  types.bytes(),
                  types.instant(),
                  types.dateTime(),
                  types.json()));
    }
    database.execute(
        "CREATE TABLE plain (id VARCHAR(20) "
            + (types.equals(SqlTypes.MARIADB) ? "COLLATE utf8mb4_nopad_bin " : "")
            + "PRIMARY KEY, version BIGINT NOT NULL, title VARCHAR(20))");
  }

  private String quote(String name) {
    return node.context().engine().quote(node.context().engine().folded(name));
  }

  @AfterAll
  void closeDatabase() {
    node.close();
  }

  private JdbcVersionedStore<Long, Kitchen> kitchens() {
    return node.store(TableMapping.record(Kitchen.class, Long.class).column("data", BYTES).build());
  }

  private static <V> Versioned<V> now(JdbcVersionedStore<Long, V> store, long key, V value) {
    return store.put(key, value, Expected.any()).orThrow();
  }

  /** As JSON is equal: PostgreSQL and H2 keep it with other blanks. */
  private static Kitchen tight(Kitchen one) {
    return new Kitchen(
        one.id,
        one.headLine,
        one.bigCount,
        one.count,
        one.few,
        one.weight,
        one.done,
        one.price,
        one.data,
        one.code,
        one.moment,
        one.local,
        one.day,
        one.hour,
        one.status,
        one.doc.replace(" ", ""));
  }

  @Test
  void everyType_comesBackAsItWent_whicheverWayItTakes() throws Exception {
    JdbcVersionedStore<Long, Kitchen> store = kitchens();
    Kitchen expected = tight(FULL);
    Versioned<Kitchen> put = now(store.by("ann"), 7, FULL);
    assertThat(tight(put.value())).isEqualTo(expected);
    assertThat(put.updatedBy()).isEqualTo("ann");
    assertThat(put.updatedAt()).isNotNull();
    assertThat(store.get(7L)).contains(put);
    assertThat(store.getAll(List.of(7L, 8L))).containsOnlyKeys(7L).containsValue(put);
    assertThat(store.scan(Scan.all(5)).entries()).extracting(e -> e.state()).contains(put);
    assertThat(
            store
                .commit(Commit.<Long, Kitchen>empty().put(7L, FULL, Expected.present()))
                .isApplied())
        .isTrue();
    assertThat(tight(store.get(7L).orElseThrow().value())).isEqualTo(expected);
    JdbcMutationPipeline<Long, Kitchen> pipeline =
        node.pipeline(store, Codec.of("none/1", kitchen -> new byte[0], bytes -> FULL)).build();
    for (Expected how : List.of(Expected.present(), Expected.any())) {
      MutationId id = new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
      Versioned<Kitchen> applied =
          pipeline.apply(Mutation.of(id, 7L, how, Edit.set(FULL)).build()).orThrow();
      assertThat(tight(applied.value())).isEqualTo(expected);
      assertThat(store.get(7L)).contains(applied);
    }
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      JoinedStore<Long, Kitchen> joined = store.joining(connection);
      Versioned<Kitchen> mine = joined.put(7L, FULL, Expected.present()).orThrow();
      assertThat(tight(mine.value())).isEqualTo(expected);
      assertThat(joined.get(7L)).contains(mine);
      connection.rollback();
    }
  }

  @Test
  void nulls_comeBackAsNulls() {
    JdbcVersionedStore<Long, Larder> store =
        node.store(TableMapping.record(Larder.class, Long.class).build());
    Larder empty =
        new Larder(
            1L, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    Versioned<Larder> put = now(store, 1, empty);
    assertThat(put.value()).isEqualTo(empty);
    assertThat(store.get(1L)).contains(put);
    assertThat(now(store, 1, empty).value()).isEqualTo(empty);
    assertThat(now(store, 1, larder(1, new BigDecimal("1.50"), null)).value().price())
        .isEqualTo("1.50");
  }

  private static Larder larder(long id, @Nullable BigDecimal price, @Nullable Instant moment) {
    return new Larder(
        id, "x", null, null, null, null, null, price, null, moment, null, null, null, null, null);
  }

  @Test
  void null_whereAComponentIsPrimitive_isToldByName() throws Exception {
    JdbcVersionedStore<Long, Kitchen> store = kitchens();
    now(
        store,
        8,
        new Kitchen(
            8,
            "x",
            1,
            1,
            (short) 1,
            1,
            true,
            BigDecimal.ONE,
            List.of(),
            FULL.code,
            FULL.moment,
            FULL.local,
            FULL.day,
            FULL.hour,
            FULL.status,
            "1"));
    database.execute("UPDATE kitchen SET few = NULL WHERE id = 8");
    assertThatThrownBy(() -> store.get(8L))
        .isInstanceOf(CodecException.class)
        .rootCause()
        .hasMessageContaining("component few");
    store.delete(8L, Expected.any()).orThrow();
  }

  @Test
  void contents_thatTheColumnWouldCut_areRefusedByName() {
    JdbcVersionedStore<Long, Larder> store =
        node.store(TableMapping.record(Larder.class, Long.class).build());
    Versioned<Larder> before = now(store, 2, larder(2, BigDecimal.ONE, null));
    Instant fine = Instant.parse("2026-01-01T00:00:00.1234567Z");
    for (Larder cut : List.of(larder(2, new BigDecimal("1.005"), null), larder(2, null, fine))) {
      assertThatThrownBy(() -> store.put(2L, cut, Expected.any()))
          .isInstanceOfSatisfying(
              DataRejectedException.class,
              refused ->
                  assertThat(refused.column())
                      .isEqualToIgnoringCase(cut.price() == null ? "moment" : "price"));
    }
    assertThatThrownBy(() -> store.put(2L, larder(2, new BigDecimal("1e12"), null), Expected.any()))
        .isInstanceOf(DataRejectedException.class);
    assertThat(store.get(2L)).contains(before);
    assertThat(now(store, 2, larder(2, new BigDecimal("2.1000"), null)).value().price())
        .isEqualByComparingTo("2.1");
  }

  record Offset(long id, OffsetDateTime moment) {}

  record Rounded(long id, double price) {}

  record Uncut(long id, LocalDate moment) {}

  record Halved(long id, BigDecimal weight) {}

  @Test
  void types_thatAColumnCannotKeep_areRefusedByName() {
    if (node.profile().family() == EngineProfile.Family.H2) {
      JdbcVersionedStore<Long, Offset> store =
          node.store(TableMapping.record(Offset.class, Long.class).table("larder").build());
      Offset offset = new Offset(3, OffsetDateTime.parse("2026-01-01T00:00:00.5+05:30"));
      now(store, 3, offset);
      assertThat(store.get(3L).orElseThrow().value()).isEqualTo(offset);
    } else {
      assertRefused(Offset.class, "moment");
    }
    assertRefused(Rounded.class, "price");
    assertRefused(Uncut.class, "moment");
    assertRefused(Halved.class, "weight");
  }

  private <V extends Record> void assertRefused(Class<V> values, String column) {
    TableMapping<Long, V> mapping = TableMapping.record(values, Long.class).table("larder").build();
    assertThatThrownBy(() -> node.store(mapping))
        .isInstanceOf(SchemaException.class)
        .message()
        .containsIgnoringCase("column " + column);
  }

  record Titled(String title) {}

  record Article(String sku) {}

  record Named(String name, String title) {}

  @Test
  void key_thatIsNotInTheRecord_isTheStoresAlone() {
    JdbcVersionedStore<String, Titled> store =
        node.store(TableMapping.record(Titled.class, String.class).table("plain").build());
    Versioned<Titled> made = store.put("a", new Titled("t"), Expected.absent()).orThrow();
    assertThat(made.updatedAt()).isNull();
    assertThat(store.get("a")).contains(made);
    JdbcVersionedStore<String, Named> named =
        node.store(
            TableMapping.record(Named.class, String.class)
                .table("plain")
                .key("name")
                .column("name", "id")
                .build());
    assertThat(named.get("a").orElseThrow().value()).isEqualTo(new Named("a", "t"));
    assertThatThrownBy(() -> named.put("b", new Named("a", "t"), Expected.any()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key b");
    JdbcVersionedStore<Status, Titled> byStatus =
        node.store(
            TableMapping.record(Titled.class, Status.class)
                .table("plain")
                .key("id", keys(), ColumnType.enums(Status.class))
                .build());
    byStatus.put(Status.OPEN, new Titled("o"), Expected.absent()).orThrow();
    assertThat(store.get("OPEN").orElseThrow().value()).isEqualTo(new Titled("o"));
  }

  private static KeyCodec<Status> keys() {
    return new KeyCodec<>() {
      @Override
      public byte[] encode(Status key) {
        return KeyCodec.strings().encode(key.name());
      }

      @Override
      public Status decode(byte[] bytes) {
        return Status.valueOf(KeyCodec.strings().decode(bytes));
      }

      @Override
      public String text(Status key) {
        return key.name();
      }

      @Override
      public Status parse(String text) {
        return Status.valueOf(text);
      }
    };
  }

  @Test
  void record_thatCannotBeMapped_isRefusedByComponent() {
    record Listed(long id, List<String> tags) {}
    record Counted(long id, long version) {}
    assertThatThrownBy(() -> TableMapping.record(Listed.class, Long.class).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("component tags of Listed");
    assertThatThrownBy(() -> TableMapping.record(Counted.class, Long.class).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("component version of Counted");
    assertThatThrownBy(() -> TableMapping.record(Titled.class, Object.class).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.Object");
    assertThatThrownBy(() -> TableMapping.record(Counted.class, String.class).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("component id of Counted");
    assertThatThrownBy(
            () -> TableMapping.record(Titled.class, Long.class).column("titel", "x").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("titel");
    assertThatThrownBy(
            () -> TableMapping.record(MethodHandles.publicLookup(), Titled.class, Long.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("opens org.occ4j.jdbc");
    assertThat(TableMapping.record(MethodHandles.lookup(), Titled.class, Long.class).build())
        .isNotNull();
    assertThat(List.of("dueOn", "HTTPStatus", "line2Text", "id"))
        .map(Names::snakeCase)
        .containsExactly("due_on", "http_status", "line2_text", "id");
  }

  @Test
  void conventions_thatTheTableDoesNotMeet_areRefusedByName() throws Exception {
    database.execute("CREATE TABLE titled (id BIGINT PRIMARY KEY, title VARCHAR(10))");
    assertThatThrownBy(() -> node.store(TableMapping.record(Titled.class, Long.class).build()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("neither column version nor column updated_at");
    assertThatThrownBy(
            () ->
                node.store(
                    TableMapping.record(Titled.class, String.class)
                        .table("plain")
                        .updatedBy("writer")
                        .build()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("column writer is missing");
    database.execute("CREATE TABLE article (sku VARCHAR(9) PRIMARY KEY, version BIGINT NOT NULL)");
    assertThatThrownBy(() -> node.store(TableMapping.record(Article.class, String.class).build()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("column id is missing, and ")
        .hasMessageContaining("Article has no component id; name its key by key(\"..\")");
  }
}
