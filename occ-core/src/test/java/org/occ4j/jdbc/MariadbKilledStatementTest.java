/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/**
 * A statement that is killed ({@code KILL QUERY}, as a statement's time-out does it) in the middle
 * of a block, where no handler of the block runs: what the block had written must not be committed
 * by whatever comes next on the connection.
 */
@Tag(Engine.MARIADB_TAG)
@Timeout(300)
class MariadbKilledStatementTest {

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void apply_killedBeforeTheAnswerIsWritten_leavesNothingBehind(Engine driver) throws Exception {
    TestDatabase database = database(driver);
    try (HikariDataSource pool = database.pool(1);
        OccDatabase node =
            OccDatabase.builder(pool)
                .profile(withSlowClock(EngineProfile.of(EngineProfile.Family.MARIADB, "slow")))
                .open()) {
      JdbcMutationPipeline<String, String> pipeline =
          node.pipeline(
                  node.store("test", KeyCodec.strings(), Codec.strings()).recordChanges(true),
                  Codec.strings())
              .build();
      Mutation<String, String> mutation =
          Mutation.of(
                  new MutationId(new Scope("acme", "ada", "edit"), UUID.randomUUID()),
                  "k",
                  Expected.absent(),
                  Edit.set("v"))
              .build();
      Running<?> killer = killer(database);
      assertThatThrownBy(() -> pipeline.apply(mutation))
          .isInstanceOf(OutcomeUnknownException.class);
      killer.result();
      assertThat(pipeline.apply(mutation)).isInstanceOf(MutationResult.Applied.class);
      assertThat(rows(database, "occ_store")).isOne();
      assertThat(rows(database, "occ_mutation")).isOne();
      assertThat(rows(database, "occ_change")).isOne();
    }
  }

  /** A new database, in which the clock of the first block that has written a row stands still. */
  private static TestDatabase database(Engine driver) throws SQLException {
    TestDatabase database = driver.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute(
        "CREATE TRIGGER written AFTER INSERT ON occ_store FOR EACH ROW"
            + " SET @waits = IF(@waits IS NULL, 1, 0)");
    return database;
  }

  /** The block reads it by a statement of its own; BENCHMARK ends silently when it is killed. */
  private static EngineProfile withSlowClock(EngineProfile mariadb) {
    String waits =
        " + IF(@waits = 1, (@waits := 0) + 0 * GET_LOCK(DATABASE(), 0)"
            + " + BENCHMARK(1000000000000, MD5('a')), 0)";
    return new EngineProfile(
        mariadb.family(),
        mariadb.version(),
        mariadb.identifierQuote(),
        mariadb.folding(),
        "(" + mariadb.nowMicros() + waits + ")",
        false);
  }

  /** Kills the statement of the session that is in the trigger. BENCHMARK ends then, silently. */
  private static Running<?> killer(TestDatabase database) {
    return Running.start(
        () -> {
          try (Connection connection = database.connect();
              Statement statement = connection.createStatement()) {
            await().until(() -> inTrigger(statement) != 0);
            statement.execute("KILL QUERY " + inTrigger(statement));
            return true;
          }
        });
  }

  private static long inTrigger(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT IS_USED_LOCK(DATABASE())")) {
      row.next();
      return row.getLong(1);
    }
  }

  private static long rows(TestDatabase database, String table) throws SQLException {
    try (Connection connection = database.connect();
        PreparedStatement query = connection.prepareStatement("SELECT COUNT(*) FROM " + table);
        ResultSet row = query.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }
}
