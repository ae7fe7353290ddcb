/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.SchemaException;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

@Tag(Engine.MARIADB_TAG)
class MariadbMappedTableTest extends MappedTableContract {
  MariadbMappedTableTest() {
    super(Engine.MARIADB, "DATETIME");
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

  @Test
  void sqlModeThatCutsWhatIsTooLong_isRefused() throws Exception {
    numberedTable("lenient", "");
    String url = database.jdbcUrl();
    TestDatabase lenient =
        new TestDatabase(
            database.engine(),
            url + (url.contains("?") ? "&" : "?") + "sessionVariables=sql_mode='ANSI'",
            database.user(),
            database.password());
    try (HikariDataSource pool = lenient.pool(1);
        OccDatabase other = OccDatabase.open(pool)) {
      assertThatThrownBy(() -> other.store(numbered(TableMapping.of("lenient"), "")))
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("sql_mode has no STRICT_TRANS_TABLES");
    }
  }
}
