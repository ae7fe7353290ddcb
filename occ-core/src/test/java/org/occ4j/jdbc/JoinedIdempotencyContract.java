/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.FailurePolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.testkit.Engine;

/** Effects in the caller's transaction, which the registry never ends. */
abstract class JoinedIdempotencyContract extends OwnTransactionIdempotencyContract {
  JoinedIdempotencyContract(Engine engine) {
    super(engine);
  }

  JoinedIdempotencyContract(Engine engine, String options) {
    super(engine, options);
  }

  // ---- in the caller's transaction

  /** Whatever the failure did to the transaction: here it is one of the database's own. */
  @Test
  void joinTransaction_failureThatThePolicyNames_isKeptAndTheTransactionGoesOn() throws Exception {
    database.execute("INSERT INTO note VALUES ('taken')");
    MutationId id = id();
    IdempotencyOptions<String> keeping =
        HOW.toBuilder()
            .failures(FailurePolicy.keep(SQLException.class, failure -> "taken already"))
            .build();
    try (Connection caller = transaction()) {
      write(caller, "the caller's own");
      assertThat(
              here.idempotency()
                  .joinTransaction(
                      caller,
                      id,
                      keeping,
                      (transaction, context) -> {
                        write(transaction, "half done");
                        return write(transaction, "taken");
                      }))
          .isEqualTo(new Executed<>("taken already", 1));
      write(caller, "the caller's own, later");
      caller.commit();
    }
    assertThat(notes()).isEqualTo(3);
    assertReplayed(inTransaction(there, id, "again"), "taken already");
  }

  @Test
  void joinTransaction_policyKeepsAllButTheTransactionIsDead_throws() throws Exception {
    MutationId id = id();
    SQLException dead = new SQLException("deadlock", "40001");
    try (Connection caller = transaction()) {
      assertThatThrownBy(
              () ->
                  here.idempotency()
                      .joinTransaction(
                          caller,
                          id,
                          HOW.toBuilder().failures(failure -> Optional.of("kept")).build(),
                          failing(dead)))
          .isSameAs(dead);
      caller.rollback();
    }
    assertThat(registry().find(id)).isEmpty();
  }

  @Test
  void joinTransaction_livesAndDiesWithTheCallersTransaction() throws Exception {
    MutationId id = id();
    try (Connection caller = transaction()) {
      assertThat(join(caller, id, "a")).isEqualTo(new Executed<>("a", 1));
      assertThat(registry().find(id)).isEmpty();
      caller.rollback();
      assertThat(notes()).isZero();

      assertThat(join(caller, id, "b")).isEqualTo(new Executed<>("b", 1));
      caller.commit();
      assertReplayed(join(caller, id, "c"), "b");
    }
    assertReplayed(registry().execute(id, HOW, context -> "d"), "b");
    assertThat(notes()).isOne();
  }

  @Test
  void joinTransaction_duplicate_leavesTheTransactionUsable() throws Exception {
    MutationId done = id();
    MutationId busy = id();
    inTransaction(here, done, "done");
    there
        .idempotency()
        .execute(
            busy,
            HOW,
            context -> {
              try (Connection caller = transaction()) {
                IdempotencyOptions<String> patient =
                    HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
                assertReplayed(join(caller, done, "again"), "done");
                assertRefused(
                    here.idempotency().joinTransaction(caller, busy, patient, (t, c) -> "again"),
                    Reason.IN_FLIGHT);
                write(caller, "the caller's own");
                caller.commit();
              }
              return "there";
            });
    assertThat(notes()).isEqualTo(2);
  }

  @Test
  void joinTransaction_oldSnapshotDoesNotSeeTheRival_neverRunsASecondEffect() throws Exception {
    MutationId id = id();
    try (Connection caller = transaction()) {
      caller.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      caller.createStatement().executeQuery("SELECT COUNT(*) FROM occ_mutation").close();
      inTransaction(there, id, "theirs");
      if (replaysBesideAnOldSnapshot()) {
        assertReplayed(join(caller, id, "ours"), "theirs");
        assertThat(count(caller)).as("the caller's transaction lives, as old as it was").isZero();
      } else {
        assertThatThrownBy(() -> join(caller, id, "ours"))
            .isInstanceOf(TransactionConflictException.class);
      }
      caller.rollback();
      assertReplayed(join(caller, id, "ours"), "theirs");
    }
    assertThat(notes()).isOne();
  }

  @Test
  void joinTransaction_besideATransactionOfAnotherNode_isRefusedAndLeavesItUsable()
      throws Exception {
    MutationId id = id();
    try (Connection rival = transaction();
        Connection caller = transaction()) {
      there
          .idempotency()
          .joinTransaction(rival, id, HOW, (transaction, context) -> write(transaction, "first"));
      if (refusalLeavesTheTransactionUsable()) {
        assertRefused(join(caller, id, "second"), Reason.IN_FLIGHT);
        write(caller, "the caller's own");
        caller.commit();
      } else {
        assertThatThrownBy(() -> join(caller, id, "second"))
            .isInstanceOf(TransactionConflictException.class);
        caller.rollback();
      }
      rival.rollback();
      assertThat(join(caller, id, "third")).isEqualTo(new Executed<>("third", 1));
      caller.commit();
    }
    assertThat(notes()).isEqualTo(refusalLeavesTheTransactionUsable() ? 2 : 1);
  }

