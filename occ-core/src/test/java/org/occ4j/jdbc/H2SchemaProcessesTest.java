/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.SQLException;
import java.util.UUID;
import org.h2.tools.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Over TCP: a file is opened by one process at a time. */
class H2SchemaProcessesTest extends SchemaProcessesContract {
  private Server server;

  @BeforeEach
  void startServer() throws SQLException {
    server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
  }

  @AfterEach
  void stopServer() {
    server.stop();
  }

  @Override
  TestDatabase emptyDatabase() {
    return new TestDatabase(
        Engine.H2,
        "jdbc:h2:tcp://localhost:"
            + server.getPort()
            + "/mem:"
            + UUID.randomUUID()
            + ";DB_CLOSE_DELAY=-1",
        "sa",
        "");
  }
}
