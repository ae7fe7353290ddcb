/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.testkit.Engine;
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

  static long rows(String table) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return Sql.number(connection, "SELECT COUNT(*) FROM " + table);
    }
  }
}
