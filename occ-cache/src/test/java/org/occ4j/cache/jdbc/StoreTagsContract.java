/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.RetryPolicy;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.jdbc.Column;
import org.occ4j.jdbc.ColumnType;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.JoinedPipeline;
import org.occ4j.jdbc.JoinedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Commit;
import org.occ4j.store.Write;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * Whichever way a key is written, the caches of two nodes drop what was loaded from it and what was
 * loaded from all keys, and nothing else, though no writer gave a tag.
 */
abstract class StoreTagsContract {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  private final Engine engine;
  private HikariDataSource pool;
  private OccDatabase here;
  private OccDatabase there;

  StoreTagsContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void openNodes() throws Exception {
    TestDatabase database = engine.server().newDatabase();
    pool = database.pool(6);
    OccDatabase.builder(pool).createSchema().open().close();
    database.execute(
        "CREATE TABLE note (id BIGINT PRIMARY KEY, text VARCHAR(100), version BIGINT NOT NULL)");
    here = OccDatabase.open(pool);
    there = OccDatabase.open(pool);
  }

  @AfterEach
  void closeNodes() {
    here.close();
    there.close();
    pool.close();
  }

  /** A write of key 1, which is there unless it is the creation. */
  private interface OneWrite {
    void to(JdbcVersionedStore<Long, String> store) throws Exception;
  }

  private Map<String, OneWrite> writes() {
    Map<String, OneWrite> writes = new LinkedHashMap<>();
    writes.put("create", store -> store.put(1L, "v", Expected.absent()).orThrow());
    writes.put("put", store -> store.put(1L, "w", Expected.present()).orThrow());
    writes.put("update", store -> store.update(1L, v -> v + "+", RetryPolicy.once()).orThrow());
    writes.put(
        "writeAll", store -> store.writeAll(List.of(Write.put(1L, "x", Expected.any()))).orThrow());
    writes.put(
        "commit",
        store -> store.commit(Commit.<Long, String>empty().put(1L, "y", Expected.any())).orThrow());
    writes.put("joined", this::joined);
    writes.put("pipeline", store -> pipeline(store).apply(mutation("p")).orThrow());
    writes.put("joined pipeline", this::joinedPipeline);
    writes.put("delete", store -> store.delete(1L, Expected.present()).orThrow());
    return writes;
  }

  private void joined(JdbcVersionedStore<Long, String> store) throws Exception {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      JoinedStore<Long, String> joined = store.joining(connection);
      joined.put(1L, "j", Expected.any()).orThrow();
      connection.commit();
      joined.committed();
    }
  }

  private void joinedPipeline(JdbcVersionedStore<Long, String> store) throws Exception {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      JoinedPipeline<Long, String> joined = pipeline(store).joining(connection);
      joined.apply(mutation("q")).orThrow();
      connection.commit();
      joined.committed();
    }
  }

  private JdbcMutationPipeline<Long, String> pipeline(JdbcVersionedStore<Long, String> store) {
    return here.pipeline(store, Codec.strings()).build();
  }

  private static Mutation<Long, String> mutation(String value) {
    return Mutation.of(
            new MutationId(SCOPE, UUID.randomUUID()), 1L, Expected.any(), Edit.set(value))
        .build();
  }

  private JdbcVersionedStore<Long, String> store(boolean mapped) {
    if (!mapped) {
      return here.store("note", KeyCodec.longs(), Codec.strings()).recordChanges(true);
    }
    Column<String, String> text = new Column<>("text", ColumnType.text(), value -> value);
    TableMapping<Long, String> mapping =
        TableMapping.<Long, String>of("note")
            .key("id", KeyCodec.longs(), ColumnType.longs())
            .version("version")
            .columns(List.of(text))
            .reading((id, row) -> row.require(text));
    return here.store(mapping).recordChanges(true);
  }

  private JdbcTaggedCache<String, String> cache(OccDatabase node) {
    JdbcCacheBuilder<String, String> builder = JdbcTaggedCache.builder("notes", node);
    return builder.expireAfterWrite(Duration.ofHours(1)).build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void write_withoutTags_voidsItsKeyAndListsOnBothNodes(boolean mapped) throws Exception {
    JdbcVersionedStore<Long, String> store = store(mapped);
    try (var mine = cache(here);
        var theirs = cache(there)) {
      for (Map.Entry<String, OneWrite> write : writes().entrySet()) {
        load(mine, store);
        load(theirs, store);
        write.getValue().to(store);
        assertDropped(mine, write.getKey() + " on the node that wrote");
        assertThat(theirs.awaitApplied(here.changes().now(), PATIENCE)).isTrue();
        assertDropped(theirs, write.getKey() + " on the other node");
      }
    }
  }

  private static void load(
      JdbcTaggedCache<String, String> cache, JdbcVersionedStore<Long, String> store) {
    load(cache, "1", store.tagOf(1L));
    load(cache, "2", store.tagOf(2L));
    load(cache, "11", store.tagOf(11L));
    load(cache, "list", store.tagOfAll());
    load(cache, "other", Tag.ofAll("other"));
  }

  private static void load(JdbcTaggedCache<String, String> cache, String key, Tag tag) {
    String loaded =
        cache.get(
            key,
            (asked, context) -> {
              context.tag(tag);
              return asked;
            });
    assertThat(loaded).isEqualTo(cache.getIfPresent(key));
  }

  private static void assertDropped(JdbcTaggedCache<String, String> cache, String how) {
    assertThat(cache.getIfPresent("1")).as("the key, after " + how).isNull();
    assertThat(cache.getIfPresent("list")).as("the list, after " + how).isNull();
    assertThat(cache.getIfPresent("2")).as("another key, after " + how).isEqualTo("2");
    assertThat(cache.getIfPresent("11")).as("another key, after " + how).isEqualTo("11");
    assertThat(cache.getIfPresent("other")).as("another store, after " + how).isEqualTo("other");
  }
}
