/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.RetryPolicy;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.TransactionConflictException;
import org.occ4j.jdbc.internal.Transactions;

/** In which phase the database broke decides what the caller may believe of the write. */
class TransactionsTest {

  private final SQLException lost = new SQLException("connection lost", "08006");
  private final SQLException deadlock = new SQLException("deadlock", "40P01");

  private final JdbcDataSource real = new JdbcDataSource();
  private final FaultyDataSource faulty = new FaultyDataSource(real);
  private final Transactions transactions =
      new Transactions(
          faulty,
          new RetryPolicy(3, Duration.ofMinutes(1), Duration.ZERO, Duration.ZERO),
          Ticker.system());
  private Connection observer;

  @BeforeEach
  void makeTable() throws SQLException {
    real.setURL("jdbc:h2:mem:" + UUID.randomUUID());
    observer = real.getConnection();
    try (Statement statement = observer.createStatement()) {
      statement.execute("CREATE TABLE note (text VARCHAR(20))");
    }
  }

  @AfterEach
  void everyConnectionWasGivenBack() throws SQLException {
    assertThat(faulty.open()).isZero();
    observer.close();
  }

  @Test
  void transaction_workReturns_isCommitted() throws SQLException {
    assertThat(transactions.transaction(TransactionsTest::insert)).isEqualTo(1);
    assertThat(rows()).isEqualTo(1);
  }

  @Test
  void transaction_workThrows_isRolledBackAndTheExceptionIsTheWorks() throws SQLException {
    IOException thrown = new IOException("the application's own");
    assertThatThrownBy(
            () ->
                transactions.transaction(
                    connection -> {
                      insert(connection);
                      throw thrown;
                    }))
        .isSameAs(thrown);
    assertThat(rows()).isZero();
  }

  @Test
  void transaction_noConnection_isSurelyNotApplied() {
    faulty.failBefore("getConnection", lost);
    assertThatThrownBy(() -> transactions.transaction(TransactionsTest::insert))
        .isInstanceOf(StoreUnavailableException.class)
        .hasCause(lost);
  }

  @Test
  void transaction_lostBeforeCommit_isSurelyNotApplied() throws SQLException {
    faulty.failAfter("createStatement", lost);
    assertThatThrownBy(() -> transactions.transaction(TransactionsTest::insert))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(rows()).isZero();
  }

  @Test
  void transaction_answerToCommitLost_isUnknown() throws SQLException {
    faulty.failAfter("commit", lost);
    assertThatThrownBy(() -> transactions.transaction(TransactionsTest::insert))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasCause(lost);
    assertThat(rows()).isEqualTo(1);
  }

  @Test
  void transaction_deadlock_isRunAgainFromItsStart() throws SQLException {
    faulty.failBefore("createStatement", deadlock);
    faulty.failBefore("commit", deadlock);
    AtomicInteger runs = new AtomicInteger();
    transactions.transaction(
        connection -> {
          runs.incrementAndGet();
          return insert(connection);
        });
    assertThat(runs).hasValue(3);
    assertThat(rows()).isEqualTo(1);
  }

  @Test
  void transaction_deadlockEveryTime_givesUpWithinTheBound() {
    for (int i = 0; i < 10; i++) {
      faulty.failBefore("createStatement", deadlock);
    }
    assertThatThrownBy(() -> transactions.transaction(TransactionsTest::insert))
        .isInstanceOf(StoreUnavailableException.class)
        .hasCause(deadlock);
    assertThat(faulty.borrowed()).isEqualTo(3);
  }

  @Test
  void transaction_restoresAutoCommit() throws SQLException {
    Connection pooled = real.getConnection();
    Transactions onOne =
        new Transactions(FaultyDataSource.poolOf(pooled), RetryPolicy.once(), Ticker.system());
    onOne.transaction(TransactionsTest::insert);
    assertThat(pooled.getAutoCommit()).isTrue();
    pooled.close();
  }

  @Test
  void statement_connectionLost_isUnknownForWritesAndUnavailableForReads() {
    faulty.failAfter("createStatement", lost);
    assertThatThrownBy(() -> transactions.statement(TransactionsTest::insert))
        .isInstanceOf(OutcomeUnknownException.class);
    faulty.failAfter("createStatement", lost);
    assertThatThrownBy(() -> transactions.reading(connection -> connection.createStatement()))
        .isInstanceOf(StoreUnavailableException.class);
  }

  @Test
  void statement_poolWithAutoCommitOff_isCommitted() throws SQLException {
    Connection pooled = real.getConnection();
    pooled.setAutoCommit(false);
    new Transactions(FaultyDataSource.poolOf(pooled), RetryPolicy.once(), Ticker.system())
        .statement(TransactionsTest::insert);
    pooled.rollback();
    assertThat(rows()).isEqualTo(1);
    pooled.close();
  }

  @Test
  void joined_deadlock_saysThatTheTransactionIsDeadAndMakesOneAttempt() throws SQLException {
    observer.setAutoCommit(false);
    AtomicInteger runs = new AtomicInteger();
    assertThatThrownBy(
            () ->
                Transactions.joined(
                    observer,
                    connection -> {
                      runs.incrementAndGet();
                      throw deadlock;
                    }))
        .isInstanceOf(TransactionConflictException.class);
    assertThat(runs).hasValue(1);
    assertThat(observer.getAutoCommit()).isFalse();
  }

  @Test
  void requireTransaction_autoCommit_isRefused() {
    assertThatThrownBy(() -> Transactions.requireTransaction(observer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("auto-commit");
  }

  private static int insert(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate("INSERT INTO note VALUES ('here')");
    }
  }

  private int rows() throws SQLException {
    try (Statement statement = observer.createStatement();
        var row = statement.executeQuery("SELECT COUNT(*) FROM note")) {
      row.next();
      return row.getInt(1);
    }
  }
}
