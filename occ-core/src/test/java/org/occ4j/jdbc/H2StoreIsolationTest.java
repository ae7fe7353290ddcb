/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.occ4j.testkit.Engine;

class H2StoreIsolationTest extends StoreIsolationContract {
  H2StoreIsolationTest() {
    super(Engine.H2_MEMORY, ";LOCK_TIMEOUT=60000", OldSnapshot.CONFLICTS);
  }

  @Override
  Map.Entry<String, String> isolation() {
    return Map.entry(
        "SELECT ISOLATION_LEVEL FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()",
        "READ COMMITTED");
  }
}
