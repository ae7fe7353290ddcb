/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlStoreIsolationTest extends StoreIsolationContract {
  PostgresqlStoreIsolationTest() {
    super(Engine.POSTGRESQL, "", OldSnapshot.CONFLICTS);
  }

  @Override
  Map.Entry<String, String> isolation() {
    return Map.entry("SHOW transaction_isolation", "read committed");
  }
}
