/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import org.occ4j.testkit.Engine;

class H2CachedStoreTest extends JdbcCachedStoreContract {
  H2CachedStoreTest() {
    super(Engine.H2);
  }
}
