/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlStoreFaultsTest extends StoreWireFaultsContract {
  PostgresqlStoreFaultsTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  TestDatabase readOnly(TestDatabase writable) {
    return new TestDatabase(
        writable.engine(),
        writable.jdbcUrl() + "&options=-c%20default_transaction_read_only=on",
        writable.user(),
        writable.password());
  }

  @Override
  String killStatements() {
    return "SELECT 'SELECT pg_terminate_backend(' || pid || ')' FROM pg_stat_activity"
        + " WHERE datname = current_database() AND wait_event_type = 'Lock'";
  }
}
