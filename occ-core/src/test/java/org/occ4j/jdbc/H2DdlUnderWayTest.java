/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.Engine;

class H2DdlUnderWayTest extends DdlUnderWayContract {
  H2DdlUnderWayTest() {
    super(Engine.H2_MEMORY, "");
  }

  @Override
  String widen(String table, String column, String type, String rest) {
    return "ALTER TABLE " + table + " ALTER COLUMN " + column + " SET DATA TYPE " + type;
  }

  @Override
  String waitForTablesASecond() {
    return "SET LOCK_TIMEOUT 1000";
  }

  @Override
  @Test
  @Disabled("H2 loses acknowledged writes to a table that is altered: H2AlterTest")
  void rounds_tablesAlteredMeanwhile_answerRight() {}
}
