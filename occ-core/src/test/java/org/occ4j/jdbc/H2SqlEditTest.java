/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;

class H2SqlEditTest extends SqlEditContract {
  H2SqlEditTest() {
    super(Engine.H2_MEMORY);
  }
}
