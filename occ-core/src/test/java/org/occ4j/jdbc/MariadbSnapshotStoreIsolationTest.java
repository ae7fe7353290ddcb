/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbSnapshotStoreIsolationTest extends StoreIsolationContract {
  MariadbSnapshotStoreIsolationTest() {
    super(
        Engine.MARIADB,
        "&sessionVariables=innodb_snapshot_isolation=ON",
        OldSnapshot.ENDS_THE_TRANSACTION);
  }

  @Override
  Map.Entry<String, String> isolation() {
    return Map.entry("SELECT @@innodb_snapshot_isolation", "1");
  }
}
