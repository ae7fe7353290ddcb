/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/**
 * A version names one content for ever (G2), also where an insert waits for its key: while it does,
 * the key may live on and be removed. So its version is none that the clock could have given before
 * the insert had the key, and neither the change nor the kept answer names another.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class WaitingInsertContract {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final long KEY = 1;
  private static final Column<String, String> TEXT =
      new Column<>("text", ColumnType.text(), text -> text);
  private static final TableMapping<Long, String> NOTES =
      TableMapping.<Long, String>of("note")
          .key("id", KeyCodec.longs(), ColumnType.longs())
          .version("version")
          .columns(List.of(TEXT))
          .reading((id, row) -> row.require(TEXT));

  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase node;
  private OccDatabase other;

  WaitingInsertContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void makeDatabase() throws SQLException {
    database = engine.server().newDatabase();
    pool = database.pool(4);
    OccDatabase.builder(pool).createSchema().open().close();
    database.execute(
        "CREATE TABLE note (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, text VARCHAR(40))");
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void openDatabase() throws SQLException {
    database.execute(
        "DELETE FROM occ_store",
        "DELETE FROM occ_change",
        "DELETE FROM occ_mutation",
        "DELETE FROM note");
    node = OccDatabase.open(pool);
    other = OccDatabase.open(pool);
  }

  @AfterEach
  void closeDatabase() {
    node.close();
    other.close();
  }

  private enum Table {
    OWN,
    MAPPED
  }

  private static JdbcVersionedStore<Long, String> store(OccDatabase node, Table table) {
    return table == Table.OWN
        ? node.store("test", KeyCodec.longs(), Codec.strings())
        : node.store(NOTES);
  }

  private interface Check<T> {
    Versioned<String> written(T answer);
  }

  /** Has the call wait for the removal of the key, and compares its version with the clock then. */
  private <T> T waitingForARemoval(Table table, Callable<T> call, Check<T> check) throws Exception {
    T answer;
    long removed;
    try (Connection rival = database.connect()) {
      rival.setAutoCommit(false);
      JoinedStore<Long, String> theirs = store(other, table).joining(rival);
      theirs.put(KEY, "theirs", Expected.absent()).orThrow();
      theirs.delete(KEY, Expected.any()).orThrow();
      Running<T> waiting = Running.start(call);
      await().atMost(LONG).until(() -> waiting.isDone() || somebodyWaits());
      removed = clock();
      rival.commit();
      answer = waiting.result();
    }
    Versioned<String> written = check.written(answer);
    assertThat(written.version()).as("version").isGreaterThanOrEqualTo(removed);
    assertThat(store(node, table).get(KEY)).contains(written);
    return answer;
  }

  private boolean somebodyWaits() throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, Sql.waitingSessions(engine)) > 0;
    }
  }

  private long clock() throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, "SELECT " + EngineProfile.probe(connection).nowMicros());
    }
  }

  private void assertChangeNames(Versioned<String> written) throws SQLException {
    try (Connection connection = database.connect()) {
      assertThat(Sql.number(connection, "SELECT version FROM occ_change ORDER BY id DESC LIMIT 1"))
          .isEqualTo(written.version());
    }
  }

  @ParameterizedTest
  @CsvSource({"OWN, false", "OWN, true", "MAPPED, false", "MAPPED, true"})
  void create_waitedForARemoval_hasAVersionFromAfterIt(Table table, boolean recorded)
      throws Exception {
    JdbcVersionedStore<Long, String> recording = store(node, table).recordChanges(recorded);
    Versioned<String> written =
        waitingForARemoval(
                table,
                () -> recording.put(KEY, "mine", Expected.absent()),
                answer -> answer.orThrow())
            .orThrow();
    if (recorded) {
      assertChangeNames(written);
    }
  }

  @ParameterizedTest
  @CsvSource({"OWN, false", "OWN, true", "MAPPED, false", "MAPPED, true"})
  void createInATransaction_waitedForARemoval_hasAVersionFromAfterIt(Table table, boolean recorded)
      throws Exception {
    JdbcVersionedStore<Long, String> recording = store(node, table).recordChanges(recorded);
    Versioned<String> written =
        waitingForARemoval(
            table,
            () -> {
              try (Connection connection = database.connect()) {
                connection.setAutoCommit(false);
                connection.setSavepoint();
                Versioned<String> created =
                    recording.joining(connection).put(KEY, "mine", Expected.absent()).orThrow();
                connection.commit();
                return created;
              }
            },
            created -> created);
    if (recorded) {
      assertChangeNames(written);
    }
  }

  @ParameterizedTest
  @EnumSource
  void create_ofAPipelineWaitedForARemoval_hasAVersionFromAfterItInTheKeptAnswerToo(Table table)
      throws Exception {
    JdbcMutationPipeline<Long, String> pipeline =
        node.pipeline(store(node, table).recordChanges(true), Codec.strings()).build();
    MutationId id = new MutationId(new Scope("acme", "ada", "note.edit"), UUID.randomUUID());
    Mutation<Long, String> mutation =
        Mutation.of(id, KEY, Expected.absent(), Edit.set("mine")).build();
    Versioned<String> written =
        applied(
            waitingForARemoval(
                table, () -> pipeline.apply(mutation), WaitingInsertContract::applied));
    assertThat(applied(pipeline.apply(mutation))).as("replay").isEqualTo(written);
    assertChangeNames(written);
  }

  private static Versioned<String> applied(MutationResult<String> result) {
    return ((MutationResult.Applied<String>) result).current();
  }
}
