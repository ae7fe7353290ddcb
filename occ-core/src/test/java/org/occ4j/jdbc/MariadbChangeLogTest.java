/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbChangeLogTest extends JdbcChangeLogContract {
  MariadbChangeLogTest() {
    super(Engine.MARIADB);
  }

  @Override
  void kill(Connection victim) throws SQLException {
    database().execute("KILL " + Sql.number(victim, "SELECT CONNECTION_ID()"));
  }
}
