/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.Commit;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * After anything but an SQLException from a driver its connection is never used again, and a write
 * that may have been done is not said to have done nothing.
 */
abstract class SurprisingDriverContract {
  private static final List<Supplier<Throwable>> SURPRISES =
      List.of(() -> new ArrayIndexOutOfBoundsException("4"), StackOverflowError::new);

  private final Engine engine;
  private SurprisingDriver driver;
  private HikariDataSource pool;
  private OccDatabase node;
  private JdbcVersionedStore<String, String> store;

  SurprisingDriverContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws Exception {
    TestDatabase database = engine.server().newDatabase();
    driver = new SurprisingDriver(database);
    pool = driver.pool();
    node = OccDatabase.builder(pool).createSchema().open();
    store = node.store("test", KeyCodec.strings(), Codec.strings());
  }

  @AfterEach
  void close() {
    node.close();
    pool.close();
  }

  /** Whether an answer is kept before it is known what the row holds. */
  boolean keepsAnswersFirst() {
    return true;
  }

  private void assertAborted(int times) {
    assertThat(driver.isDue()).isFalse();
    assertThat(driver.aborted()).isEqualTo(times);
    // Whatever the pool gives out now is a connection that works.
    assertThat(store.put("other", "works", Expected.any()).isApplied()).isTrue();
  }

  @Test
  void put_driverThrowsAfterIt_isUnknownOrNotCommitted() {
    int times = 0;
    for (Supplier<Throwable> surprise : SURPRISES) {
      driver.throwAfter(sql -> sql.contains("occ_store"), surprise);
      assertThatThrownBy(() -> store.put("key", "value", Expected.any()))
          .isInstanceOfAny(
              OutcomeUnknownException.class, StoreUnavailableException.class, Error.class)
          .satisfies(
              thrown -> {
                if (!(thrown instanceof OutcomeUnknownException)) {
                  assertThat(store.get("key")).isEmpty();
                }
              });
      assertAborted(++times);
    }
  }

  @Test
  void commit_driverThrowsAfterIt_isUnknown() {
    driver.throwAfter("commit"::equals, () -> new IllegalStateException("protocol"));
    assertThatThrownBy(
            () -> store.commit(Commit.<String, String>empty().put("a", "1", Expected.any())))
        .isInstanceOf(OutcomeUnknownException.class);
    assertAborted(1);
    assertThat(store.get("a")).isPresent();
  }

  @Test
  void get_driverThrowsAfterIt_isUnavailable() {
    driver.throwAfter(
        sql -> sql.contains("occ_store"), () -> new IllegalStateException("protocol"));
    assertThatThrownBy(() -> store.get("a")).isInstanceOf(StoreUnavailableException.class);
    assertAborted(1);
  }

  @Test
  void execute_driverThrowsAfterTheClaim_isUnknown() {
    driver.throwAfter(sql -> sql.contains("insert"), () -> new IllegalStateException("protocol"));
    assertThatThrownBy(
            () ->
                node.idempotency()
                    .execute(
                        id(), IdempotencyOptions.returning(Codec.strings()), context -> "never"))
        .isInstanceOf(OutcomeUnknownException.class);
    assertAborted(1);
  }

  @Test
  void executeInTransaction_driverThrowsInTheEffect_isTheEffectsAndNothingIsCommitted()
      throws Exception {
    MutationId id = id();
    driver.throwAfter(
        sql -> sql.startsWith("select 1"), () -> new IllegalStateException("protocol"));
    assertThatThrownBy(() -> attempt(id)).hasMessage("protocol");
    assertAborted(1);
    assertThat(attempt(id)).isInstanceOf(Outcome.Executed.class);
  }

  private Outcome<String> attempt(MutationId id) throws Exception {
    return node.idempotency()
        .executeInTransaction(
            id,
            IdempotencyOptions.returning(Codec.strings()),
            (transaction, context) -> {
              try (var statement = transaction.prepareStatement("SELECT 1")) {
                statement.execute();
              }
              return "done";
            });
  }

