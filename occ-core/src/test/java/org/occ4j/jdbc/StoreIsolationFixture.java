/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * A store whose every connection has an isolation level, or a setting of the driver, that the
 * subclass names.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreIsolationFixture {
  private static final int POOL_SIZE = 8;

  /** Serialization failures are this isolation's way to say conflict; it may do so often. */
  static final RetryPolicy PATIENT =
      new RetryPolicy(10_000, Duration.ofMinutes(2), Duration.ofMillis(1), Duration.ofMillis(50));

  /** What becomes of a transaction that writes a row which its snapshot shows as it was before. */
  enum OldSnapshot {
    /** The write sees the row as it is: a conflict like any other. */
    CONFLICTS,
    /** The database ends the transaction. */
    ENDS_THE_TRANSACTION
  }

  final Engine engine;
  private final String options;
  final OldSnapshot oldSnapshot;
  TestDatabase database;
  HikariDataSource pool;
  private OccDatabase node;
  JdbcVersionedStore<String, String> store;

  /**
   * A fixture.
   *
   * @param options of the driver, appended to the URL, by which every connection has the isolation
   */
  StoreIsolationFixture(Engine engine, String options, OldSnapshot oldSnapshot) {
    this.engine = engine;
    this.options = options;
    this.oldSnapshot = oldSnapshot;
  }

  @BeforeAll
  void makeDatabase() throws SQLException {
    TestDatabase fresh = engine.server().newDatabase();
    database = new TestDatabase(engine, fresh.jdbcUrl() + options, fresh.user(), fresh.password());
    pool = database.pool(POOL_SIZE);
    OccDatabase.builder(pool).createSchema().open().close();
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void openDatabase() throws SQLException {
    database.execute("DELETE FROM occ_store", "DELETE FROM occ_change");
    boolean deadlocksOnly = oldSnapshot == OldSnapshot.CONFLICTS;
    node = OccDatabase.builder(pool).retry(deadlocksOnly ? RetryPolicy.defaults() : PATIENT).open();
    store = node.store("test", KeyCodec.strings(), Codec.strings());
  }

  @AfterEach
  void closeDatabase() {
    node.close();
  }

  /**
   * Whether a conflict in a transaction with an old snapshot tells the state of that snapshot. Else
   * it is read with a lock: it is the latest, or the database ends the transaction.
   */
  boolean conflictTellsTheSnapshot() {
    return false;
  }

  /**
   * A query that answers whether the connections have the isolation that is meant, and its answer.
   */
  abstract Map.Entry<String, String> isolation();

  static Versioned<String> now(WriteResult<String> result) {
    return Objects.requireNonNull(result.orThrow());
  }

  Versioned<String> put(String key, String value) {
    return now(store.put(key, value, Expected.any()));
  }

  interface Rival {
    void write(VersionedStore<String, String> theirs);
  }

  Connection transaction() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    return connection;
  }
}
