/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.occ4j.testkit.Engine;

class H2EndedByTheEffectTest extends EndedByTheEffectContract {
  H2EndedByTheEffectTest() {
    super(Engine.H2);
  }

  @Override
  void patiently(Connection transaction) throws SQLException {
    run(transaction, "SET LOCK_TIMEOUT 60000");
  }
}
