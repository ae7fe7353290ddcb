/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.SQLException;
import java.util.List;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.DatabaseSmoke;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Over TCP where a case says so; H2's compatibility modes are run elsewhere. */
@Tag("slow")
class H2DriverMatrixTest extends DriverMatrixContract {
  private @Nullable Server server;

  H2DriverMatrixTest() {
    super(";");
  }

  @Override
  List<String> riskiest() {
    return List.of("tcp LAZY_QUERY_EXECUTION=TRUE", "QUERY_CACHE_SIZE=0 TIME~ZONE=Asia/Kathmandu");
  }

  @Override
  List<String> others() {
    return List.of(
        "LAZY_QUERY_EXECUTION=TRUE",
        "LAZY_QUERY_EXECUTION=TRUE QUERY_CACHE_SIZE=0",
        "QUERY_CACHE_SIZE=1",
        "TIME~ZONE=America/St_Johns",
        "tcp TIME~ZONE=Pacific/Apia",
        "tcp NETWORK_TIMEOUT=30000",
        "tcp QUERY_CACHE_SIZE=0",
        "LOCK_TIMEOUT=10000",
        "LOCK_TIMEOUT=100",
        "DEFAULT_NULL_ORDERING=LAST",
        "OPTIMIZE_REUSE_RESULTS=0",
        "RECOMPILE_ALWAYS=TRUE",
        "IGNORE_UNKNOWN_SETTINGS=TRUE",
        "THROTTLE=1",
        "MAX_MEMORY_ROWS=2",
        "MAX_OPERATION_MEMORY=100",
        "MAX_LENGTH_INPLACE_LOB=10",
        "VARIABLE_BINARY=TRUE",
        "IGNORECASE=FALSE",
        "AUTOCOMMIT=OFF",
        "WRITE_DELAY=0");
  }

  /** A database of its own for each case: most settings count when it is opened first. */
  @Override
  TestDatabase database(String options) throws Exception {
    TestDatabase fresh = Engine.H2_MEMORY.server().newDatabase();
    String settings = separated(options).replace(";tcp", "").replace('~', ' ');
    DatabaseSmoke.createTables(super.with(fresh, settings));
    return fresh;
  }

  @Override
  TestDatabase with(TestDatabase database, String options) {
    TestDatabase same = super.with(database, options.replace(";tcp", "").replace('~', ' '));
    return options.startsWith(";tcp")
        ? new TestDatabase(
            same.engine(),
            same.jdbcUrl().replace("jdbc:h2:mem:", "jdbc:h2:" + server().getURL() + "/mem:"),
            same.user(),
            same.password())
        : same;
  }

  private Server server() {
    try {
      if (server == null) {
        server = Server.createTcpServer("-tcpPort", "0").start();
      }
      return server;
    } catch (SQLException notStarted) {
      throw new IllegalStateException(notStarted);
    }
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.stop();
    }
  }

  @Override
  List<String> refused() {
    return List.of();
  }
}
