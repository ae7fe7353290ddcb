/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.FailurePolicy;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.InFlight;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Refused;
import org.occ4j.idempotency.Outcome.Replayed;
import org.occ4j.idempotency.Outcome.Unresolved;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.IdempotencyRegistryContract;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** What a registry in a database promises beyond the others; two nodes share one database. */
abstract class JdbcIdempotencyContract extends IdempotencyRegistryContract {
  private static final Execution<String> HOW = Execution.returning(Codec.strings());
  private static final Execution<String> KEEPING =
      HOW.failures(FailurePolicy.keep(IOException.class, IOException::getMessage));
  private static final Duration LONG = Duration.ofSeconds(60);

  /** More than the threads of any race. */
  private static final int POOL_SIZE = 16;

  /** One database for the tests of a class; each finds its tables empty. */
  private static @Nullable TestDatabase database;

  private static @Nullable HikariDataSource pool;

  private final Engine engine;
  private final String options;
  private FaultyDataSource faulty;
  private OccDatabase here;
  private OccDatabase there;
  private final AtomicInteger runs = new AtomicInteger();

  JdbcIdempotencyContract(Engine engine) {
    this(engine, "");
  }

  /** All connections with these options of the driver, each beginning with an ampersand. */
  JdbcIdempotencyContract(Engine engine, String options) {
    this.engine = engine;
    this.options = options;
  }

  @BeforeEach
  void openTwoNodes() throws SQLException {
    if (pool == null) {
      makeDatabase();
    }
    database.execute("DELETE FROM occ_mutation", "DELETE FROM note");
    faulty = new FaultyDataSource(pool);
    here = settings(OccDatabase.builder(faulty)).open();
    there = settings(OccDatabase.builder(pool)).open();
  }

  private void makeDatabase() throws SQLException {
    TestDatabase fresh = engine.server().newDatabase();
    database = new TestDatabase(engine, fresh.jdbcUrl() + options, fresh.user(), fresh.password());
    OccDatabase.builder(database.dataSource()).createSchema();
    database.execute("CREATE TABLE note (text VARCHAR(100) NOT NULL, PRIMARY KEY (text))");
    pool = database.pool(POOL_SIZE);
  }

  @AfterEach
  void everyConnectionWasGivenBack() {
    here.close();
    there.close();
    assertThat(faulty.open()).isZero();
  }

  @AfterAll
  static void closePool() {
    pool.close();
    pool = null;
  }

  /** Settings of both nodes. */
  OccDatabaseBuilder settings(OccDatabaseBuilder builder) {
    return builder;
  }

  @Override
  protected IdempotencyRegistry registry() {
    return here.idempotency();
  }

  @Override
  protected void elapse(Duration time) throws SQLException {
    long micros = time.toNanos() / 1_000;
    database.execute(
        ("UPDATE occ_mutation SET claimed_at = claimed_at - %1$d, lease_until = lease_until - %1$d,"
                + " completed_at = completed_at - %1$d, purge_after = purge_after - %1$d")
            .formatted(micros));
  }

  /**
   * Whether a rival in a transaction of another node is told before our effect runs; else both run
   * it, and one is undone.
   */
  boolean tellsRivalsBeforeTheEffect() {
    return true;
  }

  /** Whether a rival that has not committed leaves the transaction of whom it refuses alive. */
  boolean refusalLeavesTheTransactionUsable() {
    return tellsRivalsBeforeTheEffect();
  }

  /** Whether a duplicate is replayed though the caller's snapshot is too old to show it. */
  boolean replaysBesideAnOldSnapshot() {
    return false;
  }

  TestDatabase database() {
    return database;
  }

  OccDatabase here() {
    return here;
  }

  OccDatabase there() {
    return there;
  }

