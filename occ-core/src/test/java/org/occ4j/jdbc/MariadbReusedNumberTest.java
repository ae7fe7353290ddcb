/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * After a crash the server may give a change a number that another one has: seen once in a history
 * of kills ({@code docs/proof.md}). Nobody's data was refused, and the next number is free.
 */
@Tag(Engine.MARIADB_TAG)
class MariadbReusedNumberTest {

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void write_whoseChangeIsGivenAUsedNumber_isDone(Engine driver) throws Exception {
    TestDatabase database = driver.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    try (Connection only = database.connect();
        OccDatabase node = OccDatabase.open(FaultyDataSource.poolOf(only))) {
      JdbcVersionedStore<String, String> store =
          node.store("note", KeyCodec.strings(), Codec.strings()).recordChanges(true);
      JdbcMutationPipeline<String, String> pipeline = node.pipeline(store, Codec.strings()).build();
      store.put("a", "1", Expected.absent()).orThrow();
      useAgain(only);
      store.put("a", "2", Expected.present()).orThrow();
      useAgain(only);
      store.put("b", "1", Expected.absent()).orThrow();
      useAgain(only);
      MutationId id = new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
      assertThat(pipeline.apply(Mutation.of(id, "a", Expected.any(), Edit.set("3")).build()))
          .satisfies(result -> assertThat(result.isApplied()).isTrue());
      assertThat(Sql.number(only, "SELECT COUNT(*) FROM occ_change")).isEqualTo(4);
    }
  }

  private static void useAgain(Connection connection) throws SQLException {
    long used = Sql.number(connection, "SELECT MAX(id) FROM occ_change");
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET INSERT_ID = " + used);
    }
  }
}
