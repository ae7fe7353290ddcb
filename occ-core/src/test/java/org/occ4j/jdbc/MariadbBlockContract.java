/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutex.Hold;
import org.occ4j.store.Write;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;

/** Anonymous blocks through a driver that is told to prepare statements on the server. */
@TimeSensitive
abstract class MariadbBlockContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "block");

  /** Past every driver's threshold for preparing, and for caching what is prepared. */
  private static final int ROUNDS = 8;

  private static final Duration LEASE = Duration.ofSeconds(1);

  private final Engine engine;

  MariadbBlockContract(Engine engine) {
    this.engine = engine;
  }

  private TestDatabase database(String options) {
    TestDatabase fresh = engine.server().newDatabase();
    return new TestDatabase(
        engine, fresh.jdbcUrl() + "&" + options, fresh.user(), fresh.password());
  }

  @Test
  void blocks_tableAlteredByAnotherSession_goOn() throws Exception {
    TestDatabase database =
        database("useServerPrepStmts=true&cachePrepStmts=true&prepStmtCacheSqlLimit=9999");
    try (HikariDataSource pool = database.pool(2);
        OccDatabase node = OccDatabase.builder(pool).createSchema().open()) {
      JdbcVersionedStore<String, String> store =
          node.store("test", KeyCodec.strings(), Codec.strings());
      for (int i = 0; i < ROUNDS; i++) {
        writeOnce(database, node, store, "k" + i);
      }
      for (String table : List.of("store", "mutation", "mutex", "change")) {
        database.execute("ALTER TABLE occ_" + table + " ADD COLUMN extra VARCHAR(20)");
        writeOnce(database, node, store, "after-" + table);
      }
      assertThat(store.get("after-change")).isPresent();
    }
  }

  @Test
  void open_nothingKeepsTheDriverFromPreparingBlocks_isRefusedByName() {
    TestDatabase database = database("useServerPrepStmts=true&emulateUnsupportedPstmts=false");
    try (HikariDataSource pool = database.pool(1)) {
      OccDatabaseBuilder builder = OccDatabase.builder(pool).createSchema();
      if (engine == Engine.MARIADB_MYSQL_DRIVER) {
        assertThatThrownBy(builder::open)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("emulateUnsupportedPstmts");
      } else {
        builder.open().close(); // not an option of MariaDB's driver, whose comment always counts
      }
    }
  }

  private static void writeOnce(
      TestDatabase database, OccDatabase node, JdbcVersionedStore<String, String> store, String key)
      throws Exception {
    assertThat(store.put(key, "v", Expected.absent()).isApplied()).isTrue();
    assertThat(store.put(key, "w", Expected.absent()).isApplied()).isFalse();
    assertThat(store.recordChanges(true).put(key, "w", Expected.present()).isApplied()).isTrue();
    assertThat(
            store
                .writeAll(
                    List.of(
                        Write.put(key + "1", "v", Expected.absent()),
                        Write.put(key, "v", Expected.absent())))
                .items()
                .stream()
                .map(item -> item.orThrow().isApplied()))
        .containsExactly(true, false);
    assertThat(store.delete(key + "1", Expected.any()).isApplied()).isTrue();
    MutationId id = new MutationId(SCOPE, UUID.randomUUID());
    assertThat(answer(node, id)).isInstanceOf(Outcome.Executed.class);
    assertThat(answer(node, id)).isInstanceOf(Outcome.Replayed.class);
    JdbcKeyedMutex<String> mutex = node.mutex("test");
    try (Hold<String> hold = mutex.acquire(key, Duration.ofSeconds(30), LEASE)) {
      long expiry = latestExpiry(database);
      await().until(() -> latestExpiry(database) > expiry);
      assertThat(hold.isValid()).isTrue();
    }
  }

  private static long latestExpiry(TestDatabase database) throws Exception {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, "SELECT MAX(expires_at) FROM occ_mutex");
    }
  }

  private static Outcome<String> answer(OccDatabase node, MutationId id) throws Exception {
    return node.idempotency()
        .executeInTransaction(
            id, IdempotencyOptions.returning(Codec.strings()), (transaction, context) -> "done");
  }
}
