/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.occ4j.DataRejectedException;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Replayed;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;

/** Effects in a transaction of the registry's own. */
abstract class OwnTransactionIdempotencyContract extends LeasedIdempotencyContract {
  OwnTransactionIdempotencyContract(Engine engine) {
    super(engine);
  }

  OwnTransactionIdempotencyContract(Engine engine, String options) {
    super(engine, options);
  }

  // ---- in a transaction of our own

  @Test
  void executeInTransaction_commitsEffectAndAnswerTogetherAndReplays() throws Exception {
    MutationId id = id();
    assertThat(inTransaction(here, id, "a")).isEqualTo(new Executed<>("a", 1));
    assertReplayed(inTransaction(there, id, "b"), "a");
    assertReplayed(registry().execute(id, HOW, context -> "c"), "a");
    assertThat(notes()).isOne();
    assertThat(registry().find(id).orElseThrow().state()).isEqualTo(MutationRecord.State.COMPLETED);
  }

  @Test
  void executeInTransaction_effectThrows_rollsBackAndRunsAgain() throws Exception {
    MutationId id = id();
    IOException failure = new IOException("no");
    assertThatThrownBy(() -> inTransaction(here, id, failingAfter("a", failure))).isSameAs(failure);
    assertThat(notes()).isZero();
    assertThat(registry().find(id)).isEmpty();
    assertThat(inTransaction(here, id, "a")).isInstanceOf(Executed.class);
  }

