/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;

class H2SurprisingDriverTest extends SurprisingDriverContract {
  H2SurprisingDriverTest() {
    super(Engine.H2);
  }

  @Override
  boolean keepsAnswersFirst() {
    return false; // Its statements are calls, so the row is read in between.
  }
}
