/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PlannedFault;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/** The answer and the commit of a transaction of our own are one round trip: what may go wrong. */
@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlCommitWithTheAnswerTest {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private final TestDatabase database = Engine.POSTGRESQL.server().newDatabase();
  private final MutationId id =
      new MutationId(new Scope("acme", "ada", "note.add"), UUID.randomUUID());
  private final AtomicInteger runs = new AtomicInteger();
  private WireProxy proxy;
  private HikariDataSource pool;
  private OccDatabase node;

  @BeforeEach
  void open() throws SQLException {
    proxy = WireProxy.before(database);
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute(
        "CREATE TABLE note (text VARCHAR(100) UNIQUE DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO note VALUES ('taken')");
    pool = database.through(proxy).silentPool(1);
    node = OccDatabase.open(pool);
  }

  @AfterEach
  void close() {
    node.close();
    pool.close();
    proxy.close();
  }

  private Outcome<String> add(String text) throws Exception {
    return node.idempotency()
        .executeInTransaction(id, HOW, (transaction, context) -> insert(transaction, text));
  }

  private String insert(Connection transaction, String text) throws SQLException {
    runs.incrementAndGet();
    try (PreparedStatement insert = transaction.prepareStatement("INSERT INTO note VALUES (?)")) {
      insert.setString(1, text);
      insert.executeUpdate();
      return text;
    }
  }

  private long notes() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM note WHERE text <> 'taken'")) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void answersInsertFails_effectIsNotCommitted() throws Exception {
    Outcome<String> outcome =
        node.idempotency()
            .executeInTransaction(
                id,
                HOW,
                (transaction, context) -> {
                  completeBehindTheLock();
                  return insert(transaction, "ours");
                });
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Replayed.class, replayed -> assertThat(replayed.value()).isEqualTo("theirs"));
    assertThat(notes()).isZero();
    assertThat(runs).hasValue(1);
  }

  private void completeBehindTheLock() throws Exception {
    MutationId other = new MutationId(id.scope(), UUID.randomUUID());
    try (OccDatabase elsewhere = OccDatabase.open(database.dataSource());
        Connection connection = database.connect();
        PreparedStatement rename =
            connection.prepareStatement(
                "UPDATE occ_mutation SET mutation_id = ? WHERE mutation_id = ?")) {
      elsewhere.idempotency().execute(other, HOW, context -> "theirs");
      rename.setBytes(1, KeyCodec.uuids().encode(id.clientMutationId()));
      rename.setBytes(2, KeyCodec.uuids().encode(other.clientMutationId()));
      assertThat(rename.executeUpdate()).isOne();
    }
  }

  /** A key of the effect's that is checked at the commit must not be taken for a rival's row. */
  @Test
  void deferredKeyOfTheEffectsIsTaken_isToldOnceAndNothingIsKept() throws Exception {
    assertThatThrownBy(() -> add("taken"))
        .isInstanceOf(DataRejectedException.class)
        .rootCause()
        .isInstanceOfSatisfying(
            SQLException.class, error -> assertThat(error.getSQLState()).isEqualTo("23505"));
    assertThat(runs).hasValue(1);
    assertThat(node.idempotency().find(id)).isEmpty();
    assertThat(add("free")).isEqualTo(new Outcome.Executed<>("free", 1));
    assertThat(notes()).isOne();
  }

  @Test
  void answerOfTheCommitIsLost_isUnknownAndTheSameIdSettlesIt() throws Exception {
    PlannedFault fault = proxy.dropAnswerTo(sql -> sql.endsWith("COMMIT"));
    assertThatThrownBy(() -> add("a")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(fault.happened()).isTrue();
    assertThat(add("a")).isInstanceOf(Outcome.Replayed.class);
    assertThat(notes()).isOne();
  }

  @Test
  void answersInsertIsLostOnTheWay_isUnknownAndTheSameIdSettlesIt() throws Exception {
    PlannedFault fault =
        proxy.dropRequest(sql -> sql.startsWith("INSERT INTO") && sql.contains("\"occ_mutation\""));
    assertThatThrownBy(() -> add("a")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(fault.happened()).isTrue();
    assertThat(notes()).isZero();
    assertThat(add("a")).isInstanceOf(Outcome.Executed.class);
    assertThat(notes()).isOne();
  }
}
