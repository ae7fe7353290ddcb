/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlSchemaProcessesTest extends SchemaProcessesContract {
  @Override
  TestDatabase emptyDatabase() {
    return Engine.POSTGRESQL.server().newDatabase();
  }
}
