/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.store.Scan;

/** The whole library under each mode of H2, with the settings that its manual gives to the mode. */
class H2ModesTest {

  record Task(long id, String title) {}

  private static final Column<Task, String> TITLE =
      new Column<>("title", ColumnType.text(), Task::title);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MODE=REGULAR",
        "MODE=LEGACY",
        "MODE=STRICT",
        "MODE=DB2;DEFAULT_NULL_ORDERING=HIGH",
        "MODE=Derby",
        "MODE=HSQLDB",
        "MODE=MSSQLServer;DATABASE_TO_LOWER=FALSE",
        "MODE=MSSQLServer;DATABASE_TO_UPPER=FALSE;CASE_INSENSITIVE_IDENTIFIERS=TRUE",
        "MODE=MySQL;DATABASE_TO_LOWER=TRUE",
        "MODE=MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE",
        "MODE=MariaDB;DATABASE_TO_LOWER=TRUE",
        "MODE=Oracle;DEFAULT_NULL_ORDERING=HIGH",
        "MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH",
        "MODE=PostgreSQL",
        "DATABASE_TO_UPPER=FALSE",
        "CASE_INSENSITIVE_IDENTIFIERS=TRUE",
        "NON_KEYWORDS=KEY,VALUE",
        "DATABASE_TO_UPPER=FALSE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
      })
  void mode_hasTheWholeLibraryWorking(String settings) throws Exception {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";" + settings);
    try (Connection alive = source.getConnection();
        Statement statement = alive.createStatement()) {
      for (OccDatabaseBuilder builder :
          List.of(
              OccDatabase.builder(source),
              OccDatabase.builder(source).schema("occ").tablePrefix("Acme_"))) {
        try (OccDatabase node = builder.createSchema().open()) {
          Smoke.run(node);
        }
        builder.open().close();
      }
      statement.execute("SELECT COUNT(*) FROM occ.Acme_store");
      statement.execute(
          "CREATE TABLE task (id BIGINT PRIMARY KEY, version BIGINT NOT NULL,"
              + " updated_at TIMESTAMP(6) NOT NULL, title VARCHAR(100) NOT NULL)");
      try (OccDatabase node = OccDatabase.open(source)) {
        mapped(node);
      }
    }
  }

  private static void mapped(OccDatabase node) {
    JdbcVersionedStore<Long, Task> tasks =
        node.store(
            TableMapping.<Long, Task>of("task")
                .key("id", KeyCodec.longs(), ColumnType.longs())
                .version("version")
                .updatedAt("updated_at")
                .columns(List.of(TITLE))
                .reading((id, row) -> new Task(id, row.require(TITLE))));
    Versioned<Task> first = tasks.put(1L, new Task(1, "a"), Expected.absent()).orThrow();
    assertThat(tasks.get(1L)).contains(first);
    Expected then = Expected.version(first.version());
    Versioned<Task> next = tasks.put(1L, new Task(1, "b"), then).orThrow();
    assertThat(tasks.put(1L, new Task(1, "c"), then).isApplied()).isFalse();
    assertThat(tasks.scan(Scan.all(10)).entries()).hasSize(1);
    assertThat(tasks.delete(1L, Expected.version(next.version())).isApplied()).isTrue();
  }
}
