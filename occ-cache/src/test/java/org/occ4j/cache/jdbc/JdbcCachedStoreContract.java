/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.cache.testkit.CachedStoreContract;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.Column;
import org.occ4j.jdbc.ColumnType;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.JoinedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Stores of a database that are read through caches, on nodes of their own. */
abstract class JdbcCachedStoreContract extends CachedStoreContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase here;
  private OccDatabase there;
  private JdbcVersionedStore<Long, String> store;
  private JdbcMutationPipeline<Long, String> pipeline;
  private CachedStore<Long, String> mine;
  private CachedStore<Long, String> theirs;

  JdbcCachedStoreContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void openNodes() {
    database = engine.server().newDatabase();
    pool = database.pool(8);
    here = OccDatabase.builder(pool).createSchema().open();
    there = OccDatabase.open(pool);
    store = notes(here);
    pipeline = here.pipeline(store, Codec.strings()).build();
    mine = JdbcTaggedCache.of(store).recordStats().build();
    theirs = JdbcTaggedCache.of(notes(there)).build();
  }

  @AfterEach
  void closeNodes() {
    mine.close();
    theirs.close();
    here.close();
    there.close();
    pool.close();
  }

  private static JdbcVersionedStore<Long, String> notes(OccDatabase node) {
    return node.store("note", KeyCodec.longs(), Codec.strings());
  }

  @Override
  protected VersionedStore<Long, String> store() {
    return store;
  }

  @Override
  protected CachedStore<Long, String> mine() {
    return mine;
  }

  @Override
  protected CachedStore<Long, String> theirs() {
    return theirs;
  }

  @Override
  protected ChangeLog changes() {
    return here.changes();
  }

  private static Mutation<Long, String> set(String value) {
    return Mutation.of(
            new MutationId(SCOPE, UUID.randomUUID()), 1L, Expected.any(), Edit.set(value))
        .build();
  }

  @Test
  void get_afterAMutationOfAPipelineThatWasMadeBefore_showsIt() throws Exception {
    pipeline.apply(set("a")).orThrow();
    assertThat(mine.get(1L).orElseThrow().value()).isEqualTo("a");
    pipeline.apply(set("b")).orThrow();
    assertThat(mine.get(1L).orElseThrow().value()).isEqualTo("b");
  }

  @Test
  void get_afterAJoinedWrite_showsItOnceItSaysThatItCommitted() throws Exception {
    store.put(1L, "a", Expected.absent()).orThrow();
    mine.get(1L);
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      JoinedStore<Long, String> joined = store.joining(connection);
      joined.put(1L, "b", Expected.any()).orThrow();
      connection.commit();
      joined.committed();
    }
    assertThat(mine.get(1L).orElseThrow().value()).isEqualTo("b");
  }

  /** What the recording is for: the broken twin of all tests here. */
  @Test
  void get_afterAWriteThatIsNotRecorded_isOld() {
    store.put(1L, "a", Expected.absent()).orThrow();
    mine.get(1L);
    store.recordChanges(false).put(1L, "b", Expected.any()).orThrow();
    assertThat(mine.get(1L).orElseThrow().value()).isEqualTo("a");
    mine.invalidateAll();
    assertThat(mine.get(1L).orElseThrow().value()).isEqualTo("b");
  }

  @Test
  void get_atLeastAToken_onANodeThatHasNotPolled_showsTheWrite() {
    store.put(1L, "a", Expected.absent()).orThrow();
    try (OccDatabase slow = OccDatabase.builder(pool).pollInterval(Duration.ofHours(1)).open();
        CachedStore<Long, String> cache =
            JdbcTaggedCache.of(notes(slow))
                .expireAfterWrite(Duration.ofHours(1))
                .maximumStaleness(Duration.ofHours(3), StalenessPolicy.BYPASS)
                .build()) {
      assertThat(cache.get(1L).orElseThrow().value()).isEqualTo("a");
      WriteResult<String> write = store.put(1L, "b", Expected.any());
      ChangeToken token = ChangeToken.parse(String.valueOf(write.token()));
      Versioned<String> written = write.orThrow();
      assertThat(cache.get(1L).orElseThrow().value()).as("without a token").isEqualTo("a");
      assertThat(cache.get(1L, token)).contains(written);
      assertThat(cache.get(1L)).contains(written);
    }
  }

  @Test
  void get_afterAForeignWrite_followsOnBothNodes() throws Exception {
    database.execute(
        "CREATE TABLE task (id BIGINT PRIMARY KEY, text VARCHAR(100), version BIGINT NOT NULL)",
        "INSERT INTO task (id, text, version) VALUES (1, 'a', 1)");
    Column<String, String> text = new Column<>("text", ColumnType.text(), value -> value);
    TableMapping<Long, String> mapping =
        TableMapping.<Long, String>of("task")
            .key("id", KeyCodec.longs(), ColumnType.longs())
            .version("version")
            .columns(List.of(text))
            .reading((id, row) -> row.require(text));
    List<String> triggers = here.foreignWriteTriggers(mapping);
    database.execute(triggers.toArray(String[]::new));
    try (CachedStore<Long, String> one = JdbcTaggedCache.of(here.store(mapping)).build();
        CachedStore<Long, String> other = JdbcTaggedCache.of(there.store(mapping)).build()) {
      for (CachedStore<Long, String> cache : List.of(one, other)) {
        assertThat(cache.get(1L).orElseThrow().value()).isEqualTo("a");
        assertThat(cache.scan(Scan.all(10)).entries()).hasSize(1);
      }
      database.execute(
          "UPDATE task SET text = 'b' WHERE id = 1",
          "INSERT INTO task (id, text, version) VALUES (2, 'c', 1)");
      for (CachedStore<Long, String> cache : List.of(one, other)) {
        assertThat(cache.awaitApplied(here.changes().now(), Duration.ofSeconds(60))).isTrue();
        assertThat(cache.get(1L).orElseThrow().value()).isEqualTo("b");
        assertThat(cache.scan(Scan.all(10)).entries()).hasSize(2);
      }
    }
  }
}
