/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutex.Hold;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * MySQL Connector/J with what HikariCP's pages recommend for it: it keeps the columns of an answer
 * by the text of its statement, so each text must have one shape of answer, whatever happens.
 */
@Tag(Engine.MARIADB_TAG)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MariadbMysqlDriverCachedMetadataTest {
  private static final int BEYOND_ANY_THRESHOLD = 4;

  private HikariDataSource pool;
  private HikariDataSource second;
  private OccDatabase node;
  private OccDatabase other;

  @BeforeAll
  void open() throws Exception {
    TestDatabase fresh = Engine.MARIADB_MYSQL_DRIVER.server().newDatabase();
    TestDatabase cached =
        new TestDatabase(
            fresh.engine(),
            fresh.jdbcUrl()
                + "&useServerPrepStmts=true&cachePrepStmts=true&cacheResultSetMetadata=true",
            fresh.user(),
            fresh.password());
    pool = cached.pool(1);
    second = cached.pool(1);
    OccDatabase.builder(pool).createSchema().open().close();
    node = OccDatabase.open(pool);
    other = OccDatabase.open(second);
  }

  @AfterAll
  void close() {
    node.close();
    other.close();
    pool.close();
    second.close();
  }

  @Test
  void put_conflictThenSuccess_bothAreTold() {
    JdbcVersionedStore<String, String> store =
        node.store("put", KeyCodec.strings(), Codec.strings()).recordChanges(true);
    long version = store.put("a", "1", Expected.absent()).orThrow().version();
    for (int i = 0; i < BEYOND_ANY_THRESHOLD; i++) {
      assertThat(store.put("a", "2", Expected.version(1))).isInstanceOf(WriteResult.Conflict.class);
      assertThat(store.put("a", "2", Expected.absent())).isInstanceOf(WriteResult.Conflict.class);
      assertThat(store.put("b", "2", Expected.present())).isInstanceOf(WriteResult.Conflict.class);
      version = store.put("a", "3", Expected.version(version)).orThrow().version();
      assertThat(store.delete("a", Expected.version(1))).isInstanceOf(WriteResult.Conflict.class);
      assertThat(store.get("a")).hasValueSatisfying(is -> assertThat(is.value()).isEqualTo("3"));
      assertThat(store.put("c", "1", Expected.any()).isApplied()).isTrue();
      assertThat(store.delete("c", Expected.any()).isApplied()).isTrue();
      assertThat(store.delete("c", Expected.present()).isApplied()).isFalse();
    }
  }

  @Test
  void writeAll_someConflict_allAreTold() {
    JdbcVersionedStore<String, String> store =
        node.store("batch", KeyCodec.strings(), Codec.strings());
    store.put("a", "1", Expected.absent());
    for (int i = 0; i < BEYOND_ANY_THRESHOLD; i++) {
      Expected alternating = i % 2 == 0 ? Expected.absent() : Expected.any();
      assertThat(
              store.writeAll(
                  List.of(
                      Write.put("a", "2", alternating),
                      Write.put("b" + i, "2", Expected.absent()),
                      Write.delete("none", Expected.present()))))
          .satisfies(
              batch ->
                  assertThat(batch.items())
                      .extracting(item -> item.result() != null && item.result().isApplied())
                      .containsExactly(alternating == Expected.any(), true, false));
    }
  }

  @Test
  void executeInTransaction_firstThenAgain_bothAreTold() throws Exception {
    for (int i = 0; i < BEYOND_ANY_THRESHOLD; i++) {
      MutationId id = new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
      assertThat(attempt(node, id)).isInstanceOf(Outcome.Executed.class);
      assertThat(attempt(node, id)).isInstanceOf(Outcome.Replayed.class);
      assertThat(attempt(other, id)).isInstanceOf(Outcome.Replayed.class);
    }
  }

  @Test
  void executeInTransaction_rivalAtWorkThenFree_bothAreTold() throws Exception {
    for (int i = 0; i < BEYOND_ANY_THRESHOLD; i++) {
      MutationId id = new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
      node.idempotency()
          .executeInTransaction(
              id,
              IdempotencyOptions.returning(Codec.strings()),
              (transaction, context) -> {
                assertThat(attempt(other, id)).isInstanceOf(Outcome.Refused.class);
                return "answer";
              });
      assertThat(attempt(other, id)).isInstanceOf(Outcome.Replayed.class);
    }
  }

  private static Outcome<String> attempt(OccDatabase node, MutationId id) throws Exception {
    return node.idempotency()
        .executeInTransaction(
            id, IdempotencyOptions.returning(Codec.strings()), (transaction, context) -> "answer");
  }

  @Test
  void tryAcquire_heldThenFree_bothAreTold() throws Exception {
    JdbcKeyedMutex<String> mine = node.mutex("turns");
    JdbcKeyedMutex<String> theirs = other.mutex("turns");
    for (int i = 0; i < BEYOND_ANY_THRESHOLD; i++) {
      try (Hold<String> held = mine.tryAcquire("key")) {
        assertThat(held).isNotNull();
        assertThat(theirs.tryAcquire("key")).isNull();
      }
      try (Hold<String> held = theirs.tryAcquire("key", Duration.ofSeconds(5))) {
        assertThat(held).isNotNull();
      }
    }
  }
}
