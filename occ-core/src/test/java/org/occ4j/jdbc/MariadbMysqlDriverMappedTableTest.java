/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.testkit.Engine;

class MariadbMysqlDriverMappedTableTest extends MariadbMappedTableContract {
  MariadbMysqlDriverMappedTableTest() {
    super(Engine.MARIADB_MYSQL_DRIVER);
  }
}
