/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.StoreUnavailableException;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.SmallDisk;
import org.occ4j.testkit.TestDatabase;

/**
 * An update for which there is no room ends its block without any handler, and leaves the
 * transaction open. {@code .ci/prove} runs it.
 */
@Tag(Engine.MARIADB_TAG)
@Timeout(300)
@EnabledIfSystemProperty(named = "occ.proof.rounds", matches = ".+")
class MariadbFullDiskTest {
  private static final int KEYS = 8;
  private static final int ROUNDS = 200;

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void put_updateWithoutRoom_leavesNoTransactionOpen(Engine driver) throws Exception {
    try (DatabaseProcess server = driver.startProcess();
        SmallDisk disk = SmallDisk.under(server)) {
      assumeThat(disk).as("no tmpfs can be mounted").isNotNull();
      TestDatabase database = server.newDatabase();
      try (HikariDataSource pool = database.pool(1);
          OccDatabase node = OccDatabase.builder(pool).createSchema().open()) {
        VersionedStore<String, String> store =
            node.store("test", KeyCodec.strings(), Codec.strings());
        write(store, 0);
        disk.fill();
        assertThat(isRefusedWhenItGrows(store)).isTrue();
        assertThat(openTransactions(database)).isZero();
        disk.makeRoom();
        write(store, 1);
      }
    }
  }

  private static void write(VersionedStore<String, String> store, int round) {
    for (int key = 0; key < KEYS; key++) {
      store.put("key" + key, "x".repeat(1 + 40 * round), Expected.any()).orThrow();
    }
  }

  private static boolean isRefusedWhenItGrows(VersionedStore<String, String> store) {
    try {
      for (int round = 0; round < ROUNDS; round++) {
        write(store, round);
      }
      return false;
    } catch (StoreUnavailableException full) {
      return true;
    }
  }

  private static int openTransactions(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT COUNT(*) FROM information_schema.innodb_trx")) {
      row.next();
      return row.getInt(1);
    }
  }
}
