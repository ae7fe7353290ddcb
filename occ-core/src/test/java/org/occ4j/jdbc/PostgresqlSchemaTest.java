/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlSchemaTest extends EngineSchemaContract {
  PostgresqlSchemaTest() {
    super(Engine.POSTGRESQL, EngineProfile.Family.POSTGRESQL);
  }

  @Override
  String[] zones() {
    return new String[] {"SET TIME ZONE 'Europe/Berlin'", "SET TIME ZONE 'UTC'"};
  }
}
