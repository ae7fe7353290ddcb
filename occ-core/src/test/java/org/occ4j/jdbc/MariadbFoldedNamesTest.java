/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.testkit.DatabaseSmoke;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.MariadbServer;
import org.occ4j.testkit.TestDatabase;

/**
 * A server that keeps the names of databases and tables in lower case, whatever the case in which a
 * statement spells them: {@code lower_case_table_names=1}, the default on Windows. With 2, that of
 * macOS, a server does not start on a file system that tells case apart.
 */
@Tag(Engine.MARIADB_TAG)
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MariadbFoldedNamesTest {
  private MariadbServer server;

  @BeforeAll
  void start() {
    server = MariadbServer.start(Engine.MARIADB, List.of("--lower-case-table-names=1"));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void names_inAnyCase_areTheSameTables(Engine driver) throws Exception {
    TestDatabase database = server.newDatabase(driver);
    String schema = "Shop_" + driver;
    database.execute(
        "CREATE DATABASE " + schema,
        "CREATE TABLE "
            + schema
            + ".Task (Id BIGINT PRIMARY KEY, Version BIGINT NOT NULL, At DATETIME(6) NOT NULL,"
            + " Title VARCHAR(100))");
    ownTables(database, schema).createSchema().open().close();
    try (OccDatabase node = ownTables(database, schema.toLowerCase(Locale.ROOT)).open()) {
      JdbcVersionedStore<String, String> own =
          node.store("Task", KeyCodec.strings(), Codec.strings());
      own.put("a", "1", Expected.absent()).orThrow();
      assertThat(own.get("a")).isPresent();
      for (String spelled : List.of("Task", "task", "TASK")) {
        JdbcVersionedStore<Long, String> store =
            node.store(
                MappedTableContract.numbered(
                    TableMapping.<Long, String>of(spelled).schema(schema), ""));
        Versioned<String> written = MappedTableContract.smoke(store);
        assertThat(store.get(1L)).contains(written);
        store.delete(1L, Expected.any());
      }
    }
  }

  private static OccDatabaseBuilder ownTables(TestDatabase database, String schema) {
    return OccDatabase.builder(database.dataSource()).schema(schema).tablePrefix("Acme_");
  }

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void everything_runsOnIt(Engine driver) throws Exception {
    TestDatabase database = server.newDatabase(driver);
    DatabaseSmoke.createTables(database);
    try (HikariDataSource pool = database.pool(4);
        DatabaseSmoke smoke = new DatabaseSmoke(pool, pool)) {
      smoke.round();
      smoke.round();
    }
  }
}
