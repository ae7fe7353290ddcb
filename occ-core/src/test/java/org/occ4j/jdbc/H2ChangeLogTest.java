/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.occ4j.testkit.Engine;

class H2ChangeLogTest extends JdbcChangeLogContract {
  H2ChangeLogTest() {
    super(Engine.H2_MEMORY);
  }

  @Override
  void kill(Connection victim) throws SQLException {
    victim.rollback(); // H2 lives in this process; what is left of a killed writer is its rollback
  }
}
