/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.RetryPolicy;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeToken;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.BatchResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;

/** A result's token is the place of the very change that the write has made. */
abstract class WriteTokenContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  private final Engine engine;
  private final RecordingFollower told = new RecordingFollower();
  private HikariDataSource pool;
  private OccDatabase node;

  WriteTokenContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void openNode() throws Exception {
    TestDatabase database = engine.server().newDatabase();
    pool = database.pool(10);
    node = OccDatabase.builder(pool).createSchema().open();
    database.execute(
        "CREATE TABLE note (id BIGINT PRIMARY KEY, text VARCHAR(100), version BIGINT NOT NULL)");
    node.changes().followDirectly(told);
  }

  @AfterEach
  void closeNode() {
    node.close();
    pool.close();
  }

  private JdbcVersionedStore<Long, String> store(boolean mapped) {
    if (!mapped) {
      return node.store("note", KeyCodec.longs(), Codec.strings());
    }
    Column<String, String> text = new Column<>("text", ColumnType.text(), value -> value);
    return node.store(
        TableMapping.<Long, String>of("note")
            .key("id", KeyCodec.longs(), ColumnType.longs())
            .version("version")
            .columns(List.of(text))
            .reading((id, row) -> row.require(text)));
  }

  private void assertToken(@Nullable ChangeToken token, @Nullable Versioned<String> made) {
    Change change = changes().get(token);
    assertThat(change).as("a change at %s among %s", token, changes()).isNotNull();
    assertThat(change.kind()).isEqualTo(made == null ? Change.Kind.DELETE : Change.Kind.PUT);
    if (made != null) {
      assertThat(change.version()).isEqualTo(made.version());
    }
  }

  private Map<ChangeToken, Change> changes() {
    return told.changes().stream().collect(Collectors.toMap(Change::token, change -> change));
  }

  private static Mutation<Long, String> set(String value) {
    return Mutation.of(
            new MutationId(SCOPE, UUID.randomUUID()), 1L, Expected.any(), Edit.set(value))
        .build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void token_ofARecordedWrite_isThatOfItsChange(boolean mapped) throws Exception {
    JdbcVersionedStore<Long, String> store = store(mapped).recordChanges(true);
    List<WriteResult<String>> results =
        List.of(
            store.put(1L, "a", Expected.absent()),
            store.put(1L, "b", Expected.any()),
            store.update(1L, value -> value + "c", RetryPolicy.once()),
            store.delete(1L, Expected.present()));
    results.forEach(result -> assertToken(result.token(), result.current()));
    BatchResult<Long, String> batch =
        store.writeAll(
            List.of(Write.put(1L, "d", Expected.any()), Write.put(2L, "e", Expected.any())));
    batch.items().forEach(item -> assertToken(item.orThrow().token(), item.orThrow().current()));
    CommitResult.Applied<Long, String> commit =
        (CommitResult.Applied<Long, String>)
            store.commit(
                Commit.<Long, String>empty()
                    .put(1L, "f", Expected.any())
                    .put(2L, "g", Expected.any()));
    long greatest =
        changes().keySet().stream().mapToLong(ChangeToken::position).max().orElseThrow();
    assertThat(Objects.requireNonNull(commit.token()).position()).isEqualTo(greatest);
    assertThat(store.put(1L, "h", Expected.absent()).token()).as("of a conflict").isNull();
    assertThat(store.delete(9L, Expected.any()).token()).as("of nothing").isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void token_ofAMutation_isThatOfItsChange(boolean mapped) throws Exception {
    JdbcVersionedStore<Long, String> store = store(mapped).recordChanges(true);
    JdbcMutationPipeline<Long, String> pipeline = node.pipeline(store, Codec.strings()).build();
    Mutation<Long, String> first = set("a");
    MutationResult<String> made = pipeline.apply(first);
    assertToken(made.token(), made.orThrow());
    MutationResult<String> replay = pipeline.apply(first);
    assertThat(replay.isApplied()).isTrue();
    assertThat(replay.token()).isNull();
    List<MutationResult<String>> together =
        Concurrently.threads(6).run(i -> pipeline.apply(set("by " + i))).values();
    together.forEach(result -> assertToken(result.token(), result.orThrow()));
    assertThat(together.stream().map(MutationResult::token).distinct()).hasSize(6);
    MutationResult<String> edited = pipeline.apply(set("x"), (key, before, connection) -> "edited");
    assertToken(edited.token(), edited.orThrow());
  }

  @Test
  void token_ofAJoinedWrite_isThatOfItsChange() throws Exception {
    JdbcVersionedStore<Long, String> store = store(false).recordChanges(true);
    JdbcMutationPipeline<Long, String> pipeline = node.pipeline(store, Codec.strings()).build();
    WriteResult<String> written;
    MutationResult<String> mutated;
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      JoinedStore<Long, String> joined = store.joining(connection);
      JoinedPipeline<Long, String> mutations = pipeline.joining(connection);
      written = joined.put(1L, "a", Expected.absent());
      mutated = mutations.apply(set("b"));
      connection.commit();
      joined.committed();
      mutations.committed();
    }
    assertToken(written.token(), written.current());
    assertToken(mutated.token(), mutated.orThrow());
  }

  @Test
  void token_whereNothingIsRecorded_isNull() throws Exception {
    JdbcVersionedStore<Long, String> store = store(false);
    assertThat(store.put(1L, "a", Expected.absent()).token()).isNull();
    JdbcMutationPipeline<Long, String> pipeline = node.pipeline(store, Codec.strings()).build();
    assertThat(pipeline.apply(set("b")).token()).isNull();
    assertThat(
            ((CommitResult.Applied<Long, String>)
                    store.commit(Commit.<Long, String>empty().put(1L, "c", Expected.any())))
                .token())
        .isNull();
  }
}
