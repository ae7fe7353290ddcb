/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class H2ServerTest {

  /** Commits a row, announces it and never comes back. */
  static final class Writer {
    public static void main(String[] arguments) throws Exception {
      try (Connection connection = DriverManager.getConnection(arguments[0], "sa", "");
          Statement statement = connection.createStatement()) {
        statement.execute("INSERT INTO item VALUES (1)");
        connection.setAutoCommit(false);
        statement.execute("INSERT INTO item VALUES (2)");
        ChildJvm.reached("inserted");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"H2", "H2_MEMORY"})
  void newDatabase_twice_areApart(Engine engine) throws SQLException {
    TestDatabase first = engine.server().newDatabase();
    TestDatabase second = engine.server().newDatabase();
    try (HikariDataSource pool = first.pool(2);
        Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE mine (id INT PRIMARY KEY)");
      assertThatThrownBy(() -> second.execute("SELECT * FROM mine"))
          .isInstanceOf(SQLException.class);
    }
    assertThat(engine.server().version()).startsWith("H2 2.");
    assertThat(first.dataSource().isWrapperFor(Connection.class)).isFalse();
  }

  @Test
  void onDisk_jvmKilledAfterCommit_keepsTheRowAndNotTheOpenTransaction() throws Exception {
    TestDatabase database = Engine.H2.server().newDatabase();
    database.execute("CREATE TABLE item (id INT PRIMARY KEY)");
    try (ChildJvm child = ChildJvm.start(Writer.class, database.jdbcUrl())) {
      child.awaitPoint("inserted");
      child.kill();
    }
    assertThat(DatabaseProcessContract.ask(database, "SELECT SUM(id) FROM item")).isEqualTo("1");
  }

  @Test
  void startProcess_ofAnEmbeddedEngine_isRefused() {
    assertThatThrownBy(Engine.H2::startProcess)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ChildJvm");
  }

  @Test
  void before_databaseWithoutAWire_isRefused() {
    TestDatabase database = Engine.H2.server().newDatabase();
    assertThatThrownBy(() -> WireProxy.before(database))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(database.jdbcUrl());
  }
}
