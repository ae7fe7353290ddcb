/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbMysqlDriverPacketTest extends MariadbPacketContract {
  MariadbMysqlDriverPacketTest() {
    super(Engine.MARIADB_MYSQL_DRIVER);
  }
}
