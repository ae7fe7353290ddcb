/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.change.ChangeFeed;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.Rejection;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.MutationPipelineContract;
import org.occ4j.testkit.Note;
import org.occ4j.testkit.TestDatabase;

/** The pipeline over a database: the contract, and what one transaction is good for. */
abstract class JdbcPipelineContract extends MutationPipelineContract {

  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  /** More than the threads of any test. */
  private static final int POOL_SIZE = 16;

  /** One database for the tests of a class; each finds its tables empty. */
  private static @Nullable TestDatabase database;

  private static @Nullable HikariDataSource pool;

  private final Engine engine;
  private final KeyedMutex<String> mutex = KeyedMutex.inMemory();
  private OccDatabase node;
  private JdbcVersionedStore<String, Note> store;

  JdbcPipelineContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void openDatabase() throws SQLException {
    if (pool == null) {
      database = engine.server().newDatabase();
      pool = database.pool(POOL_SIZE);
      OccDatabase.builder(pool).createSchema().open().close();
      database.execute("CREATE TABLE audit (text VARCHAR(100))");
    }
    database.execute(
        "DELETE FROM occ_store",
        "DELETE FROM occ_change",
        "DELETE FROM occ_mutation",
        "DELETE FROM audit");
    node = OccDatabase.open(pool);
    store = node.store("note", KeyCodec.strings(), Note.CODEC).recordChanges(true);
  }

  @AfterEach
  void closeDatabase() {
    node.close();
  }

  @AfterAll
  static void closePool() {
    pool.close();
    pool = null;
  }

  @Override
  protected MutationPipeline<String, Note> pipeline(Settings settings) {
    return node.pipeline(store, Note.CODEC)
        .mutex(mutex)
        .merger(Note.MERGER)
        .turnTimeout(settings.turnTimeout())
        .inFlight(settings.inFlight())
        .build();
  }

  @Override
  protected MutationPipeline<String, Note> mergingPipeline() {
    return node.pipeline(store, Note.CODEC)
        .merger(Merger.records(Note.class))
        .mergeConflicts()
        .build();
  }

