/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Anonymous blocks of MariaDB ({@code BEGIN NOT ATOMIC}), which must never be prepared on the
 * server: when a table of a prepared block is altered, the next execution fails with a syntax error
 * or kills the server (MDEV-17124). A driver that is told to prepare on the server is kept from it
 * by what the text begins with. The driver is asked of the connection each time, because a caller's
 * transaction may come by another one.
 */
public final class MariadbBlock {
  /** The comment by which MariaDB Connector/J is told, documented there. */
  private static final String CLIENT_PREPARE = "/*client prepare*/ ";

  /** MySQL Connector/J takes it for the beginning of a CALL, which it never prepares. */
  private static final String TAKEN_FOR_A_CALL = "/*call*/ ";

  private MariadbBlock() {}

  /** A statement that sends the block as a text with the bound values in it. */
  public static PreparedStatement prepare(Connection connection, String block) throws SQLException {
    boolean isMysqlDriver = connection.getMetaData().getDriverName().startsWith("MySQL");
    return connection.prepareStatement((isMysqlDriver ? TAKEN_FOR_A_CALL : CLIENT_PREPARE) + block);
  }

  /**
   * Refuses a driver that prepares blocks on the server all the same.
   *
   * @throws IllegalStateException if it does
   */
  public static void requireUnprepared(Connection connection) throws SQLException {
    long before = preparedBy(connection);
    try (PreparedStatement block = prepare(connection, "BEGIN NOT ATOMIC SELECT ?; END")) {
      block.setInt(1, 1);
      block.execute();
    }
    if (preparedBy(connection) != before) {
      throw new IllegalStateException(
          "the driver prepares anonymous blocks on the server, which MariaDB does not survive when"
              + " a table is altered: set useServerPrepStmts=false or, with MySQL Connector/J,"
              + " leave emulateUnsupportedPstmts=true. The driver is "
              + connection.getMetaData().getDriverName());
    }
  }

  private static long preparedBy(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(0); // MySQL Connector/J prepares whatever it fetches by a cursor
      try (ResultSet row = statement.executeQuery("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'")) {
        row.next();
        return row.getLong(2);
      }
    }
  }
}
