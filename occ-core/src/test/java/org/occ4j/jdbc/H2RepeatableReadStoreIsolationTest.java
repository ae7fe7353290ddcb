/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.occ4j.testkit.Engine;

class H2RepeatableReadStoreIsolationTest extends StoreIsolationContract {
  H2RepeatableReadStoreIsolationTest() {
    super(
        Engine.H2_MEMORY,
        ";LOCK_TIMEOUT=60000;INIT=SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        OldSnapshot.ENDS_THE_TRANSACTION);
  }

  @Override
  Map.Entry<String, String> isolation() {
    return Map.entry(
        "SELECT ISOLATION_LEVEL FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()",
        "REPEATABLE READ");
  }
}
