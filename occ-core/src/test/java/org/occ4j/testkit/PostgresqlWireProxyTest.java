/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlWireProxyTest extends WireProxyContract {
  PostgresqlWireProxyTest() {
    super(Engine.POSTGRESQL);
  }

  @Test
  void counting_transaction_beginsInTheRoundTripOfItsFirstStatement() throws SQLException {
    TestDatabase proxied = proxied("");
    try (WireProxy proxy = WireProxy.before(proxied);
        Connection connection = proxied.through(proxy).connect()) {
      connection.setAutoCommit(false);
      try (Counting count = proxy.counting()) {
        increment(connection, 1);
        connection.commit();
        assertThat(count.statements())
            .containsExactly("BEGIN", "UPDATE item SET n = n + 1 WHERE id = $1", "COMMIT");
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(2);
      }
    }
  }

  @Test
  void counting_transactionOfLongStatement_beginsInItsRoundTrip() throws SQLException {
    TestDatabase proxied = proxied("");
    try (WireProxy proxy = WireProxy.before(proxied);
        Connection connection = proxied.through(proxy).connect()) {
      connection.setAutoCommit(false);
      try (Counting count = proxy.counting();
          PreparedStatement query = connection.prepareStatement("SELECT length(?)")) {
        // Longer than any buffer on the way, so that it comes in many pieces.
        query.setString(1, "x".repeat(3_000_000));
        try (ResultSet row = query.executeQuery()) {
          row.next();
          assertThat(row.getInt(1)).isEqualTo(3_000_000);
        }
        assertThat(count.roundTrips()).as("%s statements", count.statements().size()).isEqualTo(1);
      }
    }
  }

  @Test
  void counting_simpleProtocol_isOneEach() throws SQLException {
    TestDatabase simple = proxied("&preferQueryMode=simple");
    try (WireProxy proxy = WireProxy.before(simple);
        Connection connection = simple.through(proxy).connect();
        Counting count = proxy.counting()) {
      increment(connection, 1);
      increment(connection, 2);
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(2);
    }
  }

  @Test
  void counting_batch_isOne() throws SQLException {
    TestDatabase proxied = proxied("");
    try (WireProxy proxy = WireProxy.before(proxied);
        Connection connection = proxied.through(proxy).connect();
        PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, 0)");
        Counting count = proxy.counting()) {
      for (int id = 10; id < 60; id++) {
        insert.setInt(1, id);
        insert.addBatch();
      }
      insert.executeBatch();
      assertThat(count.roundTrips()).isEqualTo(1);
    }
  }

  @Test
  void counting_cursor_isOnePerFetch() throws SQLException {
    TestDatabase proxied = proxied("");
    try (WireProxy proxy = WireProxy.before(proxied);
        Connection connection = proxied.through(proxy).connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement query =
              connection.prepareStatement("SELECT * FROM generate_series(1, 35)");
          Counting count = proxy.counting()) {
        query.setFetchSize(10);
        try (ResultSet rows = query.executeQuery()) {
          int read = 0;
          while (rows.next()) {
            read++;
          }
          assertThat(read).isEqualTo(35);
        }
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(4);
      }
    }
  }

  @Test
  void connect_withTls_isRefused() {
    TestDatabase tls = proxied("");
    String url = tls.jdbcUrl().replace("sslmode=disable", "sslmode=require");
    TestDatabase demanding = new TestDatabase(tls.engine(), url, tls.user(), tls.password());
    assertThatThrownBy(demanding::connect).isInstanceOf(SQLException.class);
  }
}
