/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Commit;
import org.occ4j.store.Scan;
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

  /** Zero asks an AUTO_INCREMENT for its next number, and a trigger may do as it likes. */
  @Test
  void rowStoredUnderAnotherKey_isRefusedAndNothingIsThere() throws Exception {
    database.execute(
        "CREATE TABLE counted (id BIGINT AUTO_INCREMENT PRIMARY KEY, version BIGINT NOT NULL,"
            + " at DATETIME(6) NOT NULL, title VARCHAR(9))",
        "CREATE TABLE moved (id BIGINT PRIMARY KEY, version BIGINT NOT NULL,"
            + " at DATETIME(6) NOT NULL, title VARCHAR(9))",
        "CREATE TRIGGER moves BEFORE INSERT ON moved FOR EACH ROW SET NEW.id = NEW.id + 100");
    for (String table : List.of("counted", "moved")) {
      JdbcVersionedStore<Long, String> store = node.store(numbered(TableMapping.of(table), ""));
      JdbcMutationPipeline<Long, String> pipeline = node.pipeline(store, Codec.strings()).build();
      MutationId id = new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
      for (Expected expected : List.of(Expected.absent(), Expected.any())) {
        assertThatThrownBy(() -> store.put(0L, "x", expected))
            .as(table)
            .isInstanceOf(DataRejectedException.class);
        assertThatThrownBy(() -> store.commit(Commit.<Long, String>empty().put(0L, "x", expected)))
            .as(table)
            .isInstanceOf(DataRejectedException.class);
        assertThatThrownBy(
                () -> pipeline.apply(Mutation.of(id, 0L, expected, Edit.set("x")).build()))
            .as(table)
            .isInstanceOf(DataRejectedException.class);
      }
      assertThat(store.scan(Scan.all(10)).entries()).as(table).isEmpty();
    }
    JdbcVersionedStore<Long, String> counted = node.store(numbered(TableMapping.of("counted"), ""));
    smoke(counted);
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