  @Test
  void joinTransaction_effectThrewAndTheCallerCommits_leavesNoClaim() throws Exception {
    MutationId fresh = id();
    MutationId again = id();
    die(again, HOW, false);
    elapse(Duration.ofMinutes(2));
    try (Connection caller = transaction()) {
      for (MutationId id : List.of(fresh, again)) {
        assertThatThrownBy(() -> join(caller, id, failing(new IOException("no"))))
            .isInstanceOf(IOException.class);
      }
      caller.commit();
    }
    assertThat(inTransaction(there, fresh, "a")).isEqualTo(new Executed<>("a", 1));
    assertThat(inTransaction(there, again, "b")).isInstanceOf(Executed.class);
  }

  @Test
  void joinTransaction_twiceInOneTransaction_replaysWhatIsNotCommittedYet() throws Exception {
    MutationId id = id();
    try (Connection caller = transaction()) {
      join(caller, id, "a");
      assertReplayed(join(caller, id, "b"), "a");
      caller.commit();
    }
    assertThat(notes()).isOne();
  }

  @Test
  void joinTransaction_ownAnswerReplayedAndRolledBack_isForgottenWithTheTransaction()
      throws Exception {
    MutationId id = id();
    try (Connection caller = transaction()) {
      join(caller, id, "a");
      assertReplayed(join(caller, id, "b"), "a");
      caller.rollback();
      assertThat(join(caller, id, "c")).isEqualTo(new Executed<>("c", 1));
      caller.rollback();
    }
    assertThat(inTransaction(here, id, "d")).isEqualTo(new Executed<>("d", 1));
  }

  @Test
  void joinTransaction_autoCommit_isRefused() throws Exception {
    try (Connection connection = database.connect()) {
      assertThatIllegalArgumentException().isThrownBy(() -> join(connection, id(), "a"));
    }
    assertThat(notes()).isZero();
  }

  @Test
  void joinTransaction_effectThrows_throwsTheSame() throws Exception {
    try (Connection caller = transaction()) {
      SQLException failure = new SQLException("the caller's");
      assertThatThrownBy(() -> join(caller, id(), failing(failure))).isSameAs(failure);
      caller.rollback();
    }
  }

  @Test
  void joinTransaction_effectEndsTheCallersTransaction_isUnknown() throws Exception {
    for (boolean commits : new boolean[] {true, false}) {
      try (Connection caller = transaction()) {
        assertThatThrownBy(
                () ->
                    join(
                        caller,
                        id(),
                        (transaction, context) -> {
                          write(transaction, commits ? "committed" : "rolled back");
                          if (commits) {
                            transaction.commit();
                          } else {
                            transaction.rollback();
                          }
                          return write(transaction, "undone");
                        }))
            .isInstanceOfAny(OutcomeUnknownException.class, TransactionConflictException.class)
            .satisfies(
                thrown -> {
                  if (commits) {
                    assertThat(thrown).isInstanceOf(OutcomeUnknownException.class);
                  }
                });
        caller.rollback();
      }
      assertThat(notes()).isOne();
    }
  }

  @Test
  void joinTransaction_effectWroteAndThrewAndTheCallerCommits_undoesTheEffect() throws Exception {
    MutationId id = id();
    for (Throwable thrown : List.of(new IOException("no"), new IllegalStateException("no"))) {
      try (Connection caller = transaction()) {
        assertThatThrownBy(
                () ->
                    join(
                        caller,
                        id,
                        (transaction, context) -> {
                          write(transaction, "undone");
                          if (thrown instanceof IOException checked) {
                            throw checked;
                          }
                          throw (RuntimeException) thrown;
                        }))
            .isSameAs(thrown);
        caller.commit();
      }
      assertThat(notes()).isZero();
    }
    assertThat(inTransaction(here, id, "done")).isInstanceOf(Executed.class);
    assertThat(notes()).isOne();
  }

  @Test
  void joinTransaction_nestedEffectThrew_undoesThatOneOnly() throws Exception {
    MutationId inner = id();
    try (Connection caller = transaction()) {
      Outcome<String> outer =
          join(
              caller,
              id(),
              (transaction, context) -> {
                write(transaction, "before");
                assertThatThrownBy(
                        () ->
                            join(transaction, inner, failingAfter("inner", new IOException("no"))))
                    .isInstanceOf(IOException.class);
                return write(transaction, "after");
              });
      assertThat(outer).isInstanceOf(Executed.class);
      assertThat(join(caller, inner, "second")).isInstanceOf(Executed.class);
      caller.commit();
    }
    assertThat(notes()).isEqualTo(3);
  }

  @Test
  void joinTransaction_outerEffectThrewAfterAnInnerOne_undoesBoth() throws Exception {
    MutationId inner = id();
    try (Connection caller = transaction()) {
      assertThatThrownBy(
              () ->
                  join(
                      caller,
                      id(),
                      (transaction, context) -> {
                        write(transaction, "before");
                        join(transaction, inner, "inner");
                        throw new IOException("no");
                      }))
          .isInstanceOf(IOException.class);
      caller.commit();
    }
    assertThat(notes()).isZero();
    assertThat(inTransaction(here, inner, "again")).isInstanceOf(Executed.class);
  }
}
