/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;

class H2EndedByTheEffectTest extends EndedByTheEffectContract {
  H2EndedByTheEffectTest() {
    super(Engine.H2);
  }

  /** H2 releases savepoints in the driver; then the answer is stored, and the effect not lost. */
  @Override
  boolean noticesAtTheEnd() {
    return false;
  }
}
