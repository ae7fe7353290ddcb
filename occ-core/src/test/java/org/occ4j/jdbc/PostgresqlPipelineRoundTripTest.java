/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlPipelineRoundTripTest extends PipelineRoundTripContract {
  PostgresqlPipelineRoundTripTest() {
    super(Engine.POSTGRESQL, 2);
  }

  @Test
  void apply_manyKeysOfAMappedTableWait_shareOneRoundTripAlsoWhereARivalWroteOne()
      throws Exception {
    requireSharingInAMappedTable();
  }
}