  @Override
  protected boolean keepsAnswersAsObjects() {
    return false;
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
    Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
    Running<Outcome<String>> follower =
        Running.start(() -> registry().execute(id, patient, context -> "here"));
    go.countDown();

    assertThat(leader.result()).isEqualTo(new Executed<>("there", 1));
    assertThat(follower.result())
        .isInstanceOfSatisfying(Replayed.class, r -> assertThat(r.value()).isEqualTo("there"));
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

  private static void lockAll(Connection transaction) throws SQLException {
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
    Execution<String> brief = HOW.retention(Duration.ofSeconds(1));
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
  private void die(MutationId id, int attempt) {
    MutationRows rows = there.registry().rows();
    Transactions transactions = there.context().transactions();
    MutationRow seen = transactions.reading(c -> rows.find(c, id)).orElseThrow();
    assertThat(seen.attempt()).isEqualTo(attempt);
    assertThat(transactions.<Boolean>statement(c -> rows.claimAgain(c, id, HOW, seen))).isTrue();
  }

  private long leaseUntil() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT lease_until FROM occ_mutation")) {
      assertThat(row.next()).isTrue();
      return row.getLong(1);
    }
  }

  @Test
  void executeAsync_inFlightOnAnotherNode_waitsAndReplays() throws Exception {
    MutationId id = id();
    CompletableFuture<String> stage = new CompletableFuture<>();
    CountDownLatch inside = new CountDownLatch(1);
    CompletableFuture<Outcome<String>> leader =
        there
            .idempotency()
            .executeAsync(
                id,
                HOW,
                context -> {
                  inside.countDown();
                  return stage;
                });
    inside.await();
    Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
    CompletableFuture<Outcome<String>> follower =
        here.idempotency()
            .executeAsync(id, patient, context -> CompletableFuture.completedFuture("x"));
    int looks = faulty.borrowed();
    await().until(() -> faulty.borrowed() > looks + 1);
    stage.complete("there");
    assertThat(leader.get(60, SECONDS)).isEqualTo(new Executed<>("there", 1));
    assertReplayed(follower.get(60, SECONDS), "there");
  }

  @Test
  void executeAsync_databaseClosedBeforeTheEffectIsDone_storesTheAnswerEvenSo() throws Exception {
    MutationId id = id();
    CompletableFuture<String> stage = new CompletableFuture<>();
    CountDownLatch inside = new CountDownLatch(1);
    CompletableFuture<Outcome<String>> leader =
        here.idempotency()
            .executeAsync(
                id,
                HOW,
                context -> {
                  inside.countDown();
                  return stage;
                });
    inside.await();
    here.close();
    stage.complete("done");
    assertThat(leader.get(60, SECONDS)).isEqualTo(new Executed<>("done", 1));
    assertReplayed(there.idempotency().execute(id, HOW, context -> "again"), "done");
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
    die(id, HOW.onCrash(CrashPolicy.HOLD), false);
    elapse(Duration.ofMinutes(2));
    assertThat(registry().execute(id, HOW, context -> "again")).isInstanceOf(Unresolved.class);
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
      Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
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
    assertThatThrownBy(
            () ->
                here.idempotency()
                    .executeInTransaction(
                        id,
                        HOW,
                        (transaction, context) -> {
                          write(transaction, "a");
                          throw failure;
                        }))
        .isSameAs(failure);
    assertThat(notes()).isZero();
    assertThat(registry().find(id)).isEmpty();
    assertThat(inTransaction(here, id, "a")).isInstanceOf(Executed.class);
  }

  @Test
  void executeInTransaction_effectsOwnSqlError_isThrownAsItIs() throws Exception {
    database.execute("INSERT INTO note VALUES ('taken')");
    assertThatThrownBy(() -> inTransaction(here, id(), "taken")).isInstanceOf(SQLException.class);
  }

