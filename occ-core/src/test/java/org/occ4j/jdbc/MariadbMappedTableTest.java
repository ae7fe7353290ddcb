/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.Test;
import org.occ4j.SchemaException;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

class MariadbMappedTableTest extends MariadbMappedTableContract {
  MariadbMappedTableTest() {
    super(Engine.MARIADB);
  }

  @Test
  void sqlModeThatCutsWhatIsTooLong_isRefused() throws Exception {
    numberedTable("lenient", "");
    TestDatabase lenient =
        new TestDatabase(
            database.engine(), lenient(database.jdbcUrl()), database.user(), database.password());
    try (HikariDataSource pool = lenient.pool(1);
        OccDatabase other = OccDatabase.open(pool)) {
      assertThatThrownBy(() -> other.store(numbered(TableMapping.of("lenient"), "")))
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("sql_mode has no STRICT_TRANS_TABLES");
    }
  }

  private static String lenient(String url) {
    String name = "sessionVariables=";
    String lenient = name + "sql_mode='ANSI'";
    return url.contains(name)
        ? url.replace(name, lenient + ",")
        : url + (url.contains("?") ? "&" : "?") + lenient;
  }
}
