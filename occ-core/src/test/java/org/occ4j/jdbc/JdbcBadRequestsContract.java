/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.http.BadRequests;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * Requests that are nearly right, to pipelines over a database: numbers and times that no column
 * holds are compared there.
 */
abstract class JdbcBadRequestsContract {
  private static final int REQUESTS = 400;
  private static final Column<String, String> TITLE =
      new Column<>("title", ColumnType.text(), title -> title);

  private final Engine engine;

  JdbcBadRequestsContract(Engine engine) {
    this.engine = engine;
  }

  @Test
  void handle_nearlyRight_toEachKindOfTable_isNoFaultOfTheServerAndChangesNothingUnsaid()
      throws SQLException {
    TestDatabase database = engine.server().newDatabase();
    boolean isMariadb = engine != Engine.H2_MEMORY && engine != Engine.POSTGRESQL;
    String time = isMariadb ? "DATETIME(6)" : "TIMESTAMP(6)";
    String exact = isMariadb ? " COLLATE utf8mb4_nopad_bin" : "";
    String columns = "(id VARCHAR(100)" + exact + " PRIMARY KEY, title VARCHAR(100) NOT NULL, ";
    database.execute(
        "CREATE TABLE numbered " + columns + "version INTEGER NOT NULL, at " + time + " NOT NULL)",
        "CREATE TABLE timed " + columns + "at " + time + " NOT NULL)");
    try (HikariDataSource pool = database.pool(4);
        OccDatabase node = OccDatabase.builder(pool).createSchema().open()) {
      send(node, node.store("own", KeyCodec.strings(), Codec.strings()));
      TableMapping.Builder<String, String> numbered = tasks("numbered").version("version");
      send(node, node.store(reading(numbered.versions(VersionScheme.COUNTER))));
      send(node, node.store(reading(tasks("timed"))));
    }
  }

  private static void send(OccDatabase node, JdbcVersionedStore<String, String> store) {
    BadRequests.send(REQUESTS, store, node.pipeline(store, Codec.strings()).build());
  }

  private static TableMapping.Builder<String, String> tasks(String table) {
    return TableMapping.<String, String>of(table)
        .key("id", KeyCodec.strings(), ColumnType.text())
        .updatedAt("at");
  }

  private static TableMapping<String, String> reading(TableMapping.Builder<String, String> table) {
    return table.columns(List.of(TITLE)).reading((key, row) -> row.require(TITLE));
  }
}
