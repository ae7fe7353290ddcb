/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

/** Keys that only a statement which says so may give. */
@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlAlwaysGeneratedKeyTest extends GeneratedKeyContract {
  PostgresqlAlwaysGeneratedKeyTest() {
    super(Engine.POSTGRESQL, "BIGINT GENERATED ALWAYS AS IDENTITY");
  }
}
