/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlServerTest extends DatabaseProcessContract {
  PostgresqlServerTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  String versionPattern() {
    return "PostgreSQL \\d.*";
  }

  @Test
  void start_settings_areDurable() throws SQLException {
    TestDatabase database = server().newDatabase();
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      assertThat(ask(database, "SHOW " + setting)).as(setting).isEqualTo("on");
    }
  }

  @Test
  void assertDurable_commitsNotAwaited_refuses() throws SQLException {
    TestDatabase database = server().newDatabase();
    PostgresqlServer server = (PostgresqlServer) server();
    try (Connection connection = database.connect()) {
      connection.createStatement().execute("SET synchronous_commit = off");
      assertThatThrownBy(() -> server.assertDurable(connection))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("synchronous_commit");
    }
  }
}
