/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Replayed;
import org.occ4j.idempotency.Outcome.Unresolved;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** Effects outside the database, under a lease: attempts that die, hang, and come back. */
abstract class LeasedIdempotencyContract extends JdbcIdempotencyFixture {
  LeasedIdempotencyContract(Engine engine) {
    super(engine);
  }

  LeasedIdempotencyContract(Engine engine, String options) {
    super(engine, options);
  }

  // ---- leases

  @Test
  void execute_inFlightOnAnotherNode_waitsAndReplays() throws Exception {
    MutationId id = id();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Running<Outcome<String>> leader =
        Running.start(
            () ->
                there
                    .idempotency()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          inside.countDown();
                          go.await();
                          return "there";
                        }));
    inside.await();
    assertRefused(registry().execute(id, HOW, context -> "here"), Reason.IN_FLIGHT);
    IdempotencyOptions<String> patient =
        HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
    Running<Outcome<String>> follower =
        Running.start(() -> registry().execute(id, patient, context -> "here"));
    go.countDown();

    assertThat(leader.result()).isEqualTo(new Executed<>("there", 1));
    assertThat(follower.result())
        .isInstanceOfSatisfying(Replayed.class, r -> assertThat(r.value()).isEqualTo("there"));
  }

  private static Duration hint(Outcome<String> refused) {
    return ((Outcome.Refused<String>) refused).retryAfter();
  }

  @Test
  void execute_inFlight_isToBeAskedAfterAsLongAgainButNoLaterThanTheLease() throws Exception {
    MutationId id = id();
    IdempotencyOptions<String> hour = HOW.toBuilder().lease(Duration.ofHours(1)).build();
    registry()
        .execute(
            id,
            hour,
            context -> {
              assertThat(hint(there.idempotency().execute(id, hour, second -> "second")))
                  .isBetween(Duration.ofSeconds(1), Duration.ofMinutes(2));
              elapse(Duration.ofMinutes(20));
              assertThat(hint(there.idempotency().execute(id, hour, second -> "second")))
                  .isBetween(Duration.ofMinutes(20), Duration.ofMinutes(30));
              elapse(Duration.ofMinutes(35));
              Running<Outcome<String>> besideHere =
                  Running.start(() -> registry().execute(id, hour, second -> "second"));
              assertThat(hint(besideHere.result()))
                  .isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5));
              return "first";
            });
  }

  /** As a purge of another node has it for a moment, when it scans for old rows. */
  @Test
  void execute_rowLockedWhenTheEffectIsDone_isCompletedWhenTheLockIsGone() throws Exception {
    MutationId id = id();
    AtomicInteger before = new AtomicInteger(Integer.MAX_VALUE - 2);
    try (Connection scan = database.connect()) {
      scan.setAutoCommit(false);
      Running<Outcome<String>> running =
          Running.start(
              () ->
                  registry()
                      .execute(
                          id,
                          HOW,
                          context -> {
                            lockAll(scan);
                            before.set(faulty.borrowed());
                            return "done";
                          }));
      // The second try to complete shows that the first one met the lock.
      await().until(() -> running.isDone() || faulty.borrowed() >= before.get() + 2);
      scan.commit();
      assertThat(running.result()).isEqualTo(new Executed<>("done", 1));
    }
    assertReplayed(registry().execute(id, HOW, context -> "again"), "done");
  }

  static void lockAll(Connection transaction) throws SQLException {
    try (Statement statement = transaction.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM occ_mutation FOR UPDATE")) {
      assertThat(rows.next()).isTrue();
    }
  }

  @Test
  void execute_leaseRanOut_isTakenOverAndTheZombieChangesNothing() throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                registry()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          elapse(Duration.ofMinutes(2));
                          assertThat(there.idempotency().execute(id, HOW, second -> "second"))
                              .isEqualTo(new Executed<>("second", 2));
                          assertThat(context.claimLost()).isTrue();
                          assertThatThrownBy(context::externalCallStarting)
                              .isInstanceOf(LeaseLostException.class);
                          return "zombie";
                        }))
        .isInstanceOf(LeaseLostException.class);
    assertReplayed(registry().execute(id, HOW, context -> "third"), "second");
  }

  @Test
  void renewClaim_beginsTheLeaseAnewAndKeepsTheNumber() throws Exception {
    MutationId id = id();
    IdempotencyOptions<String> brief = HOW.toBuilder().retention(Duration.ofSeconds(1)).build();
    assertThat(
            registry()
                .execute(
                    id,
                    brief,
                    context -> {
                      for (int i = 0; i < 3; i++) {
                        elapse(Duration.ofSeconds(50));
                        context.renewClaim();
                      }
                      assertThat(there.idempotency().purge(100).removed()).isZero();
                      assertRefused(
                          there.idempotency().execute(id, HOW, second -> "second"),
                          Reason.IN_FLIGHT);
                      assertThat(context.claimLost()).isFalse();
                      return "long";
                    }))
        .isEqualTo(new Executed<>("long", 1));
    assertReplayed(there.idempotency().execute(id, HOW, context -> "again"), "long");
  }

  @Test
  void renewClaim_takenOver_throwsAndLeavesTheLeaseOfTheNext() throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                registry()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          elapse(Duration.ofMinutes(2));
                          die(id, 1);
                          long lease = leaseUntil();
                          assertThatThrownBy(context::renewClaim)
                              .isInstanceOf(LeaseLostException.class);
                          assertThat(leaseUntil()).isEqualTo(lease);
                          return "zombie";
                        }))
        .isInstanceOf(LeaseLostException.class);
  }

  /** Claims the attempt after this one and leaves it. */
  void die(MutationId id, int attempt) {
    MutationRows rows = there.registry().rows();
    Transactions transactions = there.context().transactions();
    MutationRow seen = transactions.reading(c -> rows.find(c, id)).orElseThrow();
    assertThat(seen.attempt()).isEqualTo(attempt);
    assertThat(transactions.<Boolean>statement(c -> rows.claimAgain(c, id, HOW, seen))).isTrue();
  }

  long leaseUntil() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT lease_until FROM occ_mutation")) {
      assertThat(row.next()).isTrue();
      return row.getLong(1);
    }
  }

  @Test
  void execute_zombieFails_doesNotReleaseTheClaimOfTheNext() throws Exception {
    MutationId id = id();
    CountDownLatch finish = new CountDownLatch(1);
    CountDownLatch inside = new CountDownLatch(1);
    Running<Outcome<String>> second =
        Running.start(
            () -> {
              inside.await();
              return there
                  .idempotency()
                  .execute(
                      id,
                      HOW,
                      context -> {
                        finish.await();
                        return "second";
                      });
            });
    assertThatThrownBy(
            () ->
                registry()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          elapse(Duration.ofMinutes(2));
                          inside.countDown();
                          awaitAttempt(id, 2);
                          throw new IOException("zombie");
                        }))
        .isInstanceOf(IOException.class);
    assertThat(registry().find(id).orElseThrow().state()).isEqualTo(MutationRecord.State.CLAIMED);
    finish.countDown();
    assertThat(second.result()).isEqualTo(new Executed<>("second", 2));
  }

  @Test
  void execute_leaseRanOutButNobodyTookOver_isStillCompleted() throws Exception {
    MutationId id = id();
    assertThat(
            registry()
                .execute(
                    id,
                    HOW,
                    context -> {
                      elapse(Duration.ofMinutes(2));
                      return "late";
                    }))
        .isEqualTo(new Executed<>("late", 1));
    assertReplayed(registry().execute(id, HOW, context -> "again"), "late");
  }

  @Test
  void execute_diedAfterDeclaringAnExternalCall_isUnresolvedUntilForgotten() throws Exception {
    MutationId id = id();
    die(id, HOW, true);
    assertRefused(registry().execute(id, HOW, context -> "too early"), Reason.IN_FLIGHT);
    elapse(Duration.ofMinutes(2));

    assertThat(registry().execute(id, HOW, context -> "again")).isInstanceOf(Unresolved.class);
    assertThat(registry().find(id).orElseThrow().state())
        .isEqualTo(MutationRecord.State.UNRESOLVED);
    assertThat(registry().forget(id)).isTrue();
    assertThat(registry().execute(id, HOW, context -> "settled"))
        .isEqualTo(new Executed<>("settled", 2));
  }

  @Test
  void execute_diedWithoutAnExternalCall_runsAgain() throws Exception {
    MutationId id = id();
    die(id, HOW, false);
    elapse(Duration.ofMinutes(2));
    assertThat(registry().execute(id, HOW, context -> "again"))
        .isEqualTo(new Executed<>("again", 2));
  }

  @Test
  void execute_diedUnderHold_isUnresolved() throws Exception {
    MutationId id = id();
    die(id, HOW.toBuilder().onCrash(CrashPolicy.HOLD).build(), false);
    elapse(Duration.ofMinutes(2));
    assertThat(registry().execute(id, HOW, context -> "again")).isInstanceOf(Unresolved.class);
  }

  @Test
  void unresolved_listsWhoWaitsForAPerson_oldestFirstAndNobodyElse() throws Exception {
    MutationId first = id();
    die(first, HOW.toBuilder().onCrash(CrashPolicy.HOLD).build(), false);
    elapse(Duration.ofSeconds(1));
    MutationId second = id();
    die(second, HOW, true);
    die(id(), HOW, false);
    registry().execute(id(), HOW, context -> "done");
    assertThat(registry().unresolved(10)).as("while leases run").isEmpty();
    elapse(Duration.ofMinutes(2));
    assertThat(registry().unresolved(10))
        .extracting(MutationRecord::id, MutationRecord::state)
        .containsExactly(
            tuple(first, MutationRecord.State.UNRESOLVED),
            tuple(second, MutationRecord.State.UNRESOLVED));
    assertThat(registry().unresolved(1)).extracting(MutationRecord::id).containsExactly(first);
    assertThatThrownBy(() -> registry().unresolved(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void settle_unresolved_isReplayedFromThenOn() throws Exception {
    MutationId id = id();
    die(id, HOW, true);
    assertThat(registry().settle(id, HOW, "too early")).as("while the lease runs").isFalse();
    elapse(Duration.ofMinutes(2));
    assertThat(there.idempotency().settle(id, HOW, "it was paid")).isTrue();
    assertReplayed(registry().execute(id, HOW, context -> "again"), "it was paid");
    assertThat(registry().unresolved(10)).isEmpty();
    assertThat(registry().settle(id, HOW, "twice")).isFalse();
    assertThat(registry().settle(id(), HOW, "never sent")).isFalse();
    assertReplayed(registry().execute(id, HOW, context -> "again"), "it was paid");
  }

  @Test
  void execute_completionsAnswerLost_isSettledByALook() throws Exception {
    MutationId id = id();
    assertThat(
            registry()
                .execute(
                    id,
                    HOW,
                    context -> {
                      faulty.failAfter("getAutoCommit", new SQLException("gone", "08006"));
                      return "done";
                    }))
        .isEqualTo(new Executed<>("done", 1));
    assertReplayed(registry().execute(id, HOW, context -> "again"), "done");
  }

  @Test
  void execute_manyDuplicatesOverAPoolOfOne_holdNoConnectionWhileTheyWait() throws Exception {
    try (HikariDataSource single = database.pool(1);
        OccDatabase narrow = OccDatabase.open(single)) {
      MutationId id = id();
      IdempotencyOptions<String> patient =
          HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
      List<Outcome<String>> outcomes =
          Concurrently.threads(30)
              .run(
                  runner ->
                      narrow
                          .idempotency()
                          .executeInTransaction(
                              id, patient, (transaction, context) -> write(transaction, "once")))
              .values();
      assertThat(outcomes).filteredOn(Executed.class::isInstance).hasSize(1);
      assertThat(outcomes).filteredOn(Replayed.class::isInstance).hasSize(29);
      assertThat(notes()).isOne();
    }
  }
}
