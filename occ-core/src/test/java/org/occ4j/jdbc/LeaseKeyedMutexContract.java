/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.KeyedMutexContract;
import org.occ4j.testkit.TestDatabase;

/**
 * The contract of the mutex over leases, on every engine. Its tests share one database, each with a
 * namespace of its own: making a database takes longer than most of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LeaseKeyedMutexContract extends KeyedMutexContract {
  private static final int ROUNDS = 400;

  private static final int POOL_SIZE = 6;

  private final Engine engine;
  private Connection keepsDatabaseAlive;
  private HikariDataSource pool;
  private OccDatabase database;
  private int made;

  LeaseKeyedMutexContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void openDatabase() throws Exception {
    TestDatabase server = engine.server().newDatabase();
    keepsDatabaseAlive = server.connect();
    pool = server.pool(POOL_SIZE);
    database = OccDatabase.builder(pool).createSchema().open();
  }

  @AfterAll
  void closeDatabase() throws Exception {
    database.close();
    pool.close();
    keepsDatabaseAlive.close();
  }

  @Override
  protected KeyedMutex<String> create() {
    return database.mutex("contract-" + made++);
  }

  @Override
  protected void destroy(KeyedMutex<String> mutex) {
    ((JdbcKeyedMutex<String>) mutex).close();
  }

  @Override
  protected int rounds() {
    return ROUNDS;
  }
}
