/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.occ4j.SchemaException;
import org.occ4j.testkit.Engine;

class H2MappedTableTest extends MappedTableContract {
  H2MappedTableTest() {
    super(Engine.H2_MEMORY, "TIMESTAMP");
  }

  @Test
  void keyThatDoesNotCompareExactly_isRefused() throws SQLException {
    database.execute(
        "CREATE DOMAIN email AS VARCHAR_IGNORECASE(50)",
        "CREATE TABLE cased (id VARCHAR_IGNORECASE(50) PRIMARY KEY, version BIGINT NOT NULL,"
            + " title VARCHAR(9))",
        "CREATE TABLE mailed (id email PRIMARY KEY, version BIGINT NOT NULL, title VARCHAR(9))",
        "CREATE TABLE padded (id CHAR(9) PRIMARY KEY, version BIGINT NOT NULL, title VARCHAR(9))");
    assertRefused(keyed(TableMapping.of("cased")), "id does not compare exactly", "ignorecase");
    assertRefused(keyed(TableMapping.of("mailed")), "id does not compare exactly", "ignorecase");
    assertRefused(keyed(TableMapping.of("padded")), "id does not compare exactly", "character");
  }

  /** Of the whole database, so our own tables tell their names apart no better. */
  @Test
  void collationOfTheDatabase_isRefusedByName() throws SQLException {
    for (String strength : new String[] {"PRIMARY", "SECONDARY", "TERTIARY"}) {
      JdbcDataSource source = new JdbcDataSource();
      source.setURL("jdbc:h2:mem:" + UUID.randomUUID());
      try (var alive = source.getConnection();
          var statement = alive.createStatement()) {
        statement.execute("SET COLLATION ENGLISH STRENGTH " + strength);
        assertThatThrownBy(() -> OccDatabase.builder(source).createSchema().open())
            .isInstanceOf(SchemaException.class)
            .hasMessageContaining("namespace does not tell all names apart")
            .hasMessageContaining("ENGLISH");
      }
    }
  }

  @Override
  List<String> typesThatAreNoText() {
    return List.of("UUID", "DATE", "BINARY(5)", "VARBINARY(5)", "BOOLEAN", "CHAR(5)");
  }
}