  @Test
  void executeInTransaction_databaseEndsTheTransaction_runsTheWholeAgain() throws Exception {
    MutationId id = id();
    Outcome<String> outcome =
        here.idempotency()
            .executeInTransaction(
                id,
                HOW,
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
        here.idempotency()
            .executeInTransaction(
                id,
                HOW,
                (transaction, context) -> {
                  Outcome<String> rivals = inTransaction(there, id, "theirs");
                  if (tellsRivalsBeforeTheEffect()) {
                    assertRefused(rivals, Reason.IN_FLIGHT);
                  } else {
                    assertThat(rivals).isInstanceOf(Executed.class);
                  }
                  return write(transaction, "ours");
                });
    if (tellsRivalsBeforeTheEffect()) {
      assertThat(outcome).isEqualTo(new Executed<>("ours", 1));
      assertReplayed(inTransaction(there, id, "theirs"), "ours");
    } else {
      assertReplayed(outcome, "theirs");
    }
    assertThat(notes()).isOne();
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
                here.idempotency()
                    .executeInTransaction(
                        id,
                        HOW,
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
    Execution<String> narrow = HOW.maxAnswerBytes(2);
    here.idempotency()
        .executeInTransaction(id, narrow, (transaction, context) -> write(transaction, "too long"));
    assertThat(notes()).isOne();
    assertThat(registry().execute(id, narrow, context -> "again"))
        .isInstanceOfSatisfying(Replayed.class, r -> assertThat(r.available()).isFalse());
  }

  @Test
  void executeInTransaction_fromWithinItself_isRefusedAsABug() throws Exception {
    MutationId id = id();
    here.idempotency()
        .executeInTransaction(
            id,
            HOW,
            (transaction, context) -> {
              assertThatThrownBy(() -> inTransaction(here, id, "inner"))
                  .isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(
                      () ->
                          here.idempotency()
                              .joinTransaction(transaction, id, HOW, (t, c) -> "inner"))
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
      Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
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
    SqlEffect<String> declining =
        (transaction, context) -> {
          write(transaction, "half done");
          throw new IOException("declined");
        };
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
                HOW.failures(failure -> Optional.of("kept")),
                (transaction, context) -> {
                  if (runs.incrementAndGet() == 1) {
                    throw new SQLException("deadlock", "40001");
                  }
                  return "second try";
                });
    assertThat(outcome).isEqualTo(new Executed<>("second try", 1));
  }

  // ---- in the caller's transaction

  /** Whatever the failure did to the transaction: here it is one of the database's own. */
  @Test
  void joinTransaction_failureThatThePolicyNames_isKeptAndTheTransactionGoesOn() throws Exception {
    database.execute("INSERT INTO note VALUES ('taken')");
    MutationId id = id();
    Execution<String> keeping =
        HOW.failures(FailurePolicy.keep(SQLException.class, failure -> "taken already"));
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
                          HOW.failures(failure -> Optional.of("kept")),
                          (transaction, context) -> {
                            throw dead;
                          }))
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
                Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
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
        assertThatThrownBy(
                () ->
                    here.idempotency()
                        .joinTransaction(
                            caller,
                            id,
                            HOW,
                            (transaction, context) -> {
                              throw new IOException("no");
                            }))
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
      assertThatThrownBy(
              () ->
                  here.idempotency()
                      .joinTransaction(
                          caller,
                          id(),
                          HOW,
                          (transaction, context) -> {
                            throw failure;
                          }))
          .isSameAs(failure);
      caller.rollback();
    }
  }

  // ---- nobody waits

  @Test
  void execute_zombieBesideTheNextAttemptInATransaction_isNotHeldUp() throws Exception {
    MutationId id = id();
    // For this node's patience with a lock, ten seconds, half a second is enough.
    Ticker hurried = () -> System.nanoTime() * 20;
    try (OccDatabase zombie = settings(OccDatabase.builder(faulty)).ticker(hurried).open();
        Connection caller = transaction()) {
      assertThatThrownBy(
              () ->
                  zombie
                      .idempotency()
                      .execute(
                          id,
                          HOW,
                          context -> {
                            elapse(Duration.ofMinutes(2));
                            assertThat(
                                    there
                                        .idempotency()
                                        .joinTransaction(
                                            caller, id, HOW, (t, c) -> write(t, "next")))
                                .isEqualTo(new Executed<>("next", 2));
                            return "zombie";
                          }))
          .isInstanceOf(LeaseLostException.class);
      caller.commit();
    }
    assertReplayed(registry().execute(id, HOW, context -> "again"), "next");
  }

