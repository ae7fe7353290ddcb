/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;

/** Keys that only a statement which says so may give. */
class H2AlwaysGeneratedKeyTest extends GeneratedKeyContract {
  H2AlwaysGeneratedKeyTest() {
    super(Engine.H2_MEMORY, "BIGINT GENERATED ALWAYS AS IDENTITY");
  }
}
