/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.idempotency.FailurePolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Refused;
import org.occ4j.idempotency.Outcome.Replayed;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.registry.ExternalAttempt;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.IdempotencyRegistryContract;
import org.occ4j.testkit.TestDatabase;

/** Two nodes that share one database, and what tests of registries have in common. */
abstract class JdbcIdempotencyFixture extends IdempotencyRegistryContract {
  static final IdempotencyOptions<String> HOW = IdempotencyOptions.returning(Codec.strings());
  static final IdempotencyOptions<String> KEEPING =
      HOW.toBuilder()
          .failures(FailurePolicy.keep(IOException.class, IOException::getMessage))
          .build();
  static final Duration LONG = Duration.ofSeconds(60);

  /** More than the threads of any race. */
  static final int POOL_SIZE = 16;

  /** One database for the tests of a class; each finds its tables empty. */
  static @Nullable TestDatabase database;

  static @Nullable HikariDataSource pool;

  final Engine engine;
  final String options;
  FaultyDataSource faulty;
  OccDatabase here;
  OccDatabase there;
  final AtomicInteger runs = new AtomicInteger();

  JdbcIdempotencyFixture(Engine engine) {
    this(engine, "");
  }

  /** All connections with these options of the driver, each beginning with an ampersand. */
  JdbcIdempotencyFixture(Engine engine, String options) {
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

  void makeDatabase() throws SQLException {
    TestDatabase fresh = engine.server().newDatabase();
    database = new TestDatabase(engine, fresh.jdbcUrl() + options, fresh.user(), fresh.password());
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
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

  /** Whether a rival that has not committed leaves the transaction of whom it refuses alive. */
  boolean refusalLeavesTheTransactionUsable() {
    return true;
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

  // ---- helpers

  /** Leaves a claim behind, as a process does that dies in its effect. */
  void die(MutationId id, IdempotencyOptions<String> how, boolean afterExternalCall)
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
      new ExternalAttempt(context, rows, id, how, 1, context.ticker().nanos())
          .externalCallStarting();
    }
  }

  void awaitAttempt(MutationId id, int attempt) {
    org.awaitility.Awaitility.await()
        .atMost(LONG)
        .until(() -> registry().find(id).orElseThrow().attempt() == attempt);
  }

  Outcome<String> inTransaction(OccDatabase node, MutationId id, String text) throws Exception {
    return inTransaction(node, id, (transaction, context) -> write(transaction, text));
  }

  Outcome<String> inTransaction(OccDatabase node, MutationId id, SqlEffect<String> effect)
      throws Exception {
    return node.idempotency().executeInTransaction(id, HOW, effect);
  }

  Outcome<String> join(Connection caller, MutationId id, String text) throws Exception {
    return join(caller, id, (transaction, context) -> write(transaction, text));
  }

  Outcome<String> join(Connection caller, MutationId id, SqlEffect<String> effect)
      throws Exception {
    return here.idempotency().joinTransaction(caller, id, HOW, effect);
  }

  static SqlEffect<String> failing(Exception failure) {
    return (transaction, context) -> {
      throw failure;
    };
  }

  /** An effect that writes before it fails. */
  SqlEffect<String> failingAfter(String text, Exception failure) {
    return (transaction, context) -> {
      write(transaction, text);
      throw failure;
    };
  }

  Connection transaction() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  String write(Connection transaction, String text) throws SQLException {
    runs.incrementAndGet();
    try (PreparedStatement insert = transaction.prepareStatement("INSERT INTO note VALUES (?)")) {
      insert.setString(1, text);
      insert.executeUpdate();
      return text;
    }
  }

  int notes() throws SQLException {
    try (Connection connection = database.connect()) {
      return count(connection);
    }
  }

  static int count(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM note")) {
      row.next();
      return row.getInt(1);
    }
  }

  static void assertReplayed(Outcome<String> outcome, String value) {
    assertThat(outcome)
        .isInstanceOfSatisfying(Replayed.class, r -> assertThat(r.value()).isEqualTo(value));
  }

  static void assertRefused(Outcome<String> outcome, Reason reason) {
    assertThat(outcome)
        .isInstanceOfSatisfying(Refused.class, r -> assertThat(r.reason()).isEqualTo(reason));
  }
}
