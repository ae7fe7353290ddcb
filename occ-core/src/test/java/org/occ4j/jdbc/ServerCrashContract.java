/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** A server is killed; the writers are in this JVM. Each start checks that it flushes by itself. */
abstract class ServerCrashContract extends CrashContract {
  private final Engine engine;
  private DatabaseProcess server;
  private TestDatabase database;
  private boolean isDown;

  ServerCrashContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void startServer() {
    server = engine.startProcess();
    database = server.newDatabase();
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @Override
  DataSource dataSource() {
    if (isDown) {
      server.restart();
      isDown = false;
    }
    return database.dataSource();
  }

  @Override
  Life begin(int round, int limit) {
    DataSource reachable = dataSource();
    List<String> lines = new CopyOnWriteArrayList<>();
    Running<Boolean> writers =
        Running.start(
            () -> {
              CrashWriter.run(reachable, "r" + round, limit, lines::add);
              return true;
            });
    return new Life() {
      @Override
      public List<String> journal() {
        return lines;
      }

      @Override
      public void kill() throws Exception {
        server.kill();
        isDown = true;
        writers.result();
      }
    };
  }

  @Override
  void copyData() {
    server.copyData();
  }

  @Override
  void bringBackCopy() {
    server.bringBackCopy();
  }
}
