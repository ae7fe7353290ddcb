/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** An effect that ends the transaction it was given has committed what it did: that is noticed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EndedByTheEffectContract {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private final Engine engine;
  HikariDataSource pool;
  OccDatabase node;

  EndedByTheEffectContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void open() throws Exception {
    TestDatabase database = engine.server().newDatabase();
    database.execute("CREATE TABLE note (text VARCHAR(20))", "CREATE TABLE scratch (n INT)");
    pool = database.pool(3);
    node = OccDatabase.builder(pool).createSchema().open();
  }

  @AfterAll
  void close() {
    node.close();
    pool.close();
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

  /** Whether it is also noticed of an effect that then returns. */
  boolean noticesAtTheEnd() {
    return true;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRUNCATE TABLE scratch", "CREATE TABLE IF NOT EXISTS other (n INT)"})
  void executeInTransaction_effectCommitsAndReturns_isUnknown(String ending) {
    if (noticesAtTheEnd()) {
      assertThatThrownBy(
              () ->
                  node.idempotency()
                      .executeInTransaction(
                          id(),
                          HOW,
                          (transaction, context) ->
                              run(
                                  transaction,
                                  "INSERT INTO note VALUES ('a')",
                                  ending,
                                  "INSERT INTO note VALUES ('b')")))
          .isInstanceOf(OutcomeUnknownException.class);
    }
  }

  @Test
  void executeInTransaction_effectCommitsAndThrows_isUnknown() {
    assertThatThrownBy(
            () ->
                node.idempotency()
                    .executeInTransaction(
                        id(),
                        HOW,
                        (transaction, context) -> {
                          run(
                              transaction,
                              "INSERT INTO note VALUES ('a')",
                              "TRUNCATE TABLE scratch");
                          throw new IOException("no");
                        }))
        .isInstanceOf(OutcomeUnknownException.class);
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
                            run(
                                transaction,
                                "INSERT INTO note VALUES ('a')",
                                "TRUNCATE TABLE scratch");
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
    try (Connection caller = pool.getConnection()) {
      caller.setAutoCommit(false);
      if (noticesAtTheEnd()) {
        assertThatThrownBy(
                () ->
                    node.idempotency()
                        .joinTransaction(
                            caller,
                            id(),
                            HOW,
                            (transaction, context) -> run(transaction, "TRUNCATE TABLE scratch")))
            .isInstanceOf(OutcomeUnknownException.class);
      }
      caller.rollback();
      caller.setAutoCommit(true);
    }
  }
}
