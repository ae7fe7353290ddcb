/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.testkit.ChangeFeedContract;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** The contract of every feed over a database, with nodes that poll when they are asked to. */
abstract class ChangeLogFixture extends ChangeFeedContract {
  static final Duration LONG = Duration.ofSeconds(60);

  /** Polls come when they are asked for: one by the clock would race with what is counted. */
  static final Duration NEVER = Duration.ofHours(1);

  /** One database for the tests of a class; each finds its tables empty. */
  static @Nullable TestDatabase database;

  static @Nullable HikariDataSource pool;

  private final Engine engine;
  final List<AutoCloseable> opened = new ArrayList<>();

  ChangeLogFixture(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  @Override
  protected void openLog() throws Exception {
    if (pool == null) {
      database = engine.server().newDatabase();
      pool = database.pool(8);
      OccDatabase.builder(pool).createSchema().open().close();
      database.execute("CREATE TABLE other (id INT PRIMARY KEY)");
    }
    database.execute("DELETE FROM occ_change", "DELETE FROM other");
    super.openLog();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  @AfterAll
  static void closePool() {
    pool.close();
    pool = null;
  }

  @Override
  protected ChangeLog open(int maxBacklog) {
    ChangeLogTable log =
        new ChangeLogTable(node().context(), node().dialects(), NEVER, false, maxBacklog);
    opened.add(log);
    return log;
  }

  TestDatabase database() {
    return database;
  }

  /** Ends the transaction of this connection as if its process had been killed. */
  abstract void kill(Connection victim) throws SQLException;

  OccDatabase node() {
    return node(OccDatabase.builder(pool).pollInterval(NEVER));
  }

  OccDatabase node(OccDatabaseBuilder builder) {
    OccDatabase node = builder.open();
    opened.add(0, node);
    return node;
  }

  static ChangeToken publish(ChangeLog log, String key) {
    return log.publish(new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  static PendingChange append(JdbcChangeLog log, Connection transaction, String key) {
    return log.append(
        transaction, new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  Connection transaction() throws SQLException {
    Connection transaction = database.connect();
    transaction.setAutoCommit(false);
    return transaction;
  }
}
