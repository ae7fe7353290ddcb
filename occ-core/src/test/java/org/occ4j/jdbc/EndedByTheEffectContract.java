/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** An effect that ends the transaction it was given has committed what it did: that is noticed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EndedByTheEffectContract {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private final Engine engine;
  private TestDatabase database;
  HikariDataSource pool;
  OccDatabase node;

  EndedByTheEffectContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void open() throws Exception {
    database = engine.server().newDatabase();
    database.execute("CREATE TABLE note (text VARCHAR(20))", "CREATE TABLE scratch (n INT)");
    pool = database.pool(3);
    node = OccDatabase.builder(pool).createSchema().open();
  }

  @AfterAll
  void close() {
    node.close();
    pool.close();
  }

  @BeforeEach
  void clear() throws Exception {
    database.execute("DELETE FROM note", "DELETE FROM occ_mutation");
  }

  static String run(Connection transaction, String... statements) throws SQLException {
    try (Statement statement = transaction.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
    return "done";
  }

  static MutationId id() {
    return new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
  }

  final Outcome<String> execute(MutationId id, SqlEffect<String> effect) throws Exception {
    return node.idempotency().executeInTransaction(id, HOW, effect);
  }

  final long notes() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return Sql.number(connection, "SELECT COUNT(*) FROM note");
    }
  }

  /** Statements that commit, of which the first is the usual one. */
  List<String> commits() {
    return List.of("TRUNCATE TABLE scratch", "CREATE TABLE IF NOT EXISTS other (n INT)", "COMMIT");
  }

  /** Whether a transaction takes further statements after a deadlock. */
  boolean deadlockCanBeSwallowed() {
    return true;
  }

  @ParameterizedTest
  @MethodSource("commits")
  void executeInTransaction_effectCommitsAndReturns_isUnknown(String ending) throws Exception {
    MutationId id = id();
    SqlEffect<String> effect =
        (transaction, context) ->
            run(
                transaction,
                "INSERT INTO note VALUES ('committed')",
                ending,
                "INSERT INTO note VALUES ('undone')");
    assertThatThrownBy(() -> execute(id, effect)).isInstanceOf(OutcomeUnknownException.class);
    assertThat(notes()).isOne();
    assertNeverRunAgain(id, effect);
  }

  /** Half of the effect is committed, so nobody but a person can say what is to become of it. */
  final void assertNeverRunAgain(MutationId id, SqlEffect<String> effect) throws Exception {
    assertThat(execute(id, effect))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Outcome.Reason.IN_FLIGHT));
    database.execute("UPDATE occ_mutation SET lease_until = claimed_at");
    assertThat(execute(id, effect)).isInstanceOf(Outcome.Unresolved.class);
    assertThat(node.idempotency().unresolved(10)).hasSize(1);
    assertThat(node.idempotency().settle(id, HOW, "settled")).isTrue();
    assertThat(execute(id, effect)).isInstanceOf(Outcome.Replayed.class);
    assertThat(notes()).isOne();
  }

  @Test
  void executeInTransaction_effectCommitsAndThrows_isUnknown() throws Exception {
    MutationId id = id();
    SqlEffect<String> effect =
        (transaction, context) -> {
          run(transaction, "INSERT INTO note VALUES ('a')", commits().get(0));
          throw new IOException("no");
        };
    assertThatThrownBy(() -> execute(id, effect)).isInstanceOf(OutcomeUnknownException.class);
    assertNeverRunAgain(id, effect);
  }

  @Test
  void executeInTransaction_nextAttemptCommitsAndReturns_isUnknownAndNeverRunAgain()
      throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                node.idempotency()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          throw new IOException("released");
                        }))
        .isInstanceOf(IOException.class);
    SqlEffect<String> effect =
        (transaction, context) ->
            run(transaction, "INSERT INTO note VALUES ('a')", commits().get(0));
    assertThatThrownBy(() -> execute(id, effect)).isInstanceOf(OutcomeUnknownException.class);
    assertNeverRunAgain(id, effect);
  }

  /** As a database does in a deadlock, of which the effect makes nothing. */
  @Test
  void executeInTransaction_rolledBackUnderTheEffectThatReturns_runsTheWholeAgain()
      throws Exception {
    AtomicInteger runs = new AtomicInteger();
    Outcome<String> outcome =
        execute(
            id(),
            (transaction, context) -> {
              run(transaction, "INSERT INTO note VALUES ('a')");
              if (runs.incrementAndGet() == 1) {
                run(transaction, "ROLLBACK");
              }
              return run(transaction, "INSERT INTO note VALUES ('b')");
            });
    assertThat(outcome).isEqualTo(new Outcome.Executed<>("done", 1));
    assertThat(runs).hasValue(2);
    assertThat(notes()).isEqualTo(2);
  }

  @Test
  void joinTransaction_rolledBackUnderTheEffectThatReturns_isRefusedAsAWhole() throws Exception {
    MutationId id = id();
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      run(caller, "INSERT INTO note VALUES ('the caller''s')");
      assertThatThrownBy(
              () ->
                  node.idempotency()
                      .joinTransaction(
                          caller,
                          id,
                          HOW,
                          (transaction, context) -> {
                            transaction.rollback();
                            return run(transaction, "INSERT INTO note VALUES ('b')");
                          }))
          .isInstanceOf(TransactionConflictException.class);
      caller.rollback();
      caller.setAutoCommit(true);
    }
    assertThat(notes()).isZero();
    assertThat(execute(id, (transaction, context) -> "again"))
        .isEqualTo(new Outcome.Executed<>("again", 1));
  }

  /** Keeps a lock time-out from coming before the deadlock, where that is short. */
  void patiently(Connection transaction) throws SQLException {}

  /** A real one: each has a row that the other wants, and one of them is rolled back. */
  @Test
  void executeInTransaction_deadlockSwallowedByTheEffect_hasItsEffectOnce() throws Exception {
    assumeTrue(deadlockCanBeSwallowed());
    database.execute("CREATE TABLE IF NOT EXISTS pair (id INT PRIMARY KEY, n INT)");
    database.execute("DELETE FROM pair", "INSERT INTO pair VALUES (1, 0), (2, 0)");
    CyclicBarrier both = new CyclicBarrier(2);
    Concurrently.threads(2)
        .run(
            thread -> {
              AtomicInteger runs = new AtomicInteger();
              int first = 1 + thread;
              return execute(
                  id(),
                  (transaction, context) -> {
                    patiently(transaction);
                    run(transaction, "INSERT INTO note VALUES ('" + thread + "')");
                    run(transaction, "UPDATE pair SET n = n + 1 WHERE id = " + first);
                    if (runs.incrementAndGet() == 1) {
                      both.await(60, TimeUnit.SECONDS);
                    }
                    try {
                      run(transaction, "UPDATE pair SET n = n + 1 WHERE id = " + (3 - first));
                    } catch (SQLException swallowed) {
                      if (runs.get() > 1) {
                        throw swallowed;
                      }
                    }
                    return "done";
                  });
            })
        .values();
    assertThat(notes()).isEqualTo(2);
    try (Connection connection = pool.getConnection()) {
      assertThat(Sql.number(connection, "SELECT SUM(n) FROM pair")).isEqualTo(4);
    }
  }

  @Test
  void joinTransaction_effectCommitsAndThrows_isUnknown() throws Exception {
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      assertThatThrownBy(
              () ->
                  node.idempotency()
                      .joinTransaction(
                          caller,
                          id(),
                          HOW,
                          (transaction, context) -> {
                            run(transaction, "INSERT INTO note VALUES ('a')", commits().get(0));
                            throw new IOException("no");
                          }))
          .isInstanceOf(OutcomeUnknownException.class);
      caller.rollback();
    } catch (SQLException abortedConnection) {
      // what was asked for
    }
  }

  @Test
  void joinTransaction_effectCommitsAndReturns_isUnknown() throws Exception {
    MutationId id = id();
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      assertThatThrownBy(
              () ->
                  node.idempotency()
                      .joinTransaction(
                          caller,
                          id,
                          HOW,
                          (transaction, context) ->
                              run(transaction, "INSERT INTO note VALUES ('a')", commits().get(0))))
          .isInstanceOf(OutcomeUnknownException.class);
      caller.rollback();
      caller.setAutoCommit(true);
    }
    assertNeverRunAgain(
        id, (transaction, context) -> run(transaction, "INSERT INTO note VALUES ('b')"));
  }
}
