/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbSnapshotIsolationIdempotencyTest extends JdbcIdempotencyContract {
  MariadbSnapshotIsolationIdempotencyTest() {
    super(Engine.MARIADB, "&sessionVariables=innodb_snapshot_isolation=ON");
  }

  /** The row that it meets is one that its snapshot does not have. */
  @Override
  boolean refusalLeavesTheTransactionUsable() {
    return false;
  }
}
