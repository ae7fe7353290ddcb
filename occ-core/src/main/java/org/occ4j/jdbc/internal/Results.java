/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The result sets of one execution, in order: as many as were asked for, no counts among them and
 * none left over.
 */
public final class Results {
  private final PreparedStatement statement;
  private boolean started;

  /** The results of a statement that is about to be executed. */
  public Results(PreparedStatement statement) {
    this.statement = statement;
  }

  /** The next result set; the first call executes the statement. */
  public ResultSet next() throws SQLException {
    boolean isRows = started ? statement.getMoreResults() : statement.execute();
    started = true;
    require(isRows, "a count where rows were asked for");
    ResultSet rows = statement.getResultSet();
    if (rows == null) {
      throw new MisfitException("no rows where rows were asked for");
    }
    return rows;
  }

  /** Makes sure that nothing is left but the count in which a block ends. */
  public void end() throws SQLException {
    require(!statement.getMoreResults(), "more rows than were asked for");
  }

  /** What reads an answer. */
  public interface Reading<T> {
    /** Reads one. */
    T read() throws SQLException;
  }

  /**
   * Reads an answer to a statement that is done. Whatever SQLSTATE a driver gives to a value that
   * it cannot read, it is no refusal of the statement.
   *
   * @throws MisfitException if it cannot be read
   */
  public static <T> T read(Reading<T> reading) {
    try {
      return reading.read();
    } catch (SQLException unreadable) {
      throw new MisfitException("an answer that cannot be read", unreadable);
    }
  }

  /**
   * Makes sure of what an answer must be like.
   *
   * @throws MisfitException if it is not
   */
  public static void require(boolean fits, String otherwise) {
    if (!fits) {
      throw new MisfitException(otherwise);
    }
  }
}
