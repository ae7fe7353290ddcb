/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;

/**
 * Runs DDL that other nodes may run at the same moment. {@code IF NOT EXISTS} alone does not do: it
 * looks, and then the rival is faster. PostgreSQL and MariaDB have a lock for it; on H2, and where
 * somebody else's tool makes the same tables, whoever was slower begins anew and finds them there.
 */
final class SchemaCreation {
  private static final long LOCK_KEY = 0x6F63_6334_6A73_6368L; // any number that nobody else takes
  private static final String LOCK_NAME = "occ4j.schema";
  private static final int LOCK_SECONDS = 60;
  private static final int MAX_TRIES = 50;
  private static final int PAUSE_MILLIS = 40;

  /** States and codes of "is there already", of schemas, tables and indexes. */
  private static final Set<String> THERE_STATES =
      Set.of("42S01", "42S11", "42P06", "42P07", "42710", "90078");

  private static final Set<Integer> THERE_CODES = Set.of(1007, 1050, 1061);

  private final Engine.DdlMode mode;

  SchemaCreation(Engine.DdlMode mode) {
    this.mode = mode;
  }

  /**
   * Runs the statements and commits.
   *
   * @param statements each harmless where it has been run
   * @throws SchemaException if the database refuses one, as for want of a right
   */
  void run(Connection connection, List<String> statements) throws SQLException {
    for (int tries = 1; ; tries++) {
      try {
        runOnce(connection, statements);
        return;
      } catch (SQLException error) {
        if (!isRace(error) || tries == MAX_TRIES) {
          throw refused(error);
        }
        pause();
      }
    }
  }

  private static SQLException refused(SQLException error) {
    String state = error.getSQLState();
    if (state != null && state.startsWith("42")) {
      throw new SchemaException(
          "the database refused to make the tables: " + error.getMessage(), error);
    }
    return error;
  }

  private static boolean isRace(SQLException error) {
    return switch (SqlErrors.meaningOf(error)) {
      case DUPLICATE, BUSY, TRANSACTION_DEAD -> true;
      default ->
          THERE_STATES.contains(String.valueOf(error.getSQLState()))
              || THERE_CODES.contains(error.getErrorCode());
    };
  }

  private static void pause() {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(PAUSE_MILLIS));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while the tables were made", interrupted);
    }
  }

  private void runOnce(Connection connection, List<String> statements) throws SQLException {
    switch (mode) {
      case IN_TRANSACTION -> inTransaction(connection, statements);
      case UNDER_LOCK -> underLock(connection, statements);
      case ONE_BY_ONE -> execute(connection, statements);
    }
  }

  /** All or nothing, so a node that dies in the middle leaves nothing. */
  private static void inTransaction(Connection connection, List<String> statements)
      throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try {
      try (PreparedStatement lock =
          connection.prepareStatement("SELECT pg_catalog.pg_advisory_xact_lock(?)")) {
        lock.setLong(1, LOCK_KEY);
        lock.execute();
      }
      execute(connection, statements);
    } catch (SQLException failure) {
      connection.rollback();
      throw failure;
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  private static void underLock(Connection connection, List<String> statements)
      throws SQLException {
    boolean locked = lock(connection);
    try {
      execute(connection, statements);
    } finally {
      if (locked) {
        ask(connection, "SELECT RELEASE_LOCK('" + LOCK_NAME + "')");
      }
    }
  }

  /** A Galera cluster has no such locks, but runs DDL in one order on all of its nodes. */
  private static boolean lock(Connection connection) throws SQLException {
    int got;
    try {
      got = ask(connection, "SELECT GET_LOCK('" + LOCK_NAME + "', " + LOCK_SECONDS + ")");
    } catch (SQLException unsupported) {
      return false;
    }
    if (got != 1) {
      throw new StoreUnavailableException(
          "another node has been making tables for " + LOCK_SECONDS + " s", null);
    }
    return true;
  }

  private static int ask(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getInt(1) : 0;
    }
  }

  private static void execute(Connection connection, List<String> statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
    if (!connection.getAutoCommit()) {
      connection.commit();
    }
  }
}
