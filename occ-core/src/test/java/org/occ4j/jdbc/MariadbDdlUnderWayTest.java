/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbDdlUnderWayTest extends DdlUnderWayContract {
  MariadbDdlUnderWayTest() {
    super(Engine.MARIADB, "&useServerPrepStmts=true&cachePrepStmts=true");
  }

  @Override
  String widen(String table, String column, String type, String rest) {
    return "ALTER TABLE " + table + " MODIFY " + column + " " + type + " " + rest;
  }

  @Override
  String waitForTablesASecond() {
    return "SET SESSION lock_wait_timeout = 1";
  }
}
