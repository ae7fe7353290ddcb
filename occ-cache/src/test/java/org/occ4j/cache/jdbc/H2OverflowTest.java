/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import org.occ4j.testkit.Engine;

class H2OverflowTest extends OverflowContract {
  H2OverflowTest() {
    super(Engine.H2_MEMORY, "ALTER TABLE occ_change ALTER COLUMN id RESTART WITH %d");
  }
}
