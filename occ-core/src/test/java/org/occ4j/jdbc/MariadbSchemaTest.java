/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbSchemaTest extends EngineSchemaContract {
  MariadbSchemaTest() {
    super(Engine.MARIADB, EngineProfile.Family.MARIADB);
  }

  @Override
  String[] zones() {
    return new String[] {"SET time_zone = '+13:00'", "SET time_zone = '-11:30'"};
  }
}