  @Test
  void externalCallStarting_twice_isTheSameAsOnce() throws Exception {
    Outcome<String> outcome =
        registry()
            .execute(
                id(),
                HOW.onCrash(CrashPolicy.HOLD),
                context -> {
                  context.externalCallStarting();
                  context.externalCallStarting();
                  return "done";
                });
    assertThat(outcome).isEqualTo(new Executed<>("done", 1));
  }

  @Test
  void purge_lockedRows_areLeftForTheNextTime() throws Exception {
    MutationId locked = id();
    registry().execute(locked, HOW, context -> "x");
    registry().execute(id(), HOW, context -> "x");
    registry().execute(id(), HOW, context -> "x");
    elapse(Duration.ofHours(25));
    try (Connection other = transaction();
        PreparedStatement lock =
            other.prepareStatement(
                "SELECT state FROM occ_mutation WHERE " + MutationRows.BY_KEY + " FOR UPDATE")) {
      MutationRows.bindKey(lock, 1, locked);
      try (ResultSet row = lock.executeQuery()) {
        assertThat(row.next()).isTrue();
      }
      assertThat(registry().purge(100)).isEqualTo(new PurgeReport(2, false));
      other.rollback(); // a server notices a closed connection only later
    }
    assertThat(registry().purge(100)).isEqualTo(new PurgeReport(1, false));
  }

  @Test
  void purge_whileAnotherNodePurges_leavesItToThat() throws Exception {
    registry().execute(id(), HOW, context -> "x");
    elapse(Duration.ofHours(25));
    try (Connection other = transaction();
        Statement statement = other.createStatement();
        ResultSet row = statement.executeQuery("SELECT id FROM occ_meta FOR UPDATE")) {
      assertThat(row.next()).isTrue();
      assertThat(registry().purge(100)).isEqualTo(new PurgeReport(0, false));
      other.rollback(); // a server notices a closed connection only later
    }
    assertThat(registry().purge(100)).isEqualTo(new PurgeReport(1, false));
  }

  // ---- rows

  @Test
  void execute_scopesThatDifferInCaseOrBlanksOrHaveANul_areDifferent() throws Exception {
    UUID uuid = UUID.randomUUID();
    for (String tenant : List.of("a", "A", "a ", "\u00e4", "a\0")) {
      MutationId id = new MutationId(new Scope(tenant, "p", "o"), uuid);
      assertThat(registry().execute(id, HOW, context -> tenant))
          .isEqualTo(new Executed<>(tenant, 1));
      assertReplayed(registry().execute(id, HOW, context -> "again"), tenant);
    }
  }

