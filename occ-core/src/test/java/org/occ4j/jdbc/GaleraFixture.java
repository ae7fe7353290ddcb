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
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.TestDatabase;

/** A cluster for the tests of a class, and nodes of an application, each at one of its nodes. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GaleraFixture {
  /** The error by which the cluster ends a transaction that it cannot commit. */
  static final int DEADLOCK = 1213;

  static final Duration LONG = Duration.ofSeconds(60);

  final List<OccDatabase> opened = new ArrayList<>();
  private final List<HikariDataSource> pools = new ArrayList<>();
  GaleraCluster cluster;
  TestDatabase database;

  @BeforeAll
  void start() {
    cluster = GaleraCluster.start();
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  @BeforeEach
  void create() {
    database = cluster.newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
  }

  @AfterEach
  void closeAll() {
    opened.forEach(OccDatabase::close);
    opened.clear();
    pools.forEach(HikariDataSource::close);
    pools.clear();
  }

  /** An application node whose connections all go to one node of the cluster. */
  OccDatabase at(int node) {
    HikariDataSource pool = cluster.through(node, database).pool(2);
    pools.add(pool);
    OccDatabase at = OccDatabase.builder(pool).housekeeping(Housekeeping.off()).open();
    opened.add(at);
    return at;
  }

  JdbcVersionedStore<String, String> storeAt(int node) {
    return at(node).store("test", KeyCodec.strings(), Codec.strings());
  }

  long rows(String table) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, "SELECT COUNT(*) FROM " + table);
    }
  }
}
