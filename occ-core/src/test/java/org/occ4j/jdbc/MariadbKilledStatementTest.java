/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
        OccDatabase node = OccDatabase.builder(pool).profile(withDeadlyClock()).open()) {
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
      assertThatThrownBy(() -> pipeline.apply(mutation))
          .isInstanceOf(OutcomeUnknownException.class);
      assertThat(pipeline.apply(mutation)).isInstanceOf(MutationResult.Applied.class);
      assertThat(rows(database, "occ_store")).isOne();
      assertThat(rows(database, "occ_mutation")).isOne();
      assertThat(rows(database, "occ_change")).isOne();
    }
  }

  /** A new database, in which the block that is the first to write a row is killed after it. */
  private static TestDatabase database(Engine driver) throws SQLException {
    TestDatabase database = driver.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute(
        "CREATE TRIGGER written AFTER INSERT ON occ_store FOR EACH ROW"
            + " SET @kills = IF(@kills IS NULL, 1, 0)",
        // The error of the KILL is handled here, so that the block learns of it as of one by
        // another session that comes between two of its statements.
        "CREATE FUNCTION kill_query() RETURNS INT BEGIN DECLARE CONTINUE HANDLER FOR 1317 BEGIN END;"
            + " KILL QUERY CONNECTION_ID(); RETURN 0; END");
    return database;
  }

  /** The block reads the clock by a statement of its own when it has written the row. */
  private static EngineProfile withDeadlyClock() {
    EngineProfile mariadb = EngineProfile.of(EngineProfile.Family.MARIADB, "MariaDB");
    return new EngineProfile(
        mariadb.family(),
        mariadb.version(),
        mariadb.identifierQuote(),
        mariadb.folding(),
        "(" + mariadb.nowMicros() + " + IF(@kills = 1, (@kills := 0) + kill_query(), 0))",
        false);
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