  @Test
  void execute_keepsTheReadableScopeForOperators() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "x");
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT tenant, principal, operation FROM occ_mutation")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getString(1)).isEqualTo(id.scope().tenant());
      assertThat(row.getString(2)).isEqualTo(id.scope().principal());
      assertThat(row.getString(3)).isEqualTo(id.scope().operation());
    }
  }

  @Test
  void execute_longAnswer_isStoredCompressedAndReplayed() throws Exception {
    String answer = "the same again ".repeat(1_000);
    Map<Execution<String>, Boolean> compressed =
        Map.of(
            HOW,
            true,
            HOW.compressAboveBytes(answer.length() - 1),
            true,
            HOW.compressAboveBytes(answer.length()),
            false,
            HOW.compressAboveBytes(Integer.MAX_VALUE),
            false);
    for (Execution<String> how : compressed.keySet()) {
      MutationId id = id();
      registry().execute(id, how, context -> answer);
      for (Execution<String> reader : compressed.keySet()) {
        assertReplayed(there.idempotency().execute(id, reader, context -> "again"), answer);
      }
      assertThat(storedBytes(id) < answer.length()).as("%s", how).isEqualTo(compressed.get(how));
    }
  }

  @Test
  void execute_compressedAnswerIsDamaged_isACodecExceptionAndRunsNothing() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "the same again ".repeat(1_000));
    // A length, and nothing that could be inflated to it.
    boolean postgresql = database.engine() == Engine.POSTGRESQL;
    String damaged = postgresql ? "decode('00000001', 'hex')" : "X'00000001'";
    database.execute("UPDATE occ_mutation SET answer = " + damaged);
    assertThatThrownBy(() -> registry().execute(id, HOW, context -> "" + runs.incrementAndGet()))
        .isInstanceOf(CodecException.class);
    assertThat(runs).hasValue(0);
  }

  @Test
  void execute_formatOfAnotherNameThanStored_isRefusedAlsoWhenCompressed() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "the same again ".repeat(1_000));
    assertThatThrownBy(
            () ->
                registry().execute(id, Execution.returning(Codec.bytes()), context -> new byte[0]))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("utf8/1");
  }

  private int storedBytes(MutationId id) throws SQLException {
    try (Connection connection = database.connect();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT answer FROM occ_mutation WHERE " + MutationRows.BY_KEY)) {
      MutationRows.bindKey(statement, 1, id);
      try (ResultSet row = statement.executeQuery()) {
        assertThat(row.next()).isTrue();
        return row.getBytes(1).length;
      }
    }
  }

  @Test
  void execute_codecIdThatLooksCompressed_isRefusedAndRunsNothing() {
    Codec<String> codec =
        Codec.of("deflate:utf8/1", Codec.strings()::encode, Codec.strings()::decode);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                registry()
                    .execute(
                        id(), Execution.returning(codec), context -> "" + runs.incrementAndGet()));
    assertThat(runs).hasValue(0);
  }

  @Test
  void execute_codecIdTooLong_isRefusedAndRunsNothing() {
    Codec<String> codec =
        Codec.of("x".repeat(256), Codec.strings()::encode, Codec.strings()::decode);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                registry()
                    .execute(
                        id(), Execution.returning(codec), context -> "" + runs.incrementAndGet()));
    assertThat(runs).hasValue(0);
  }

  // ---- helpers

  /** Leaves a claim behind, as a process does that dies in its effect. */
  private void die(MutationId id, Execution<String> how, boolean afterExternalCall)
      throws Exception {
    JdbcContext context = there.context();
    MutationRows rows = there.registry().rows();
    context
        .transactions()
        .<Void, SQLException>transaction(
            connection -> {
              assertThat(rows.insertClaim(connection, id, how)).isTrue();
              return null;
            });
    if (afterExternalCall) {
      new LeasedAttempt(context, rows, id, how, 1, context.ticker().nanos()).externalCallStarting();
    }
  }

  private void awaitAttempt(MutationId id, int attempt) {
    org.awaitility.Awaitility.await()
        .atMost(LONG)
        .until(() -> registry().find(id).orElseThrow().attempt() == attempt);
  }

  private Outcome<String> inTransaction(OccDatabase node, MutationId id, String text)
      throws Exception {
    return node.idempotency()
        .executeInTransaction(id, HOW, (transaction, context) -> write(transaction, text));
  }

  private Outcome<String> join(Connection caller, MutationId id, String text) throws Exception {
    return here.idempotency()
        .joinTransaction(caller, id, HOW, (transaction, context) -> write(transaction, text));
  }

  private Connection transaction() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  private String write(Connection transaction, String text) throws SQLException {
    runs.incrementAndGet();
    try (PreparedStatement insert = transaction.prepareStatement("INSERT INTO note VALUES (?)")) {
      insert.setString(1, text);
      insert.executeUpdate();
      return text;
    }
  }

  private int notes() throws SQLException {
    try (Connection connection = database.connect()) {
      return count(connection);
    }
  }

  private static int count(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM note")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static void assertReplayed(Outcome<String> outcome, String value) {
    assertThat(outcome)
        .isInstanceOfSatisfying(Replayed.class, r -> assertThat(r.value()).isEqualTo(value));
  }

  private static void assertRefused(Outcome<String> outcome, Reason reason) {
    assertThat(outcome)
        .isInstanceOfSatisfying(Refused.class, r -> assertThat(r.reason()).isEqualTo(reason));
  }
}
