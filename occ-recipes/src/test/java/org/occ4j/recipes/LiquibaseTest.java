/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import liquibase.Scope;
import liquibase.UpdateSummaryOutputEnum;
import liquibase.command.CommandScope;
import liquibase.command.core.UpdateCommandStep;
import liquibase.command.core.helpers.DbUrlConnectionArgumentsCommandStep;
import liquibase.command.core.helpers.ShowSummaryArgument;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.ui.LoggerUIService;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.OccDatabase;

/**
 * The library's tables by Liquibase: the change set {@code db/changelog/occ4j.xml} runs the DDL
 * that lies in the jar. An application includes it in its own change log.
 */
class LiquibaseTest {

  private static void update(HikariDataSource pool) throws Exception {
    try (Connection connection = pool.getConnection()) {
      Database database =
          DatabaseFactory.getInstance()
              .findCorrectDatabaseImplementation(new JdbcConnection(connection));
      Scope.child(
          Scope.Attr.ui,
          new LoggerUIService(),
          () ->
              new CommandScope(UpdateCommandStep.COMMAND_NAME)
                  .addArgumentValue(DbUrlConnectionArgumentsCommandStep.DATABASE_ARG, database)
                  .addArgumentValue(UpdateCommandStep.CHANGELOG_FILE_ARG, "db/changelog/occ4j.xml")
                  .addArgumentValue(
                      ShowSummaryArgument.SHOW_SUMMARY_OUTPUT, UpdateSummaryOutputEnum.LOG)
                  .execute());
    }
  }

  @Test
  void update_beforeTheDatabaseIsOpened_makesWhatItAsksFor() throws Exception {
    try (HikariDataSource pool = Databases.pool()) {
      update(pool);
      update(pool); // as at the next start
      try (OccDatabase database = OccDatabase.open(pool)) {
        assertThat(
                database
                    .store("notes", KeyCodec.strings(), Codec.strings())
                    .put("a", "b", Expected.absent())
                    .isApplied())
            .isTrue();
      }
    }
  }
}