  @Test
  void build_mergingWithoutAMerger_isRefused() {
    assertThatThrownBy(() -> node.pipeline(store, Note.CODEC).mergeConflicts().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("merger");
  }

  @Override
  protected VersionedStore<String, Note> store() {
    return store;
  }

  @Override
  protected KeyedMutex<String> mutex() {
    return mutex;
  }

  @Override
  protected ChangeFeed feed() {
    return node.changes();
  }

  private JdbcMutationPipeline<String, Note> jdbc() {
    return node.pipeline(store, Note.CODEC).build();
  }

  private static Mutation<String, Note> creation() {
    return Mutation.of(
            new MutationId(SCOPE, UUID.randomUUID()),
            "a",
            Expected.absent(),
            Edit.set(new Note("title", "body")))
        .tags(Tag.of("note", "a"))
        .build();
  }

  private static SqlEdit<String, Note> auditing(Mutation<String, Note> mutation) {
    return (key, before, transaction) -> {
      write(transaction, "edited");
      return mutation.edit().apply(before == null ? null : before.value());
    };
  }

  private static void write(Connection transaction, String text) throws SQLException {
    try (Statement statement = transaction.createStatement()) {
      statement.execute("INSERT INTO audit VALUES ('" + text + "')");
    }
  }

  private int count(String table) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return Math.toIntExact(Sql.number(connection, "SELECT COUNT(*) FROM " + table));
    }
  }

  @Test
  void apply_sqlEdit_commitsTheCallersRowsWithTheMutationAndOnce() throws Exception {
    Mutation<String, Note> mutation = creation();
    jdbc().apply(mutation, auditing(mutation));
    MutationResult<Note> again = jdbc().apply(mutation, auditing(mutation));
    assertThat(((Applied<Note>) again).replayed()).isTrue();
    assertThat(count("audit")).isEqualTo(1);
    assertThat(count("occ_change")).isEqualTo(1);
    assertThat(count("occ_mutation")).isEqualTo(1);
  }

  @Test
  void apply_sqlEditThrows_leavesNothingOfTheTransaction() throws Exception {
    Mutation<String, Note> mutation = creation();
    IllegalStateException bug = new IllegalStateException("bug");
    assertThatThrownBy(
            () ->
                jdbc()
                    .apply(
                        mutation,
                        (key, before, transaction) -> {
                          write(transaction, "lost");
                          throw bug;
                        }))
        .isSameAs(bug);
    assertThat(count("audit") + count("occ_store") + count("occ_change") + count("occ_mutation"))
        .isZero();
    assertThat(jdbc().apply(mutation)).isInstanceOf(Applied.class);
  }

  @Test
  void apply_statementOfTheEditFails_saysThatNothingWasChanged() throws Exception {
    assertThatThrownBy(
            () ->
                jdbc()
                    .apply(
                        creation(),
                        (key, before, transaction) -> {
                          write(transaction, "x".repeat(200));
                          return new Note("never", "stored");
                        }))
        .isInstanceOf(DataRejectedException.class)
        .hasCauseInstanceOf(SQLException.class);
    assertThat(count("occ_store") + count("occ_mutation")).isZero();
  }

  @Test
  void apply_sqlEditRejects_undoesItsRowsAndKeepsTheAnswer() throws Exception {
    Mutation<String, Note> mutation = creation();
    AtomicInteger runs = new AtomicInteger();
    SqlEdit<String, Note> rejecting =
        (key, before, transaction) -> {
          runs.incrementAndGet();
          write(transaction, "undone");
          throw new Rejection("no", "never");
        };
    assertThat(jdbc().apply(mutation, rejecting))
        .isEqualTo(new MutationResult.Rejected<Note>("no", "never", false));
    assertThat(jdbc().apply(mutation, rejecting))
        .isEqualTo(new MutationResult.Rejected<Note>("no", "never", true));
    assertThat(runs).hasValue(1);
    assertThat(count("audit")).isZero();
    assertThat(count("occ_store")).isZero();
  }

  @Test
  void joining_committed_isOneWithTheCallersRowsAndToldByTheHook() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    node.changes().followDirectly(change -> told.add(change.key()));
    Mutation<String, Note> mutation = creation();
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      write(transaction, "mine");
      JoinedPipeline<String, Note> joined = jdbc().joining(transaction);
      joined.apply(mutation);
      assertThat(store.get("a")).isEmpty();
      transaction.commit();
      joined.committed();
    }
    assertThat(told).containsExactly("a");
    assertThat(store.get("a")).isPresent();
    assertThat(((Applied<Note>) jdbc().apply(mutation)).replayed()).isTrue();
  }

  @Test
  void joining_rolledBack_leavesNothing() throws Exception {
    Mutation<String, Note> mutation = creation();
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      jdbc().joining(transaction).apply(mutation);
      transaction.rollback();
    }
    assertThat(count("occ_store") + count("occ_change") + count("occ_mutation")).isZero();
    assertThat(((Applied<Note>) jdbc().apply(mutation)).replayed()).isFalse();
  }

  @Test
  void joining_conflict_leavesTheTransactionUsable() throws Exception {
    jdbc().apply(creation());
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      assertThat(jdbc().joining(transaction).apply(creation()))
          .isInstanceOf(MutationResult.Conflicted.class);
      write(transaction, "kept");
      transaction.commit();
    }
    assertThat(count("audit")).isEqualTo(1);
    assertThat(count("occ_mutation")).isEqualTo(1);
  }

  @Test
  void joining_autoCommit_isRefused() throws Exception {
    try (Connection connection = pool.getConnection()) {
      assertThatThrownBy(() -> jdbc().joining(connection))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void pipeline_storeOfAnotherDatabase_isRefused() {
    try (OccDatabase other = OccDatabase.open(pool)) {
      assertThatThrownBy(() -> other.pipeline(store, Note.CODEC))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
