/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * What an edit with statements of its own promises: its rows are there exactly if the mutation was
 * applied, whoever writes at the same time and however it ends.
 */
abstract class SqlEditContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");
  private static final int POOL_SIZE = 12;

  private static @Nullable TestDatabase database;
  private static @Nullable HikariDataSource pool;

  private final Engine engine;
  private OccDatabase here;
  private OccDatabase there;

  SqlEditContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws SQLException {
    if (pool == null) {
      database = engine.server().newDatabase();
      pool = database.pool(POOL_SIZE);
      OccDatabase.builder(pool).createSchema().open().close();
      database.execute("CREATE TABLE audit (mutation VARCHAR(40), text VARCHAR(100))");
    }
    database.execute("DELETE FROM occ_store", "DELETE FROM occ_mutation", "DELETE FROM audit");
    here = OccDatabase.open(pool);
    there = OccDatabase.open(pool);
  }

  @AfterEach
  void close() {
    here.close();
    there.close();
  }

  @AfterAll
  static void closePool() {
    pool.close();
    pool = null;
  }

  private static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("note", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  private static JdbcMutationPipeline<String, String> pipeline(OccDatabase node) {
    return node.pipeline(store(node), Codec.strings()).build();
  }

  private static Mutation<String, String> mutation(Expected expected) {
    MutationId id = new MutationId(SCOPE, UUID.randomUUID());
    return Mutation.of(id, "a", expected, Edit.set("unused")).build();
  }

  private static void audit(Connection transaction, Mutation<?, ?> mutation, String text)
      throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO audit VALUES (?, ?)")) {
      insert.setString(1, mutation.id().clientMutationId().toString());
      insert.setString(2, text);
      insert.executeUpdate();
    }
  }

  private static long rows(String table) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return Sql.number(connection, "SELECT COUNT(*) FROM " + table);
    }
  }

  private static long number(String query) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return Sql.number(connection, query);
    }
  }

  private static SqlEdit<String, String> counting(Mutation<?, ?> mutation, AtomicInteger runs) {
    return (key, before, transaction) -> {
      runs.incrementAndGet();
      audit(transaction, mutation, "counted");
      return before == null ? "1" : String.valueOf(Integer.parseInt(before.value()) + 1);
    };
  }

  // ---- rivals

  @Test
  void apply_twoNodesOnOneHotKey_writesOneRowOfTheEditsForEachAppliedMutation() throws Exception {
    List<JdbcMutationPipeline<String, String>> nodes = List.of(pipeline(here), pipeline(there));
    AtomicInteger runs = new AtomicInteger();
    int each = 15;
    Concurrently.threads(6)
        .run(
            runner -> {
              for (int i = 0; i < each; i++) {
                Mutation<String, String> mutation = mutation(Expected.any());
                nodes.get(i % 2).apply(mutation, counting(mutation, runs));
              }
              return null;
            })
        .values();
    assertThat(store(here).get("a").orElseThrow().value()).isEqualTo(String.valueOf(6 * each));
    assertThat(rows("audit")).isEqualTo(6L * each);
    assertThat(number("SELECT COUNT(DISTINCT mutation) FROM audit")).isEqualTo(6L * each);
  }

  /** The broken twin: read without a lock, write, and on a loss again in the same transaction. */
  @Test
  void readWithoutLock_onOneHotKey_doublesRows() throws Exception {
    JdbcVersionedStore<String, String> plain = store(here);
    plain.put("a", "0", Expected.absent());
    Mutation<String, String> mutation = mutation(Expected.any());
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      JoinedStore<String, String> open = plain.joining(transaction);
      for (int run = 0; run < 2; run++) {
        long version = open.get("a").orElseThrow().version();
        audit(transaction, mutation, "run " + run);
        if (run == 0) {
          store(there).put("a", "rival", Expected.present());
        }
        open.put("a", "mine", Expected.version(version));
      }
      transaction.commit();
    }
    assertThat(rows("audit")).isEqualTo(2);
  }

  @Test
  void apply_rivalTriesToComeBetween_waitsForTheRow() throws Exception {
    long version = store(here).put("a", "0", Expected.absent()).orThrow().version();
    Mutation<String, String> mutation = mutation(Expected.version(version));
    List<Thread> rivals = new ArrayList<>();
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  audit(transaction, mutation, "mine");
                  rivals.add(rival());
                  return "mine";
                });
    assertThat(result).isInstanceOf(Applied.class);
    for (Thread rival : rivals) {
      rival.join();
    }
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(store(here).get("a").orElseThrow().value()).isEqualTo("rival");
  }

  private Thread rival() {
    Thread rival = new Thread(() -> store(there).put("a", "rival", Expected.present()));
    rival.start();
    return rival;
  }

  @Test
  void apply_rivalCreatesTheKeyDuringTheEdit_runsAgainAndLeavesOneRow() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    AtomicInteger runs = new AtomicInteger();
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  if (runs.incrementAndGet() == 1) {
                    store(there).put("a", "rival", Expected.absent());
                  }
                  audit(transaction, mutation, "run " + runs);
                  return (before == null ? "new" : before.value()) + "+mine";
                });
    assertThat(((Applied<String>) result).current().value()).isEqualTo("rival+mine");
    assertThat(rows("audit")).isEqualTo(1);
  }

  @Test
  void apply_rivalCreatesTheKeyThatIsToBeAbsent_isConflictedAndLeavesNoRow() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.absent());
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  audit(transaction, mutation, "lost");
                  store(there).put("a", "rival", Expected.absent());
                  return "mine";
                });
    assertThat(result).isInstanceOf(Conflicted.class);
    assertThat(rows("audit") + rows("occ_mutation")).isZero();
  }

  @Test
  void apply_rivalCreatesTheKeyAndTheSecondRunRejects_leavesNoRowOfEitherRun() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  audit(transaction, mutation, "undone");
                  if (before != null) {
                    throw new Rejection("taken", "somebody was here");
                  }
                  store(there).put("a", "rival", Expected.absent());
                  return "mine";
                });
    assertThat(result).isEqualTo(new Rejected<String>("taken", "somebody was here", false));
    assertThat(rows("audit")).isZero();
    assertThat(rows("occ_mutation")).isEqualTo(1);
  }

  @Test
  void apply_sameMutationElsewhereDuringTheEdit_isReplayedAndLeavesOneRow() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    SqlEdit<String, String> simple =
        (key, before, transaction) -> {
          audit(transaction, mutation, "there");
          return "there";
        };
    AtomicInteger runs = new AtomicInteger();
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  runs.incrementAndGet();
                  audit(transaction, mutation, "here");
                  if (before == null) {
                    applied(pipeline(there), mutation, simple);
                  }
                  return "here";
                });
    assertThat(((Applied<String>) result).replayed()).isTrue();
    assertThat(((Applied<String>) result).current().value()).isEqualTo("there");
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(runs).hasValue(1);
  }

  private static void applied(
      JdbcMutationPipeline<String, String> pipeline,
      Mutation<String, String> mutation,
      SqlEdit<String, String> edit) {
    try {
      assertThat(pipeline.apply(mutation, edit)).isInstanceOf(Applied.class);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- joined

  @Test
  void joining_rivalWantsTheRowDuringTheEdit_waitsAndTheEditsRowIsCommittedOnce() throws Exception {
    long version = store(here).put("a", "0", Expected.absent()).orThrow().version();
    Mutation<String, String> mutation = mutation(Expected.version(version));
    Thread rival;
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      List<Thread> rivals = new ArrayList<>();
      MutationResult<String> result =
          pipeline(here)
              .joining(transaction)
              .apply(
                  mutation,
                  (key, before, mine) -> {
                    audit(mine, mutation, "mine");
                    rivals.add(rival());
                    return "mine";
                  });
      assertThat(result).isInstanceOf(Applied.class);
      transaction.commit();
      rival = rivals.get(0);
    }
    rival.join();
    assertThat(rows("audit")).isEqualTo(1);
  }

  @Test
  void joining_conflict_runsNothingAndTheTransactionGoesOn() throws Exception {
    store(here).put("a", "0", Expected.absent());
    Mutation<String, String> stale = mutation(Expected.version(1));
    AtomicInteger runs = new AtomicInteger();
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      assertThat(pipeline(here).joining(transaction).apply(stale, counting(stale, runs)))
          .isInstanceOf(Conflicted.class);
      audit(transaction, stale, "the caller's");
      transaction.commit();
    }
    assertThat(runs).hasValue(0);
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(rows("occ_mutation")).isZero();
  }

  @Test
  void joining_rejection_undoesTheEditsRowsAndKeepsTheCallers() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      audit(transaction, mutation, "the caller's");
      assertThat(
              pipeline(here)
                  .joining(transaction)
                  .apply(
                      mutation,
                      (key, before, mine) -> {
                        audit(mine, mutation, "undone");
                        throw new Rejection("no", "never");
                      }))
          .isInstanceOf(Rejected.class);
      transaction.commit();
    }
    assertThat(number("SELECT COUNT(*) FROM audit WHERE text = 'undone'")).isZero();
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(rows("occ_mutation")).isEqualTo(1);
  }

  @Test
  void joining_editThrowsAndTheCallerCommits_leavesNothingOfTheEdit() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      audit(transaction, mutation, "the caller's");
      assertThatThrownBy(
              () ->
                  pipeline(here)
                      .joining(transaction)
                      .apply(
                          mutation,
                          (key, before, mine) -> {
                            audit(mine, mutation, "undone");
                            throw new IllegalStateException("bug");
                          }))
          .isInstanceOf(IllegalStateException.class);
      transaction.commit();
    }
    assertThat(number("SELECT COUNT(*) FROM audit WHERE text = 'undone'")).isZero();
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(rows("occ_mutation") + rows("occ_store")).isZero();
  }

  // ---- what the edit is told and may do

  @Test
  void apply_andThen_isToldBothStatesInTheTransaction() throws Exception {
    long version = store(here).put("a", "old", Expected.absent()).orThrow().version();
    Mutation<String, String> mutation = mutation(Expected.version(version));
    SqlEdit<String, String> edit =
        (key, before, transaction) -> {
          assertThat(key).isEqualTo("a");
          assertThat(before.version()).isEqualTo(version);
          return "new";
        };
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                edit.andThen(
                    (key, before, after, transaction) ->
                        audit(
                            transaction,
                            mutation,
                            key + " " + before.value() + " " + after.version())));
    Applied<String> applied = (Applied<String>) result;
    assertThat(
            number(
                "SELECT COUNT(*) FROM audit WHERE text = 'a old "
                    + applied.current().version()
                    + "'"))
        .isEqualTo(1);
  }

  @Test
  void apply_afterWriteFails_leavesNothing() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    SqlEdit<String, String> edit = (key, before, transaction) -> "new";
    assertThatThrownBy(
            () ->
                pipeline(here)
                    .apply(
                        mutation,
                        edit.andThen(
                            (key, before, after, transaction) -> {
                              audit(transaction, mutation, "undone");
                              throw new IllegalStateException("bug");
                            })))
        .isInstanceOf(IllegalStateException.class);
    assertThat(rows("audit") + rows("occ_store") + rows("occ_mutation")).isZero();
  }

  @Test
  void apply_editEndsTheTransaction_isRefusedAndLeavesNothing() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    SqlEdit<String, String> committing =
        (key, before, transaction) -> {
          audit(transaction, mutation, "undone");
          assertThat(transaction.getAutoCommit()).isFalse();
          assertThatThrownBy(transaction::rollback).isInstanceOf(SQLException.class);
          assertThatThrownBy(transaction::close).isInstanceOf(SQLException.class);
          transaction.commit();
          return "never";
        };
    assertThatThrownBy(() -> pipeline(here).apply(mutation, committing))
        .hasMessageContaining("commit");
    assertThat(rows("audit") + rows("occ_store") + rows("occ_mutation")).isZero();
  }

  @Test
  void apply_editUsesSavepointsAndAJoinedStore_works() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    JdbcVersionedStore<String, String> other =
        here.store("other", KeyCodec.strings(), Codec.strings());
    pipeline(here)
        .apply(
            mutation,
            (key, before, transaction) -> {
              Savepoint savepoint = transaction.setSavepoint();
              audit(transaction, mutation, "taken back");
              transaction.rollback(savepoint);
              audit(transaction, mutation, "kept");
              other.joining(transaction).put("b", "beside", Expected.absent());
              return "new";
            });
    assertThat(number("SELECT COUNT(*) FROM audit WHERE text = 'kept'")).isEqualTo(1);
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(other.get("b")).isPresent();
  }

  /** Whether a statement that the server commits by itself can be noticed on this engine. */
  boolean noticesImplicitCommits() {
    return false;
  }

  @Test
  void apply_statementOfTheEditCommitsByItself_isUnknown() throws Exception {
    assumeTrue(noticesImplicitCommits());
    database.execute("CREATE TABLE IF NOT EXISTS scratch (id INT)");
    Mutation<String, String> mutation = mutation(Expected.any());
    List<SqlEdit<String, String>> edits =
        List.of(
            (key, before, transaction) -> {
              truncate(transaction);
              return "new";
            },
            (key, before, transaction) -> {
              truncate(transaction);
              throw new Rejection("no", "never");
            },
            (key, before, transaction) -> {
              truncate(transaction);
              throw new IllegalStateException("bug");
            });
    for (SqlEdit<String, String> edit : edits) {
      assertThatThrownBy(() -> pipeline(here).apply(mutation, edit))
          .isInstanceOf(OutcomeUnknownException.class);
    }
    assertThat(rows("occ_store") + rows("occ_mutation")).isZero();
  }

  private static void truncate(Connection transaction) throws SQLException {
    try (Statement statement = transaction.createStatement()) {
      statement.execute("TRUNCATE TABLE scratch");
    }
  }
}
