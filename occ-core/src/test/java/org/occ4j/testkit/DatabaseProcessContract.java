/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What {@link DatabaseProcess} promises, for one engine and driver. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DatabaseProcessContract {
  private final Engine engine;
  private DatabaseProcess server;

  DatabaseProcessContract(Engine engine) {
    this.engine = engine;
  }

  /** The start of what the server says it is. */
  abstract String versionPattern();

  @BeforeAll
  void start() {
    server = engine.startProcess();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  DatabaseProcess server() {
    return server;
  }

  static String ask(TestDatabase database, String query) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  @Test
  void version_ofARunningServer_namesTheProduct() {
    assertThat(server.version()).matches(versionPattern());
  }

  @Test
  void newDatabase_twice_areApart() throws SQLException {
    TestDatabase first = server.newDatabase();
    TestDatabase second = server.newDatabase();
    first.execute("CREATE TABLE mine (id INT PRIMARY KEY)");
    assertThatThrownBy(() -> second.execute("SELECT * FROM mine")).isInstanceOf(SQLException.class);
  }

  @Test
  void kill_afterCommit_keepsTheRowAndNotTheOpenTransaction() throws SQLException {
    TestDatabase database = server.newDatabase();
    database.execute("CREATE TABLE item (id INT PRIMARY KEY)", "INSERT INTO item VALUES (1)");
    try (Connection open = database.connect();
        Statement statement = open.createStatement()) {
      open.setAutoCommit(false);
      statement.execute("INSERT INTO item VALUES (2)");
      server.kill();
      assertThatThrownBy(open::commit).isInstanceOf(SQLException.class);
    } catch (SQLException onClose) {
      // Some drivers want to say good-bye to the server.
      assertThat(server).isNotNull();
    }
    assertThatThrownBy(database::connect).isInstanceOf(SQLException.class);
    assertThatThrownBy(server::pause).isInstanceOf(IllegalStateException.class);
    server.restart();
    assertThat(ask(database, "SELECT COUNT(*) FROM item")).isEqualTo("1");
  }

  @Test
  void restart_ofARunningServer_keepsDataAndPort() throws SQLException {
    TestDatabase database = server.newDatabase();
    database.execute("CREATE TABLE item (id INT PRIMARY KEY)", "INSERT INTO item VALUES (1)");
    server.restart();
    assertThat(ask(database, "SELECT COUNT(*) FROM item")).isEqualTo("1");
  }

  /** A process that is just being started for somebody must not outlive the server. */
  @Test
  void kill_whileConnectionsAreMade_leavesNothingInTheWayOfARestart() throws Exception {
    TestDatabase database = server.newDatabase();
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      for (int i = 0; i < 4; i++) {
        executor.execute(() -> connectUntil(database, over));
      }
      for (int round = 0; round < 2; round++) {
        server.kill();
        server.restart();
        assertThat(ask(database, "SELECT 1")).isEqualTo("1");
      }
    } finally {
      over.set(true);
      executor.shutdownNow();
      assertThat(executor.awaitTermination(90, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void connectUntil(TestDatabase database, AtomicBoolean over) {
    while (!over.get()) {
      try (Connection connection = database.connect()) {
        assertThat(connection).isNotNull();
      } catch (SQLException serverIsAway) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      }
    }
  }

  @Test
  void pause_statementUnderWay_isAnsweredAfterResume() throws Exception {
    TestDatabase database = server.newDatabase();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      server.pause();
      CompletableFuture<Boolean> answer =
          CompletableFuture.supplyAsync(() -> execute(statement, "SELECT 1"), executor);
      // A wait that must come to nothing; a server that is not paused answers far sooner.
      assertThatThrownBy(() -> answer.get(300, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      server.resume();
      assertThat(answer.get(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      executor.shutdownNow();
    }
  }

  private static boolean execute(Statement statement, String sql) {
    try {
      return statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void kill_ofAPausedServer_works() throws SQLException {
    server.pause();
    server.kill();
    server.restart();
    assertThat(ask(server.newDatabase(), "SELECT 1")).isEqualTo("1");
  }
}
