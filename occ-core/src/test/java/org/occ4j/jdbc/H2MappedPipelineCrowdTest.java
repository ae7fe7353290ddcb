/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;

class H2MappedPipelineCrowdTest extends MappedPipelineCrowdContract {
  H2MappedPipelineCrowdTest() {
    super(Engine.H2);
  }
}
