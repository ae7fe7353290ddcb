/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is particular to the protocol of MySQL: where the answer to each kind of command ends. */
abstract class MysqlWireProxyContract extends WireProxyContract {
  private static final String UPDATE = "UPDATE item SET n = n + ? WHERE id = ?";
  private static final String QUERY = "SELECT id, n FROM item WHERE id <> ?";

  MysqlWireProxyContract(Engine engine) {
    super(engine);
  }

  /** Work for a connection whose URL has some options more, through a proxy of its own. */
  private interface Work {
    void with(WireProxy proxy, Connection connection) throws SQLException;
  }

  private void withOptions(String options, Work work) throws SQLException {
    TestDatabase database = proxied(options);
    // The proxy's end is the connection's: to close a broken one would be an error to some drivers.
    try (WireProxy proxy = WireProxy.before(database)) {
      work.with(proxy, database.through(proxy).connect());
    }
  }

  @Test
  void counting_transaction_countsItsStatementsAndCommit() throws SQLException {
    withOptions(
        "",
        (proxy, connection) -> {
          connection.setAutoCommit(false);
          try (Counting count = proxy.counting()) {
            increment(connection, 1);
            connection.commit();
            assertThat(count.roundTrips()).as(count.toString()).isEqualTo(2);
          }
        });
  }

  @Test
  void counting_serverPreparedStatement_countsUses() throws SQLException {
    withOptions(
        "&useServerPrepStmts=true",
        (proxy, connection) -> {
          try (PreparedStatement update = connection.prepareStatement(UPDATE);
              PreparedStatement query = connection.prepareStatement(QUERY)) {
            use(update, query);
            try (Counting count = proxy.counting()) {
              use(update, query);
              assertThat(count.roundTrips()).as(count.toString()).isEqualTo(2);
            }
          }
        });
  }

  @Test
  void dropAnswerTo_serverPreparedQuery_isTheQueryAndNothingBefore() throws SQLException {
    // An answer that was not followed to its end would shift the fault to another statement.
    withOptions(
        "&useServerPrepStmts=true",
        (proxy, connection) -> {
          PreparedStatement update = connection.prepareStatement(UPDATE);
          PreparedStatement query = connection.prepareStatement(QUERY);
          use(update, query);
          PlannedFault fault = proxy.dropAnswerTo(2);
          increment(update);
          assertThat(fault.happened()).isFalse();
          assertThatThrownBy(query::executeQuery).isInstanceOf(SQLException.class);
          assertThat(fault.happened()).isTrue();
        });
  }

  private static void use(PreparedStatement update, PreparedStatement query) throws SQLException {
    increment(update);
    query.setInt(1, 2);
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        assertThat(rows.getInt(1)).isNotEqualTo(2);
      }
    }
  }

  private static void increment(PreparedStatement update) throws SQLException {
    update.setInt(1, 1);
    update.setInt(2, 1);
    assertThat(update.executeUpdate()).isEqualTo(1);
  }

  @Test
  void counting_severalStatementsInOneCommand_isOne() throws SQLException {
    withOptions(
        "&allowMultiQueries=true",
        (proxy, connection) -> {
          try (Statement statement = connection.createStatement()) {
            try (Counting count = proxy.counting()) {
              statement.execute("SELECT n FROM item; UPDATE item SET n = 7; SELECT 2");
              drain(statement);
              assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
            }
            PlannedFault fault = proxy.dropAnswerTo(sql -> sql.startsWith("SELECT 1"));
            assertThatThrownBy(() -> statement.execute("SELECT 1; UPDATE item SET n = 8"))
                .isInstanceOf(SQLException.class);
            assertThat(fault.happened()).isTrue();
          }
        });
    withOptions(
        "",
        (proxy, connection) -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery("SELECT MIN(n) FROM item")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(8);
          }
        });
  }

  private static void drain(Statement statement) throws SQLException {
    while (statement.getMoreResults() || statement.getUpdateCount() >= 0) {
      assertThat(statement.isClosed()).isFalse();
    }
  }

  @Test
  void counting_batchUnderDelay_isDeterministic() throws SQLException {
    withOptions(
        "&rewriteBatchedStatements=false",
        (proxy, connection) -> {
          proxy.delay(Duration.ofMillis(5));
          try (Counting first = proxy.counting()) {
            insertBatch(connection, 10);
            try (Counting second = proxy.counting()) {
              insertBatch(connection, 30);
              assertThat(second.roundTrips())
                  .isEqualTo(first.roundTrips() - second.roundTrips())
                  .isPositive();
            }
          }
        });
  }

  private static void insertBatch(Connection connection, int from) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, 0)")) {
      for (int id = from; id < from + 20; id++) {
        insert.setInt(1, id);
        insert.addBatch();
      }
      assertThat(insert.executeBatch()).hasSize(20);
    }
  }

  @Test
  void dropAnswerTo_insertReturning_isExecuted() throws SQLException {
    withOptions(
        "",
        (proxy, connection) -> {
          try (Statement statement = connection.createStatement()) {
            // MySQL Connector/J asks whether the session is read-only before it sends the INSERT.
            PlannedFault fault = proxy.dropAnswerTo(sql -> sql.startsWith("INSERT"));
            assertThatThrownBy(
                    () -> statement.execute("INSERT INTO item VALUES (77, 7) RETURNING n"))
                .isInstanceOf(SQLException.class);
            assertThat(fault.happened()).isTrue();
          }
        });
    withOptions("", (proxy, connection) -> assertThat(increment(connection, 77)).isEqualTo(1));
  }
}
