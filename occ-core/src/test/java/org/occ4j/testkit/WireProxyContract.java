/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link WireProxy} promises, for one engine and driver. */
abstract class WireProxyContract {
  private final Engine engine;
  private TestDatabase direct;
  private WireProxy proxy;
  private TestDatabase proxied;

  WireProxyContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws SQLException {
    direct = engine.server().newDatabase();
    direct.execute(
        "CREATE TABLE item (id INT PRIMARY KEY, n INT NOT NULL)",
        "INSERT INTO item VALUES (1, 0), (2, 0), (3, 0)");
    proxy = WireProxy.before(direct);
    proxied = direct.through(proxy);
  }

  @AfterEach
  void close() {
    proxy.close();
  }

  TestDatabase proxied(String options) {
    return new TestDatabase(
        engine, proxied.jdbcUrl() + options, proxied.user(), proxied.password());
  }

  static int increment(Connection connection, int id) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE item SET n = n + 1 WHERE id = ?")) {
      update.setInt(1, id);
      return update.executeUpdate();
    }
  }

  private int valueOf(int id) throws SQLException {
    try (Connection connection = direct.connect()) {
      return read(connection, id);
    }
  }

  private static int read(Connection connection, int id) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement("SELECT n FROM item WHERE id = ?")) {
      query.setInt(1, id);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  private static void selectOne(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement("SELECT 1");
        ResultSet row = query.executeQuery()) {
      row.next();
    }
  }

  // ---- counting

  @Test
  void counting_preparedSelectInAutocommit_isOne() throws SQLException {
    try (Connection connection = proxied.connect();
        Counting count = proxy.counting()) {
      selectOne(connection);
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      assertThat(count.statements()).containsExactly("SELECT 1");
    }
  }

  @Test
  void counting_manyStatements_isTheirNumber() throws SQLException {
    // More than five, from where pgjdbc uses a statement that the server has prepared.
    try (Connection connection = proxied.connect()) {
      long before = proxy.roundTrips();
      try (Counting count = proxy.counting()) {
        for (int i = 0; i < 12; i++) {
          increment(connection, 1);
          read(connection, 1);
        }
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(24);
        assertThat(proxy.roundTrips() - before).isEqualTo(24);
      }
    }
    assertThat(valueOf(1)).isEqualTo(12);
  }

  @Test
  void counting_oneStatementUsedAgain_countsEachUse() throws SQLException {
    try (Connection connection = proxied.connect();
        PreparedStatement update =
            connection.prepareStatement("UPDATE item SET n = n + 1 WHERE id = 1");
        Counting count = proxy.counting()) {
      for (int i = 0; i < 12; i++) {
        update.executeUpdate();
      }
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(12);
    }
  }

  @Test
  void counting_afterClose_standsStill() throws SQLException {
    try (Connection connection = proxied.connect()) {
      Counting count = proxy.counting();
      count.close();
      selectOne(connection);
      assertThat(count.roundTrips()).isZero();
    }
  }

  @Test
  void counting_overAFilledPool_seesNoLogIn() throws SQLException {
    try (HikariDataSource pool = proxied.silentPool(3);
        Counting count = proxy.counting();
        Connection connection = pool.getConnection()) {
      selectOne(connection);
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      assertThat(proxy.connections()).hasSize(3);
    }
  }

  @Test
  void connections_twoConnections_areCountedApart() throws SQLException {
    try (Connection first = proxied.connect();
        Connection second = proxied.connect()) {
      List<Long> before = roundTripsOfConnections();
      selectOne(first);
      selectOne(second);
      selectOne(second);
      List<Long> after = roundTripsOfConnections();
      assertThat(after.get(0) + after.get(1) - before.get(0) - before.get(1)).isEqualTo(3);
      assertThat(Math.abs(after.get(0) - after.get(1))).isEqualTo(1);
    }
  }

  private List<Long> roundTripsOfConnections() {
    return proxy.connections().stream()
        .map(WireProxy.ConnectionCount::roundTrips)
        .sorted()
        .toList();
  }

  @Test
  void counting_bigAnswer_isOne() throws SQLException {
    String digits = "SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";
    String big =
        "SELECT REPEAT('0123456789', 1000) FROM (%1$s) a, (%1$s) b, (%1$s) c".formatted(digits);
    try (Connection connection = proxied.connect();
        Statement statement = connection.createStatement();
        Counting count = proxy.counting();
        ResultSet rows = statement.executeQuery(big)) {
      int read = 0;
      while (rows.next()) {
        assertThat(rows.getString(1)).hasSize(10_000);
        read++;
      }
      assertThat(read).isEqualTo(64);
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
    }
  }

  @Test
  void counting_failingStatement_isOneAndTheNextIsCountedToo() throws SQLException {
    try (Connection connection = proxied.connect();
        Counting count = proxy.counting();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.executeUpdate("UPDATE nothing SET n = 1"))
          .isInstanceOf(SQLException.class);
      selectOne(connection);
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(2);
    }
  }

  // ---- faults

  @Test
  void dropAnswerTo_firstStatement_isExecutedAndNotAnswered() throws SQLException {
    try (Connection connection = proxied.connect()) {
      PlannedFault fault = proxy.dropAnswerTo(1);
      assertThatThrownBy(() -> increment(connection, 1)).isInstanceOf(SQLException.class);
      assertThat(fault.happened()).isTrue();
      assertThat(valueOf(1)).isEqualTo(1);
    }
  }

  @Test
  void dropAnswerTo_thirdStatement_answersTheFirstTwo() throws SQLException {
    try (Connection connection = proxied.connect()) {
      PlannedFault fault = proxy.dropAnswerTo(3);
      assertThat(increment(connection, 1)).isEqualTo(1);
      assertThat(increment(connection, 2)).isEqualTo(1);
      assertThatThrownBy(() -> increment(connection, 3)).isInstanceOf(SQLException.class);
      assertThat(fault.happened()).isTrue();
      assertThat(valueOf(3)).isEqualTo(1);
    }
  }

  @Test
  void dropAnswerTo_commit_isCommitted() throws SQLException {
    try (Connection connection = proxied.connect()) {
      connection.setAutoCommit(false);
      PlannedFault fault = proxy.dropAnswerTo(sql -> sql.equalsIgnoreCase("commit"));
      increment(connection, 1);
      increment(connection, 2);
      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
      assertThat(fault.happened()).isTrue();
    }
    assertThat(valueOf(1)).isEqualTo(1);
    assertThat(valueOf(2)).isEqualTo(1);
  }

  @Test
  void dropRequest_commit_isRolledBack() throws SQLException {
    try (Connection connection = proxied.connect()) {
      connection.setAutoCommit(false);
      PlannedFault fault = proxy.dropRequest(sql -> sql.equalsIgnoreCase("commit"));
      increment(connection, 1);
      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
      assertThat(fault.happened()).isTrue();
    }
    // The server's row lock goes with the transaction: this waits until it has rolled back.
    try (Connection connection = direct.connect()) {
      increment(connection, 1);
    }
    assertThat(valueOf(1)).isEqualTo(1);
  }

  @Test
  void dropRequest_secondStatement_neverReachesTheServer() throws SQLException {
    try (Connection connection = proxied.connect()) {
      PlannedFault fault = proxy.dropRequest(2);
      increment(connection, 1);
      assertThatThrownBy(() -> increment(connection, 2)).isInstanceOf(SQLException.class);
      assertThat(fault.happened()).isTrue();
    }
    assertThat(valueOf(1)).isEqualTo(1);
    assertThat(valueOf(2)).isZero();
  }

  @Test
  void dropRequest_afterwards_newConnectionsWork() throws SQLException {
    try (Connection connection = proxied.connect()) {
      proxy.dropRequest(1);
      assertThatThrownBy(() -> increment(connection, 1)).isInstanceOf(SQLException.class);
    }
    try (Connection connection = proxied.connect()) {
      assertThat(increment(connection, 1)).isEqualTo(1);
    }
  }

  @Test
  void forgetFaults_plannedDrop_doesNotHappen() throws SQLException {
    try (Connection connection = proxied.connect()) {
      PlannedFault fault = proxy.dropRequest(1);
      proxy.forgetFaults();
      increment(connection, 1);
      assertThat(fault.happened()).isFalse();
    }
  }

  @Test
  void hold_statement_reachesTheServerOnlyAfterRelease() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Connection connection = proxied.connect()) {
      PlannedFault held = proxy.hold(sql -> sql.startsWith("UPDATE"));
      CompletableFuture<Integer> update =
          CompletableFuture.supplyAsync(() -> incrementUnchecked(connection), executor);
      held.awaitHappened();
      assertThat(valueOf(1)).isZero();
      assertThat(update).isNotDone();
      held.release();
      assertThat(update.get(60, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(valueOf(1)).isEqualTo(1);
    } finally {
      executor.shutdownNow();
    }
  }

  private static int incrementUnchecked(Connection connection) {
    try {
      return increment(connection, 1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- the network

  @Test
  void delay_eachWay_isWaitedForTwicePerRoundTrip() throws SQLException {
    try (Connection connection = proxied.connect()) {
      proxy.delay(Duration.ofMillis(20));
      long before = System.nanoTime();
      for (int i = 0; i < 5; i++) {
        selectOne(connection);
      }
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(5 * 2 * 20_000_000L);
      proxy.delay(Duration.ZERO);
    }
  }

  @Test
  void cut_openConnection_isDroppedAndNewOnesRefusedUntilHealed() throws SQLException {
    try (Connection connection = proxied.connect()) {
      proxy.cut();
      assertThatThrownBy(() -> selectOne(connection)).isInstanceOf(SQLException.class);
      assertThatThrownBy(proxied::connect).isInstanceOf(SQLException.class);
      proxy.heal();
      try (Connection again = proxied.connect()) {
        selectOne(again);
      }
    }
  }

  @Test
  void blackHole_statement_isAnsweredAfterHealing() throws Exception {
    assertStatementWaits(
        proxy::blackHole,
        before -> {
          await().atMost(Duration.ofMinutes(1)).until(() -> proxy.statements() > before);
          assertThat(valueOf(1)).isZero();
        });
  }

  @Test
  void deafenServer_statement_isDoneAndAnsweredAfterHealing() throws Exception {
    assertStatementWaits(
        proxy::deafenServer,
        before -> {
          await().atMost(Duration.ofMinutes(1)).until(() -> proxy.statements() > before);
          assertThat(valueOf(1)).isZero();
        });
  }

  @Test
  void muteServer_statement_isDoneAtOnceAndAnsweredAfterHealing() throws Exception {
    assertStatementWaits(
        proxy::muteServer,
        before -> await().atMost(Duration.ofMinutes(1)).until(() -> valueOf(1) == 1));
  }

  private interface Check {
    void with(long statementsBefore) throws SQLException;
  }

  private void assertStatementWaits(Runnable breakage, Check meanwhile) throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Connection connection = proxied.connect()) {
      long before = proxy.statements();
      breakage.run();
      CompletableFuture<Integer> update =
          CompletableFuture.supplyAsync(() -> incrementUnchecked(connection), executor);
      meanwhile.with(before);
      assertThat(update).isNotDone();
      proxy.heal();
      assertThat(update.get(60, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(valueOf(1)).isEqualTo(1);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void close_withOpenConnections_leavesNoThread() throws SQLException {
    String name = "wire-proxy-" + proxy.port() + "-";
    Connection connection = proxied.connect();
    assertThat(threadsNamed(name)).isEqualTo(5);
    proxy.blackHole();
    proxy.close();
    assertThat(threadsNamed(name)).isZero();
    assertThatThrownBy(() -> selectOne(connection)).isInstanceOf(SQLException.class);
  }

  private static long threadsNamed(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .count();
  }
}
