/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.Engine;

/** Mapped tables on MariaDB, by whichever driver. */
@Tag(Engine.MARIADB_TAG)
abstract class MariadbMappedTableContract extends MappedTableContract {
  MariadbMappedTableContract(Engine engine) {
    super(engine, "DATETIME");
  }

  @Test
  void tableThatCannotServe_isRefused() throws SQLException {
    String exact = "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL";
    String rest = ", version BIGINT NOT NULL, title VARCHAR(9)";
    database.execute(
        "CREATE TABLE cased (id VARCHAR(50) PRIMARY KEY" + rest + ")",
        "CREATE TABLE front (id " + exact + rest + ", UNIQUE (id(5)))",
        "CREATE TABLE aria (id " + exact + rest + ", PRIMARY KEY (id)) ENGINE = Aria");
    assertRefused(keyed(TableMapping.of("cased")), "id does not compare exactly", "utf8mb4");
    assertRefused(keyed(TableMapping.of("front")), "id has no primary key or unique index");
    assertRefused(keyed(TableMapping.of("aria")), "engine Aria");
  }

  @Override
  List<String> typesThatAreNoText() {
    return List.of(
        "UUID",
        "DATE",
        "BINARY(5)",
        "VARBINARY(5)",
        "INET6",
        "CHAR(5) COLLATE utf8mb4_nopad_bin",
        "VARCHAR(5) CHARACTER SET latin1 COLLATE latin1_nopad_bin",
        "VARCHAR(5) COLLATE utf8mb4_bin");
  }
}
