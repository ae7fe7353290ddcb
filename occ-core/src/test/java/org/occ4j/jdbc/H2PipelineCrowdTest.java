/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;

class H2PipelineCrowdTest extends PipelineQueueContract {
  H2PipelineCrowdTest() {
    super(Engine.H2_MEMORY);
  }
}
