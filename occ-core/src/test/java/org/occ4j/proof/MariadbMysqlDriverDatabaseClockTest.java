/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
@EnabledIfSystemProperty(named = "occ.faketime", matches = ".+")
class MariadbMysqlDriverDatabaseClockTest extends DatabaseClockContract {
  MariadbMysqlDriverDatabaseClockTest() {
    super(Engine.MARIADB_MYSQL_DRIVER);
  }
}
