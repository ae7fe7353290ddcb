/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The number by which a transaction on PostgreSQL is known. By it is noticed that code of the
 * application has sent a {@code COMMIT} or {@code ROLLBACK} as text, which the driver does not
 * refuse. It is asked for and compared by statements that are sent in any case.
 */
public final class PostgresqlTransaction {

  /** An expression: the number, as a text. Whoever asks for it is about to write. */
  public static final String NUMBER = "CAST(pg_current_xact_id() AS TEXT)";

  /** An expression that is 0 in the transaction whose number is bound, and fails in another one. */
  public static final String REQUIRE =
      "ln(CASE WHEN pg_current_xact_id_if_assigned() = CAST(? AS xid8) THEN 1 ELSE 0 END)";

  /** The logarithm of zero: nothing else in the library's statements can fail in this way. */
  private static final String ANOTHER = "2201E";

  private static final String STATUS = "SELECT pg_xact_status(CAST(? AS xid8)) = 'committed'";

  private PostgresqlTransaction() {}

  /** Whether a statement failed because of {@link #REQUIRE}. */
  public static boolean isAnother(SQLException error) {
    return ANOTHER.equals(error.getSQLState());
  }

  /**
   * Makes sure that the present transaction is the one with this number.
   *
   * @throws SQLException of which {@link #isAnother} says that it is not
   */
  public static void require(Connection connection, @Nullable String number) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("SELECT " + REQUIRE)) {
      statement.setString(1, number);
      statement.execute();
    }
  }

  /** Whether the transaction with this number was committed. */
  public static boolean isCommitted(Connection connection, @Nullable String number)
      throws SQLException {
    return answer(connection, STATUS, number);
  }

  /**
   * Rolls the present transaction back, and tells whether the one with this number is committed.
   */
  public static boolean isCommittedAfterRollback(Connection connection, @Nullable String number)
      throws SQLException {
    try {
      return answer(connection, "ROLLBACK; " + STATUS, number);
    } catch (SQLException error) {
      if (SqlErrors.meaningOf(error) != SqlErrors.Meaning.TRANSACTION_FAILED) {
        throw error;
      }
      // With autosave=conservative the driver sends a savepoint first, also after a failure.
      connection.rollback();
      return isCommitted(connection, number);
    }
  }

  private static boolean answer(Connection connection, String sql, @Nullable String number)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, number);
      boolean isRows = statement.execute() || statement.getMoreResults();
      Results.require(isRows, "a count where a row was asked for");
      try (ResultSet row = statement.getResultSet()) {
        Results.require(row.next(), "no row where one was asked for");
        return row.getBoolean(1);
      }
    }
  }
}
