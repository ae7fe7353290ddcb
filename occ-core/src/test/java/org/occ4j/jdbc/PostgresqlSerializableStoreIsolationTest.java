/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlSerializableStoreIsolationTest extends StoreIsolationContract {
  PostgresqlSerializableStoreIsolationTest() {
    super(
        Engine.POSTGRESQL,
        "&options=-c%20default_transaction_isolation=serializable",
        OldSnapshot.ENDS_THE_TRANSACTION);
  }

  @Override
  Map.Entry<String, String> isolation() {
    return Map.entry("SHOW transaction_isolation", "serializable");
  }

  @Override
  boolean conflictTellsTheSnapshot() {
    return true;
  }
}
