/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a driver must be able to do on PostgreSQL, tried once when a database opens. */
public final class PostgresqlDriver {

  /** Two statements in one, as every write is; their columns differ. */
  private static final String PAIR =
      "SELECT CAST(? AS BIGINT); SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BYTEA)";

  private static final String TEXT = "it's \\ text";
  private static final byte[] BYTES = {'i', 0, '\\', '\'', -1};

  private static final String PROTOCOL_VIOLATION = "08P01";

  private PostgresqlDriver() {}

  /**
   * Refuses a driver that does not run two statements in one, garbles values, or loses savepoints.
   *
   * @throws IllegalStateException naming the option that is known for it
   */
  public static void check(Connection connection) throws SQLException {
    checkValues(connection);
    checkSavepoint(connection);
  }

  private static void checkValues(Connection connection) throws SQLException {
    try (PreparedStatement pair = connection.prepareStatement(PAIR)) {
      pair.setLong(1, 1);
      pair.setLong(2, 2);
      pair.setString(3, TEXT);
      pair.setBytes(4, BYTES);
      if (!pair.execute() || !isFirst(pair) || !pair.getMoreResults()) {
        throw noPair(null);
      }
      checkSecond(pair);
    } catch (SQLException error) {
      if (isLoss(error.getSQLState())) {
        throw error;
      }
      throw noPair(error);
    }
  }

  private static void checkSavepoint(Connection connection) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try (Statement first = connection.createStatement();
        PreparedStatement sets = connection.prepareStatement("SELECT 1; SAVEPOINT occ_probe");
        PreparedStatement releases =
            connection.prepareStatement("RELEASE SAVEPOINT occ_probe; SELECT 1")) {
      first.execute("SELECT 1"); // drivers set savepoints of their own before what comes second
      sets.execute();
      releases.execute();
    } catch (SQLException error) {
      if (!SqlErrors.isSavepointGone(error)) {
        throw error;
      }
      throw new IllegalStateException(
          "the driver releases savepoints that it did not set; pgjdbc does with autosave=always and"
              + " cleanupSavepoints=true: set cleanupSavepoints=false",
          error);
    } finally {
      connection.rollback();
      connection.setAutoCommit(autoCommit);
    }
  }

  private static boolean isLoss(@Nullable String state) {
    return state != null
        && (state.startsWith("08") || state.startsWith("57P"))
        && !state.equals(PROTOCOL_VIOLATION);
  }

  private static boolean isFirst(PreparedStatement pair) throws SQLException {
    try (ResultSet first = pair.getResultSet()) {
      return first.next() && first.getLong(1) == 1;
    }
  }

  private static void checkSecond(PreparedStatement pair) throws SQLException {
    try (ResultSet second = pair.getResultSet()) {
      if (!second.next() || second.getLong(1) != 2) {
        throw noPair(null);
      }
      if (!TEXT.equals(second.getString(2)) || !Arrays.equals(BYTES, second.getBytes(3))) {
        throw new IllegalStateException(
            "the driver garbles text or bytes on their way to the database; pgjdbc does with"
                + " preferQueryMode=simple where standard_conforming_strings=off: change one");
      }
    }
  }

  private static IllegalStateException noPair(@Nullable SQLException error) {
    return new IllegalStateException(
        "the driver, or a proxy behind it, does not run two statements in one PreparedStatement;"
            + " pgjdbc does not with prepareThreshold=-1, where it takes the columns of one for"
            + " those of the other: set prepareThreshold to 0 or more",
        error);
  }
}
