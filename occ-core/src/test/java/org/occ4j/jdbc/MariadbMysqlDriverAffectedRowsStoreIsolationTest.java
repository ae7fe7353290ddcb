/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

/** The driver counts the rows that a statement changed, not those that it found. */
@Tag(Engine.MARIADB_TAG)
class MariadbMysqlDriverAffectedRowsStoreIsolationTest extends StoreIsolationContract {
  MariadbMysqlDriverAffectedRowsStoreIsolationTest() {
    super(Engine.MARIADB_MYSQL_DRIVER, "&useAffectedRows=true", OldSnapshot.CONFLICTS);
  }

  @Override
  Map.Entry<String, String> isolation() {
    return Map.entry("SELECT @@tx_isolation", "REPEATABLE-READ");
  }
}
