/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

/** Without {@code cacheResultSetMetadata}, which reads widened columns as they were: engines.md. */
@Tag(Engine.MARIADB_TAG)
class MariadbMysqlDriverDdlUnderWayTest extends DdlUnderWayContract {
  MariadbMysqlDriverDdlUnderWayTest() {
    super(
        Engine.MARIADB_MYSQL_DRIVER,
        "&useServerPrepStmts=true&cachePrepStmts=true&prepStmtCacheSqlLimit=9999");
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
