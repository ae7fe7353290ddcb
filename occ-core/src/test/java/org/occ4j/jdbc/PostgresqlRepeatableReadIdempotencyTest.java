/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlRepeatableReadIdempotencyTest extends JdbcIdempotencyContract {
  PostgresqlRepeatableReadIdempotencyTest() {
    super(Engine.POSTGRESQL, "&options=-c%20default_transaction_isolation=repeatable\\%20read");
  }
}
