/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbStoreIsolationTest extends StoreIsolationContract {
  MariadbStoreIsolationTest() {
    super(Engine.MARIADB, "", OldSnapshot.CONFLICTS);
  }

  @Override
  Map.Entry<String, String> isolation() {
    return Map.entry("SELECT @@tx_isolation", "REPEATABLE-READ");
  }
}
