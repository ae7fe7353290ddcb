/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/**
 * Pipelines of two nodes over one table of notes, with a table of the caller's own beside it. The
 * tests of a class share a database; each finds its tables empty.
 */
abstract class TwoNodePipelineFixture {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  static @Nullable TestDatabase database;
  static @Nullable HikariDataSource pool;

  private final Engine engine;
  private final int poolSize;
  OccDatabase here;
  OccDatabase there;

  /**
   * A fixture.
   *
   * @param poolSize how many connections both nodes have together
   */
  TwoNodePipelineFixture(Engine engine, int poolSize) {
    this.engine = engine;
    this.poolSize = poolSize;
  }

  @BeforeEach
  void open() throws SQLException {
    if (pool == null) {
      database = engine.server().newDatabase();
      pool = database.pool(poolSize);
      OccDatabase.builder(pool).createSchema().open().close();
      database.execute("CREATE TABLE audit (mutation VARCHAR(40), text VARCHAR(100))");
    }
    database.execute(
        "DELETE FROM occ_store",
        "DELETE FROM occ_mutation",
        "DELETE FROM occ_change",
        "DELETE FROM audit");
    here = OccDatabase.open(pool);
    there = OccDatabase.open(pool);
  }

  @AfterEach
  void close() {
    here.close();
    there.close();
  }

  @AfterAll
  static void closePool() {
    pool.close();
    pool = null;
  }

  static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("note", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  static MutationId id() {
    return new MutationId(SCOPE, UUID.randomUUID());
  }

  /**
   * Makes sure that of mutations of eight keys that wait together, that of a row which another
   * transaction holds has nobody else wait for it or fail, and is carried out when it can be.
   */
  static void requireLockedRowHoldsUpNobodyElse(
      JdbcMutationPipeline<String, String> pipeline, JdbcVersionedStore<String, String> store)
      throws Exception {
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      store.put("k" + i, "0", Expected.absent()).orThrow();
      Edit<String> appending = current -> current + "x";
      mutations.add(Mutation.of(id(), "k" + i, Expected.present(), appending).build());
    }
    List<Running<MutationResult<String>>> callers;
    try (Connection holder = pool.getConnection()) {
      holder.setAutoCommit(false);
      store.joining(holder).put("k2", "held", Expected.any()).orThrow();
      callers = TakenPlace.together(pipeline, "z", mutations);
      for (int i = 0; i < 8; i++) {
        if (i != 2) {
          assertThat(((Applied<String>) callers.get(i).result()).current().value()).isEqualTo("0x");
        }
      }
      holder.rollback();
      holder.setAutoCommit(true);
    }
    try {
      callers.get(2).result();
    } catch (StoreUnavailableException lockTimedOut) {
      assertThat(store.get("k2").orElseThrow().value()).isEqualTo("0");
    }
    pipeline.apply(mutations.get(2));
    assertThat(store.get("k2").orElseThrow().value()).isEqualTo("0x");
  }

  static long rows(String table) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return Sql.number(connection, "SELECT COUNT(*) FROM " + table);
    }
  }
}
