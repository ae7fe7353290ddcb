/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import org.junit.jupiter.api.Tag;

@Tag(Engine.MARIADB_TAG)
class MariadbWireProxyTest extends MysqlWireProxyContract {
  MariadbWireProxyTest() {
    super(Engine.MARIADB);
  }
}
