/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlDdlUnderWayTest extends DdlUnderWayContract {
  PostgresqlDdlUnderWayTest() {
    super(Engine.POSTGRESQL, "&prepareThreshold=1");
  }

  @Override
  String widen(String table, String column, String type, String rest) {
    return "ALTER TABLE " + table + " ALTER COLUMN " + column + " TYPE " + type;
  }

  @Override
  String waitForTablesASecond() {
    return "SET lock_timeout = '1s'";
  }
}
