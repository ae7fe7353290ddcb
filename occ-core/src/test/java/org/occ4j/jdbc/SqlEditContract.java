/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.Engine;

/**
 * What an edit with statements of its own promises: its rows are there exactly if the mutation was
 * applied, however it ends, also in a transaction of the caller; rivals are in the contract above.
 */
abstract class SqlEditContract extends SqlEditRivalsContract {
  SqlEditContract(Engine engine) {
    super(engine);
  }

  @Test
  void apply_absentKey_leavesRoomForOthersBesideIt() throws Exception {
    store(here).put("a", "0", Expected.absent()).orThrow();
    store(here).put("c", "0", Expected.absent()).orThrow();
    Mutation<String, String> mutation =
        Mutation.of(id(), "b", Expected.absent(), Edit.<String>set("unused")).build();
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, mine) -> {
                  // From another connection: a lock on the gap would make it wait for this edit.
                  store(there).put("bb", "beside", Expected.absent()).orThrow();
                  return "mine";
                });
    assertThat(result).isInstanceOf(Applied.class);
    assertThat(store(here).get("bb")).isPresent();
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

  /** As a deadlock does; what the caller wrote before is gone with it. */
  @Test
  void joining_databaseEndsTheTransactionAtAStatementOfTheEdit_isTransactionConflict()
      throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    SQLException deadlock = new SQLException("deadlock", "40001");
    SqlEdit<String, String> before =
        (key, state, mine) -> {
          throw deadlock;
        };
    SqlEdit<String, String> after = (key, state, mine) -> "new";
    for (SqlEdit<String, String> edit :
        List.of(
            before,
            after.andThen(
                (key, old, now, mine) -> {
                  throw deadlock;
                }))) {
      try (Connection transaction = database.connect()) {
        transaction.setAutoCommit(false);
        assertThatThrownBy(() -> pipeline(here).joining(transaction).apply(mutation, edit))
            .isInstanceOf(TransactionConflictException.class)
            .hasCause(deadlock);
        transaction.rollback();
      }
    }
    assertThat(rows("audit") + rows("occ_store") + rows("occ_mutation")).isZero();
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
  void apply_ofTheMutation_runsItsOwnEditThenTheStatements() throws Exception {
    store(here).put("a", "old", Expected.absent());
    Mutation<String, String> append =
        mutation(Expected.any(), Edit.update((String before) -> before + "er"));
    MutationResult<String> changed = pipeline(here).apply(append, audited(append));
    assertThat(changed.orThrow().value()).isEqualTo("older");
    Mutation<String, String> deletion = mutation(Expected.any(), Edit.delete());
    pipeline(here).apply(deletion, audited(deletion)).orThrow();

    long version = changed.orThrow().version();
    assertThat(number("SELECT COUNT(*) FROM audit WHERE text = 'written " + version + "'"))
        .isEqualTo(1);
    assertThat(number("SELECT COUNT(*) FROM audit WHERE text = 'deleted " + version + "'"))
        .isEqualTo(1);
    Mutation<String, String> late = mutation(Expected.any(), Edit.update((String it) -> it));
    assertThat(pipeline(here).apply(late, audited(late))).isInstanceOf(Rejected.class);
    assertThat(rows("audit")).isEqualTo(2);
  }

  private static SqlEdit<String, String> audited(Mutation<String, String> mutation) {
    return SqlEdit.of(mutation)
        .andThen(
            (key, before, after, transaction) ->
                audit(
                    transaction,
                    mutation,
                    after == null ? "deleted " + before.version() : "written " + after.version()));
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

  /** Statements that commit; those of DDL are the usual ones. */
  List<String> commits() {
    return List.of("TRUNCATE TABLE scratch", "COMMIT");
  }

  /** How an edit can go on, or end, after a statement that committed by itself. */
  private interface Ending {
    void run(Connection transaction) throws SQLException, Rejection;
  }

  private static final List<Ending> ENDINGS =
      List.of(
          transaction -> {},
          transaction -> {
            throw new Rejection("no", "never");
          },
          transaction -> {
            throw new IllegalStateException("bug");
          },
          transaction -> run(transaction, "INSERT INTO audit VALUES (NULL, NULL, 'too many')"),
          transaction -> {
            throw new SQLException("of the edit's own making");
          });

  @Test
  void apply_statementOfTheEditCommitsByItself_isUnknown() throws Exception {
    database.execute("CREATE TABLE IF NOT EXISTS scratch (id INT)");
    for (boolean present : new boolean[] {false, true}) {
      if (present) {
        store(here).put("a", "0", Expected.absent());
      }
      for (Ending ending : ENDINGS) {
        for (String commit : commits()) {
          Mutation<String, String> mutation = mutation(Expected.any());
          SqlEdit<String, String> edit =
              (key, before, transaction) -> {
                audit(transaction, mutation, "committed");
                run(transaction, commit);
                ending.run(transaction);
                return "new";
              };
          assertThatThrownBy(() -> pipeline(here).apply(mutation, edit))
              .isInstanceOf(OutcomeUnknownException.class);
          assertNeverRunAgain(mutation, edit);
        }
      }
      assertThat(rows("occ_store")).isEqualTo(present ? 1 : 0);
    }
    assertThat(store(here).get("a").orElseThrow().value()).isEqualTo("0");
  }

  /** What it did is committed half, so nobody but a person can say what is to become of it. */
  private void assertNeverRunAgain(Mutation<String, String> mutation, SqlEdit<String, String> edit)
      throws Exception {
    String audited = "SELECT COUNT(*) FROM audit";
    long before = number(audited);
    assertThat(pipeline(there).apply(mutation, edit))
        .isInstanceOfSatisfying(
            MutationResult.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Outcome.Reason.IN_FLIGHT));
    database.execute("UPDATE occ_mutation SET lease_until = claimed_at");
    assertThat(pipeline(there).apply(mutation, edit)).isInstanceOf(MutationResult.Unresolved.class);
    assertThat(there.idempotency().unresolved(10))
        .extracting(MutationRecord::id)
        .containsExactly(mutation.id());
    IdempotencyOptions<String> settled = IdempotencyOptions.returning(Codec.strings());
    assertThat(there.idempotency().settle(mutation.id(), settled, null)).isTrue();
    assertThat(pipeline(here).apply(mutation, edit)).isInstanceOf(MutationResult.Applied.class);
    assertThat(number(audited)).isEqualTo(before);
  }

  @Test
  void apply_statementAfterTheWriteCommitsByItself_isUnknown() throws Exception {
    database.execute("CREATE TABLE IF NOT EXISTS scratch (id INT)");
    SqlEdit<String, String> edit = (key, before, transaction) -> "new";
    for (Ending ending : ENDINGS) {
      if (ending == ENDINGS.get(1)) {
        continue; // What comes after the write cannot reject.
      }
      assertThatThrownBy(
              () ->
                  pipeline(here)
                      .apply(
                          mutation(Expected.any()),
                          edit.andThen(
                              (key, before, after, transaction) -> {
                                run(transaction, commits().get(0));
                                try {
                                  ending.run(transaction);
                                } catch (Rejection never) {
                                  throw new AssertionError(never);
                                }
                              })))
          .isInstanceOf(OutcomeUnknownException.class);
    }
  }

  @Test
  void joining_statementOfTheEditCommitsByItself_isUnknown() throws Exception {
    database.execute("CREATE TABLE IF NOT EXISTS scratch (id INT)");
    for (Ending ending : ENDINGS) {
      Connection transaction = database.connect();
      transaction.setAutoCommit(false);
      assertThatThrownBy(
              () ->
                  pipeline(here)
                      .joining(transaction)
                      .apply(
                          mutation(Expected.any()),
                          (key, before, mine) -> {
                            run(mine, commits().get(0));
                            ending.run(mine);
                            return "new";
                          }))
          .isInstanceOf(OutcomeUnknownException.class);
      transaction.close();
    }
    assertThat(rows("occ_store")).isZero();
  }

  /** As a database does in a deadlock, of which the edit makes nothing. */
  @Test
  void apply_rolledBackUnderTheEdit_isNeverAppliedInPart() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    assertThatThrownBy(
            () ->
                pipeline(here)
                    .apply(
                        mutation,
                        (key, before, transaction) -> {
                          audit(transaction, mutation, "rolled back");
                          run(transaction, "ROLLBACK");
                          audit(transaction, mutation, "alone");
                          return "new";
                        }))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(rows("occ_store")).isZero();
  }

  private static void run(Connection transaction, String sql) throws SQLException {
    try (Statement statement = transaction.createStatement()) {
      statement.execute(sql);
    }
  }
}
