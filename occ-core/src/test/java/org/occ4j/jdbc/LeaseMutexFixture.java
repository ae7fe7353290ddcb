/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.occ4j.Ticker;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;

/** Nodes with leases in one database, opened and closed for each test. */
@TimeSensitive
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LeaseMutexFixture {
  static final String KEY = "task:42";
  static final Duration LONG = Duration.ofSeconds(60);
  static final Duration BRIEF = Duration.ofMillis(400);
  static final int POOL_SIZE = 8;

  final Engine engine;
  final List<OccDatabase> opened = new ArrayList<>();
  TestDatabase server;
  Connection keepsDatabaseAlive;
  HikariDataSource pool;

  LeaseMutexFixture(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void createDatabase() throws SQLException {
    server = engine.server().newDatabase();
    keepsDatabaseAlive = server.connect();
    pool = server.pool(POOL_SIZE);
    OccDatabase.builder(pool).createSchema().open().close();
  }

  @BeforeEach
  void emptyTheTable() throws SQLException {
    server.execute("DELETE FROM occ_mutex");
  }

  @AfterEach
  void closeNodes() {
    opened.forEach(OccDatabase::close);
    opened.clear();
  }

  @AfterAll
  void closeDatabase() throws SQLException {
    pool.close();
    keepsDatabaseAlive.close();
  }

  JdbcKeyedMutex<String> node() {
    return open(OccDatabase.builder(pool)).mutex("orders");
  }

  JdbcKeyedMutex<String> node(Ticker ticker) {
    return open(OccDatabase.builder(pool).ticker(ticker)).mutex("orders");
  }

  OccDatabase open(OccDatabaseBuilder builder) {
    OccDatabase database = builder.open();
    opened.add(database);
    return database;
  }
}