  @Test
  void executeInTransaction_effectEndsTheTransaction_isRefusedAndLeavesNothing() throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                inTransaction(
                    here,
                    id,
                    (transaction, context) -> {
                      write(transaction, "undone");
                      assertThatThrownBy(transaction::rollback).isInstanceOf(SQLException.class);
                      assertThatThrownBy(transaction::close).isInstanceOf(SQLException.class);
                      transaction.commit();
                      return "never";
                    }))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("commit");
    assertThat(notes()).isZero();
    assertThat(inTransaction(there, id, "again")).isEqualTo(new Executed<>("again", 1));
  }

  @Test
  void executeInTransaction_effectsRowIsRefused_isDataRejected() throws Exception {
    database.execute("INSERT INTO note VALUES ('taken')");
    assertThatThrownBy(() -> inTransaction(here, id(), "taken"))
        .isInstanceOf(DataRejectedException.class)
        .hasCauseInstanceOf(SQLException.class);
  }

  @Test
  void executeInTransaction_effectsSqlExceptionWithoutState_isThrownAsItIs() {
    SQLException failure = new SQLException("the effect's own");
    assertThatThrownBy(() -> inTransaction(here, id(), failing(failure))).isSameAs(failure);
  }

  @Test
  void executeInTransaction_databaseEndsTheTransaction_runsTheWholeAgain() throws Exception {
    MutationId id = id();
    Outcome<String> outcome =
        inTransaction(
            here,
            id,
            (transaction, context) -> {
              write(transaction, "a");
              if (runs.incrementAndGet() == 1) {
                throw new SQLException("deadlock", "40001");
              }
              return "second try";
            });
    assertThat(outcome).isEqualTo(new Executed<>("second try", 1));
    assertThat(notes()).isOne();
  }

  @Test
  void executeInTransaction_besideARivalOfAnotherNode_hasOneEffect() throws Exception {
    MutationId id = id();
    Outcome<String> outcome =
        inTransaction(
            here,
            id,
            (transaction, context) -> {
              assertRefused(inTransaction(there, id, "theirs"), Reason.IN_FLIGHT);
              return write(transaction, "ours");
            });
    assertThat(outcome).isEqualTo(new Executed<>("ours", 1));
    assertReplayed(inTransaction(there, id, "theirs"), "ours");
    assertThat(notes()).isOne();
  }

  /** A rival that comes as soon as our effect is undone has the only answer there will be. */
  @Test
  void executeInTransaction_anotherNodeDoesItOnceOurEffectHasFailed_replaysTheirs()
      throws Exception {
    MutationId id = id();
    IdempotencyOptions<String> watched =
        HOW.toBuilder()
            .failures(
                failure -> {
                  assertThat(inTransactionUnchecked(there, id, "theirs"))
                      .isEqualTo(new Executed<>("theirs", 1));
                  return Optional.empty();
                })
            .build();
    Outcome<String> outcome =
        here.idempotency()
            .executeInTransaction(
                id,
                watched,
                failingAfter("ours", new IOException("failed for what the rival does")));
    assertReplayed(outcome, "theirs");
    assertThat(notes()).isOne();
  }

  private Outcome<String> inTransactionUnchecked(OccDatabase node, MutationId id, String text) {
    try {
      return inTransaction(node, id, text);
    } catch (Exception unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  @Test
  void execute_besideATransactionOfAnotherNode_isRefusedAndNotHeldUp() throws Exception {
    MutationId id = id();
    try (Connection caller = transaction()) {
      assertThat(join(caller, id, "a")).isEqualTo(new Executed<>("a", 1));
      assertRefused(there.idempotency().execute(id, HOW, context -> "b"), Reason.IN_FLIGHT);
      caller.commit();
    }
    assertReplayed(there.idempotency().execute(id, HOW, context -> "c"), "a");
  }

  @Test
  void executeInTransaction_anotherNodeHasTheLease_isRefused() throws Exception {
    MutationId id = id();
    there
        .idempotency()
        .execute(
            id,
            HOW,
            context -> {
              assertRefused(inTransaction(here, id, "a"), Reason.IN_FLIGHT);
              return "there";
            });
    assertThat(notes()).isZero();
    assertReplayed(inTransaction(here, id, "a"), "there");
  }

  @Test
  void executeInTransaction_afterALeasedAttemptFailed_isTheNextAttempt() throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                registry()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          throw new IOException("no");
                        }))
        .isInstanceOf(IOException.class);
    assertThat(inTransaction(here, id, "a")).isEqualTo(new Executed<>("a", 2));
    assertReplayed(inTransaction(here, id, "b"), "a");
  }

  @Test
  void executeInTransaction_commitsAnswerLost_isUnknownAndTheSameIdSettlesIt() throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                inTransaction(
                    here,
                    id,
                    (transaction, context) -> {
                      faulty.failAfter("commit", new SQLException("gone", "08006"));
                      return write(transaction, "a");
                    }))
        .isInstanceOf(OutcomeUnknownException.class);
    assertReplayed(inTransaction(here, id, "b"), "a");
    assertThat(notes()).isOne();
  }

  @Test
  void executeInTransaction_noConnection_isUnavailableAndRunsNothing() {
    faulty.failBefore("getConnection", new SQLException("gone", "08001"));
    assertThatThrownBy(() -> inTransaction(here, id(), "a"))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(runs).hasValue(0);
  }

  @Test
  void executeInTransaction_answerTooLong_keepsTheEffect() throws Exception {
    MutationId id = id();
    IdempotencyOptions<String> narrow = HOW.toBuilder().maxAnswerBytes(2).build();
    here.idempotency()
        .executeInTransaction(id, narrow, (transaction, context) -> write(transaction, "too long"));
    assertThat(notes()).isOne();
    assertThat(registry().execute(id, narrow, context -> "again"))
        .isInstanceOfSatisfying(Replayed.class, r -> assertThat(r.available()).isFalse());
  }

  @Test
  void executeInTransaction_fromWithinItself_isRefusedAsABug() throws Exception {
    MutationId id = id();
    inTransaction(
        here,
        id,
        (transaction, context) -> {
          assertThatThrownBy(() -> inTransaction(here, id, "inner"))
              .isInstanceOf(IllegalStateException.class);
          assertThatThrownBy(() -> join(transaction, id, (t, c) -> "inner"))
              .isInstanceOf(IllegalStateException.class);
          assertThatThrownBy(context::externalCallStarting)
              .isInstanceOf(IllegalStateException.class);
          assertThat(context.claimLost()).isFalse();
          return "outer";
        });
    assertThat(notes()).isZero();
  }

  @Test
  void executeInTransaction_fromManyThreadsOfTwoNodes_hasOneEffect() throws Exception {
    for (int round = 0; round < 5; round++) {
      MutationId id = id();
      String text = "round " + round;
      IdempotencyOptions<String> patient =
          HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
      List<Outcome<String>> outcomes =
          Concurrently.threads(8)
              .run(
                  runner ->
                      (runner % 2 == 0 ? here : there)
                          .idempotency()
                          .executeInTransaction(
                              id, patient, (transaction, context) -> write(transaction, text)))
              .values();
      assertThat(outcomes).filteredOn(Executed.class::isInstance).hasSize(1);
      assertThat(outcomes).filteredOn(Replayed.class::isInstance).hasSize(7);
      assertThat(notes()).isEqualTo(round + 1);
    }
  }

  @Test
  void executeInTransaction_failureThatThePolicyNames_isKeptAndTheEffectUndone() throws Exception {
    MutationId id = id();
    SqlEffect<String> declining = failingAfter("half done", new IOException("declined"));
    assertThat(here.idempotency().executeInTransaction(id, KEEPING, declining))
        .isEqualTo(new Executed<>("declined", 1));
    assertThat(notes()).isZero();
    assertReplayed(there.idempotency().executeInTransaction(id, KEEPING, declining), "declined");
    assertThat(runs).hasValue(1);
  }

  @Test
  void executeInTransaction_policyKeepsAllButTheDatabaseEndsTheTransaction_runsTheWholeAgain()
      throws Exception {
    Outcome<String> outcome =
        here.idempotency()
            .executeInTransaction(
                id(),
                HOW.toBuilder().failures(failure -> Optional.of("kept")).build(),
                (transaction, context) -> {
                  if (runs.incrementAndGet() == 1) {
                    throw new SQLException("deadlock", "40001");
                  }
                  return "second try";
                });
    assertThat(outcome).isEqualTo(new Executed<>("second try", 1));
  }
}
