/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * How the table, which starts the server, tells each JVM of a benchmark where the database is: by
 * system properties. A benchmark that is run alone finds an empty H2 in memory.
 */
public final class BenchmarkDatabase {
  private static final String PREFIX = "occ4j.benchmark.";

  private BenchmarkDatabase() {}

  /** The arguments for a JVM that is to use this database. */
  public static String[] jvmArguments(TestDatabase database) {
    return new String[] {
      "-D" + PREFIX + "engine=" + database.engine(),
      "-D" + PREFIX + "url=" + database.jdbcUrl(),
      "-D" + PREFIX + "user=" + database.user(),
      "-D" + PREFIX + "password=" + database.password(),
      "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
    };
  }

  /** The database that this JVM is to use. */
  public static TestDatabase given() {
    String engine = System.getProperty(PREFIX + "engine");
    if (engine == null) {
      return Engine.H2_MEMORY.server().newDatabase();
    }
    return new TestDatabase(
        Engine.valueOf(engine),
        System.getProperty(PREFIX + "url", ""),
        System.getProperty(PREFIX + "user", ""),
        System.getProperty(PREFIX + "password", ""));
  }

  /** What the server itself says about the durability of its commits. */
  public static List<String> durability(TestDatabase database) throws SQLException {
    return switch (database.engine()) {
      case POSTGRESQL ->
          ask(database, "SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes");
      case MARIADB, MARIADB_MYSQL_DRIVER ->
          ask(database, "SELECT @@innodb_flush_log_at_trx_commit", "SELECT @@log_bin");
      case H2, H2_MEMORY ->
          ask(
              database,
              "SELECT SETTING_VALUE FROM INFORMATION_SCHEMA.SETTINGS"
                  + " WHERE SETTING_NAME = 'WRITE_DELAY'");
    };
  }

  private static List<String> ask(TestDatabase database, String... questions) throws SQLException {
    List<String> answers = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String question : questions) {
        try (ResultSet row = statement.executeQuery(question)) {
          answers.add(question + ": " + (row.next() ? row.getString(1) : "no answer"));
        }
      }
    }
    return answers;
  }
}
