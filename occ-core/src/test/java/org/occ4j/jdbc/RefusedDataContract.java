/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OccException;
import org.occ4j.SchemaException;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Write;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Data that a constraint refuses, and statements that are wrong, are final and named so. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RefusedDataContract {
  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase node;
  private JdbcVersionedStore<Long, Item> items;

  record Item(@Nullable String title, long amount, @Nullable Long owner, String code) {}

  private static final Item GOOD = new Item("good", 1, 1L, "code");

  RefusedDataContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void open() throws Exception {
    database = engine.server().newDatabase();
    database.execute(
        "CREATE TABLE owner (id BIGINT PRIMARY KEY)",
        "INSERT INTO owner VALUES (1)",
        "CREATE TABLE item (id BIGINT PRIMARY KEY, version BIGINT NOT NULL,"
            + " title VARCHAR(20) NOT NULL, amount SMALLINT NOT NULL, owner_id BIGINT,"
            + " code VARCHAR(20) NOT NULL, CONSTRAINT uk_code UNIQUE (code),"
            + " CONSTRAINT ck_amount CHECK (amount >= 0),"
            + " CONSTRAINT fk_owner FOREIGN KEY (owner_id) REFERENCES owner (id))");
    pool = database.pool(3);
    node = OccDatabase.builder(pool).createSchema().open();
    items =
        node.store(
            TableMapping.<Long, Item>of("item")
                .key("id", KeyCodec.longs(), ColumnType.longs())
                .version("version")
                .versions(VersionScheme.COUNTER)
                .columns(
                    List.of(
                        new Column<>("title", ColumnType.text(), Item::title),
                        new Column<>("amount", ColumnType.longs(), Item::amount),
                        new Column<>("owner_id", ColumnType.longs(), Item::owner),
                        new Column<>("code", ColumnType.text(), Item::code)))
                .reading((id, row) -> GOOD));
  }

  @AfterAll
  void close() {
    node.close();
    pool.close();
  }

  @BeforeEach
  void oneGoodItem() throws SQLException {
    database.execute(
        "DELETE FROM item",
        "INSERT INTO item VALUES (1, 1, 'good', 1, 1, 'code')",
        "INSERT INTO item VALUES (2, 1, 'good', 1, 1, 'taken')");
  }

  private static Item bad(String kind) {
    return switch (kind) {
      case "null" -> new Item(null, 1, 1L, "code");
      case "check" -> new Item("t", -1, 1L, "code");
      case "foreign key" -> new Item("t", 1, 99L, "code");
      case "unique" -> new Item("t", 1, 1L, "taken");
      case "too long" -> new Item("x".repeat(30), 1, 1L, "code");
      case "range" -> new Item("t", 100_000, 1L, "code");
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static DataRejectedException refusal(ThrowingCallable write) {
    DataRejectedException refused = catchThrowableOfType(DataRejectedException.class, write);
    assertThat(refused).hasCauseInstanceOf(SQLException.class);
    return refused;
  }

  private static void assertName(@Nullable String name, @Nullable String expected) {
    if (expected != null) {
      assertThat(name).isEqualToIgnoringCase(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "null,,title",
    "check,ck_amount,",
    "foreign key,fk_owner,",
    "unique,uk_code,",
    "too long,,",
    "range,,",
  })
  void write_refusedData_isFinalAndNamesTheConstraint(
      String kind, @Nullable String constraint, @Nullable String column) {
    DataRejectedException refused = refusal(() -> items.put(1L, bad(kind), Expected.version(1)));
    assertThat(refused.sqlState()).hasSize(5);
    assertName(refused.constraint(), constraint);
    assertName(refused.column(), column);
    refusal(
        () ->
            items.commit(
                Commit.<Long, Item>empty()
                    .put(1L, bad(kind), Expected.present())
                    .put(2L, new Item("t", 1, 1L, "taken"), Expected.present())));
    assertThat(
            items
                .writeAll(List.of(Write.put(1L, bad(kind), Expected.present())))
                .items()
                .get(0)
                .failure())
        .isInstanceOf(DataRejectedException.class);
    assertThat(items.get(1L).orElseThrow().version()).isEqualTo(1);
  }

  /** PostgreSQL names no column of data that does not fit. */
  @Test
  void write_dataThatDoesNotFit_namesTheColumnWhereTheServerDoes() {
    boolean silent = node.profile().family() == EngineProfile.Family.POSTGRESQL;
    Expected one = Expected.version(1);
    DataRejectedException tooLong = refusal(() -> items.put(1L, bad("too long"), one));
    assertThat(tooLong.column()).isEqualToIgnoringCase(silent ? null : "title");
    DataRejectedException outOfRange = refusal(() -> items.put(1L, bad("range"), one));
    assertThat(outOfRange.column()).isEqualToIgnoringCase(silent ? null : "amount");
  }

  /** Not of the key, of which no row is there: recognised at once, however the row is made. */
  @Test
  void insert_otherUniqueIndexRefuses_isFinalAndNamesIt() throws Exception {
    Item taken = new Item("t", 1, 1L, "taken");
    JdbcMutationPipeline<Long, Item> pipeline =
        node.pipeline(items, Codec.<Item>of("item/1", item -> new byte[0], bytes -> GOOD)).build();
    Commit<Long, Item> commit = Commit.<Long, Item>empty().put(3L, taken, Expected.absent());
    assertUnique(refusal(() -> items.put(3L, taken, Expected.absent())));
    assertUnique(refusal(() -> items.put(3L, taken, Expected.any())));
    assertUnique(refusal(() -> items.commit(commit)));
    assertUnique(
        (DataRejectedException)
            items.writeAll(List.of(Write.put(3L, taken, Expected.any()))).items().get(0).failure());
    for (Expected expected : List.of(Expected.absent(), Expected.any())) {
      assertUnique(
          refusal(() -> pipeline.apply(Mutation.of(id(), 3L, expected, Edit.set(taken)).build())));
      assertUnique(
          refusal(
              () ->
                  pipeline.apply(
                      Mutation.<Long, Item>of(id(), 3L, expected, Edit.delete()).build(),
                      (key, before, transaction) -> taken)));
      inTransaction(
          caller -> assertUnique(refusal(() -> items.joining(caller).put(3L, taken, expected))));
      inTransaction(
          caller ->
              assertUnique(
                  refusal(
                      () ->
                          pipeline
                              .joining(caller)
                              .apply(Mutation.of(id(), 3L, expected, Edit.set(taken)).build()))));
    }
    assertThat(items.get(3L)).isEmpty();
    assertThat(pipeline.stats().rejected()).isEqualTo(6);
    assertThat(pipeline.stats().failed()).isZero();
  }

  /** Each of them would do alone, in either order of their keys. */
  @Test
  void rowsOfOneCommit_refuseEachOther_isFinalAndNamesTheIndex() throws Exception {
    Item same = new Item("t", 1, 1L, "same");
    Commit<Long, Item> two =
        Commit.<Long, Item>empty()
            .put(3L, same, Expected.absent())
            .put(4L, new Item("t", 1, 1L, "other"), Expected.any())
            .put(5L, same, Expected.any());
    Commit<Long, Item> besideAnUpdate =
        Commit.<Long, Item>empty()
            .put(1L, same, Expected.present())
            .put(6L, same, Expected.absent());
    for (Commit<Long, Item> commit : List.of(two, besideAnUpdate)) {
      assertUnique(refusal(() -> items.commit(commit)));
      inTransaction(caller -> assertUnique(refusal(() -> items.joining(caller).commit(commit))));
    }
    assertThat(items.getAll(List.of(3L, 4L, 5L, 6L))).isEmpty();
    assertThat(items.get(1L).orElseThrow().version()).isEqualTo(1);
    Commit<Long, Item> freed =
        Commit.<Long, Item>empty()
            .put(1L, new Item("t", 1, 1L, "moved"), Expected.present())
            .put(7L, new Item("t", 1, 1L, "code"), Expected.absent());
    assertThat(items.commit(freed)).isInstanceOf(CommitResult.Applied.class);
  }

  @Test
  void rowsOfOneBatch_refuseEachOther_theFirstIsDone() {
    Item same = new Item("t", 1, 1L, "batch");
    var done =
        items.writeAll(
            List.of(
                Write.put(8L, same, Expected.absent()),
                Write.put(9L, same, Expected.absent()),
                Write.put(10L, new Item("t", 1, 1L, "third"), Expected.absent())));
    assertThat(done.items().get(0).failure()).isNull();
    assertUnique((DataRejectedException) done.items().get(1).failure());
    assertThat(done.items().get(2).failure()).isNull();
    assertThat(items.getAll(List.of(8L, 9L, 10L))).containsOnlyKeys(8L, 10L);
  }

  private static void assertUnique(@Nullable DataRejectedException refused) {
    assertThat(refused).isNotNull();
    assertThat(refused.constraint()).containsIgnoringCase("uk_code");
  }

  private interface Work {
    void in(Connection caller) throws Exception;
  }

  private void inTransaction(Work work) throws Exception {
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      work.in(caller);
      caller.rollback();
      caller.setAutoCommit(true);
    }
  }

  @Test
  void joining_refusedData_isFinalAndARollbackMakesTheConnectionUsable() throws Exception {
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      refusal(() -> items.joining(caller).put(1L, bad("check"), Expected.version(1)));
      caller.rollback();
      assertThat(items.joining(caller).put(1L, GOOD, Expected.version(1)).isApplied()).isTrue();
      caller.rollback();
      caller.setAutoCommit(true);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static MutationId id() {
    return new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
  }

  @Test
  void joinTransaction_statementOfTheEffectIsRefused_leavesTheTransactionUsable() throws Exception {
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      refusal(
          () ->
              node.idempotency()
                  .joinTransaction(
                      caller,
                      id(),
                      IdempotencyOptions.returning(Codec.strings()),
                      (transaction, context) -> {
                        execute(transaction, "UPDATE item SET title = 'effect'");
                        execute(transaction, "UPDATE item SET amount = -1 WHERE id = 2");
                        return "never";
                      }));
      execute(caller, "UPDATE item SET title = 'caller' WHERE id = 1");
      caller.commit();
      caller.setAutoCommit(true);
    }
    try (Connection reader = pool.getConnection();
        Statement statement = reader.createStatement();
        var row = statement.executeQuery("SELECT title FROM item ORDER BY id")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("caller");
      row.next();
      assertThat(row.getString(1)).isEqualTo("good");
    }
  }

  @Test
  void executeInTransaction_wrongStatement_isNoDataAndNoOutage() {
    for (String wrong : List.of("SELECT * FROM missing", "SELEC 1", "SELECT nothing FROM item")) {
      OccException thrown =
          catchThrowableOfType(
              OccException.class,
              () ->
                  node.idempotency()
                      .executeInTransaction(
                          id(),
                          IdempotencyOptions.returning(Codec.strings()),
                          (transaction, context) -> {
                            execute(transaction, wrong);
                            return "never";
                          }));
      assertThat(thrown).as(wrong).isInstanceOf(SchemaException.class);
    }
  }

  @Test
  void put_moreThanTheServerTakesAtOnce_isRefusedBeforeItIsSent() throws Exception {
    assumeTrue(engine == Engine.MARIADB || engine == Engine.MARIADB_MYSQL_DRIVER);
    JdbcVersionedStore<String, byte[]> store =
        node.store("large", KeyCodec.strings(), Codec.of("raw/1", bytes -> bytes, bytes -> bytes));
    byte[] large = new byte[17 << 20];
    byte[] escaped = new byte[10 << 20]; // of zeros, each of which becomes two bytes
    for (byte[] tooMuch : List.of(large, escaped)) {
      DataRejectedException refused =
          catchThrowableOfType(
              DataRejectedException.class, () -> store.put("key", tooMuch, Expected.any()));
      assertThat(refused).hasMessageContaining(Integer.toString(tooMuch.length)).hasNoCause();
    }
    // MySQL Connector/J writes every byte as two digits.
    byte[] fits = new byte[(engine == Engine.MARIADB ? 10 : 7) << 20];
    Arrays.fill(fits, (byte) 'x');
    assertThat(store.put("key", fits, Expected.any()).isApplied()).isTrue();
  }

  /** A character of a text may take three bytes. */
  @Test
  void put_textOfMoreBytesThanTheServerTakesAtOnce_isRefusedBeforeItIsSent() throws Exception {
    assumeTrue(engine == Engine.MARIADB || engine == Engine.MARIADB_MYSQL_DRIVER);
    database.execute(
        "CREATE TABLE essay (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, body LONGTEXT)"
            + " CHARACTER SET utf8mb4");
    JdbcVersionedStore<Long, String> essays =
        node.store(
            TableMapping.<Long, String>of("essay")
                .key("id", KeyCodec.longs(), ColumnType.longs())
                .version("version")
                .columns(List.of(new Column<>("body", ColumnType.text(), text -> text)))
                .reading((id, row) -> "read"));
    String euros = "\u20AC".repeat(6 << 20);
    assertThat(
            catchThrowableOfType(
                DataRejectedException.class, () -> essays.put(1L, euros, Expected.any())))
        .hasMessageContaining(Integer.toString(3 * euros.length()))
        .hasNoCause();
    String fits = "\u20AC".repeat(5 << 20);
    assertThat(essays.put(1L, fits, Expected.any()).isApplied()).isTrue();
  }

  /** The effect is done, and is worth more than its answer. */
  @Test
  void execute_answerIsMoreThanTheServerTakesAtOnce_isDoneWithoutIt() throws Exception {
    assumeTrue(engine == Engine.MARIADB || engine == Engine.MARIADB_MYSQL_DRIVER);
    IdempotencyOptions<byte[]> how =
        IdempotencyOptions.returning(Codec.of("raw/1", (byte[] bytes) -> bytes, bytes -> bytes))
            .toBuilder()
            .maxAnswerBytes(Integer.MAX_VALUE)
            .build();
    byte[] large = new byte[17 << 20];
    MutationId leased = new MutationId(new Scope("acme", "ann", "export"), UUID.randomUUID());
    assertThat(node.idempotency().execute(leased, how, context -> large))
        .isInstanceOf(Outcome.Executed.class);
    MutationId inTransaction =
        new MutationId(new Scope("acme", "ann", "export"), UUID.randomUUID());
    assertThat(
            node.idempotency()
                .executeInTransaction(inTransaction, how, (connection, context) -> large))
        .isInstanceOf(Outcome.Executed.class);
    for (MutationId done : List.of(leased, inTransaction)) {
      assertThat(node.idempotency().find(done).orElseThrow().state())
          .isEqualTo(MutationRecord.State.COMPLETED_WITHOUT_ANSWER);
    }
  }
}
