/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import org.occ4j.testkit.Engine;

class H2CachedHistoryTest extends HistoryContract {
  H2CachedHistoryTest() {
    super(Engine.H2, 2);
  }
}
