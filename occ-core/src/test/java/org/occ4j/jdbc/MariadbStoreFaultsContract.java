/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Faults of a MariaDB server, by either driver. */
abstract class MariadbStoreFaultsContract extends StoreWireFaultsContract {
  MariadbStoreFaultsContract(Engine engine) {
    super(engine);
  }

  @Override
  TestDatabase readOnly(TestDatabase writable) {
    return new TestDatabase(
        writable.engine(),
        writable.jdbcUrl() + "&sessionVariables=tx_read_only=1",
        writable.user(),
        writable.password());
  }

  @Override
  String killStatements() {
    return "SELECT CONCAT('KILL CONNECTION ', trx_mysql_thread_id)"
        + " FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
  }
}