  @Test
  void joining_driverThrows_callerCannotCommit() throws Exception {
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      store.joining(caller).put("before", "1", Expected.any());
      driver.throwAfter(
          sql -> sql.contains("occ_store"), () -> new IllegalStateException("protocol"));
      assertThatThrownBy(() -> store.joining(caller).put("key", "1", Expected.any()))
          .isInstanceOf(TransactionConflictException.class);
      try {
        caller.commit();
      } catch (java.sql.SQLException gone) {
        assertThat(engine).isNotEqualTo(Engine.H2);
      }
    } catch (java.sql.SQLException closed) {
      assertThat(driver.aborted()).isOne();
    }
    assertAborted(1);
    assertThat(store.get("before")).isEmpty();
    assertThat(store.get("key")).isEmpty();
  }

  /** Reads count, writes do; what was said must be true, and the same mutation settles it. */
  @Test
  void apply_driverThrowsAtAnyStatement_isToldTrulyAndHasOneEffect() throws Exception {
    JdbcMutationPipeline<String, String> pipeline =
        node.pipeline(store, Codec.strings()).carriedStates(0).build();
    int times = 0;
    for (Supplier<Throwable> surprise : SURPRISES) {
      for (String part : List.of("occ_store", "occ_mutation", "occ_change")) {
        Mutation<String, String> mutation =
            Mutation.of(id(), "counted", Expected.any(), SurprisingDriverContract::counted).build();
        driver.throwAfter(sql -> sql.contains(part), surprise);
        settled(() -> pipeline.apply(mutation));
        times++;
        assertThat(store.get("counted").orElseThrow().value()).hasSize(times);
      }
    }
  }

  @Test
  void apply_driverThrowsAtAnyStatementOfASqlEdit_isToldTrulyAndHasOneEffect() throws Exception {
    JdbcMutationPipeline<String, String> pipeline = node.pipeline(store, Codec.strings()).build();
    int times = 0;
    for (Supplier<Throwable> surprise : SURPRISES) {
      for (String part : List.of("occ_store", "occ_mutation", "select 1", "commit")) {
        Mutation<String, String> mutation =
            Mutation.of(id(), "counted", Expected.any(), Edit.set("unused")).build();
        driver.throwAfter(sql -> sql.contains(part), surprise);
        settled(
            () ->
                pipeline.apply(
                    mutation,
                    (key, before, transaction) -> {
                      try (var statement = transaction.prepareStatement("SELECT 1")) {
                        statement.execute();
                      }
                      return counted(before == null ? null : before.value());
                    }));
        times++;
        assertThat(store.get("counted").orElseThrow().value()).hasSize(times);
      }
    }
  }

  private static String counted(@Nullable String before) {
    return (before == null ? "" : before) + "x";
  }

  /** Sends it a second time; if the driver failed at the first, its connection was aborted. */
  private void settled(Callable<MutationResult<String>> sending) throws Exception {
    int aborted = driver.aborted();
    Throwable thrown = catchThrowable(sending::call);
    if (driver.isDue()) {
      driver.calm(); // This engine has no such statement here.
      assertThat(thrown).isNull();
    } else {
      assertThat(thrown).isNotNull();
      assertThat(driver.aborted()).isEqualTo(aborted + 1);
    }
    assertThat(sending.call()).isInstanceOf(MutationResult.Applied.class);
  }

  /**
   * The column makes another text of this one, which nobody can know before; what is kept of it is
   * set right by a statement.
   */
  @Test
  void apply_keptAnswerCannotBeSetRight_isAppliedAllTheSame() throws Exception {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE dated (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, code DATE)");
    }
    Column<String, String> code = new Column<>("code", ColumnType.literals(), text -> text);
    JdbcVersionedStore<Long, String> dated =
        node.store(
            TableMapping.<Long, String>of("dated")
                .key("id", KeyCodec.longs(), ColumnType.longs())
                .version("version")
                .columns(List.of(code))
                .reading((id, row) -> row.require(code)));
    JdbcMutationPipeline<Long, String> pipeline = node.pipeline(dated, Codec.strings()).build();
    Mutation<Long, String> mutation =
        Mutation.of(id(), 1L, Expected.absent(), Edit.set("2026-1-5")).build();
    driver.throwAfter(
        sql ->
            sql.startsWith("update") && sql.contains("occ_mutation") && sql.contains("set answer"),
        () -> new IllegalStateException("protocol"));
    MutationResult.Applied<String> applied =
        (MutationResult.Applied<String>) pipeline.apply(mutation);
    if (keepsAnswersFirst()) {
      assertAborted(1);
    } else {
      assertThat(driver.isDue()).as("no statement sets it right").isTrue();
      driver.calm();
    }
    assertThat(applied.current()).isEqualTo(dated.get(1L).orElseThrow());
    assertThat(applied.current().value()).isEqualTo("2026-01-05");
    assertThat(pipeline.apply(mutation))
        .isInstanceOfSatisfying(
            MutationResult.Applied.class, again -> assertThat(again.replayed()).isTrue());
    Mutation<Long, String> next =
        Mutation.of(id(), 1L, Expected.any(), Edit.set("2026-1-6")).build();
    pipeline.apply(next);
    assertThat(((MutationResult.Applied<String>) pipeline.apply(next)).current())
        .isEqualTo(dated.get(1L).orElseThrow());
  }

  /** It is asked once more, or told as an outage; never as somebody else's hold. */
  @Test
  void tryAcquire_driverThrowsAfterIt_isTakenOrUnavailable() {
    KeyedMutex<String> mutex = node.mutex("orders");
    driver.throwAfter(
        sql -> sql.contains("occ_mutex"), () -> new IllegalStateException("protocol"));
    try (Hold<String> hold = mutex.tryAcquire("a")) {
      assertThat(hold).isNotNull().matches(Hold::isValid);
    } catch (StoreUnavailableException unavailable) {
      assertThat(unavailable).hasRootCauseMessage("protocol");
    }
    assertAborted(1);
  }

  private static MutationId id() {
    return new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
  }
}
