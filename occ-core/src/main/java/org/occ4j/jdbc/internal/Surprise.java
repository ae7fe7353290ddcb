/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.occ4j.OccException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a driver does that no driver may: it throws something else than an {@link SQLException}, or
 * gives an answer that does not fit its statement. Then it may have stopped in the middle of an
 * answer, and whoever uses the connection next would be given the rest of it. So that connection is
 * aborted.
 */
public final class Surprise {
  private static final Logger LOG = LoggerFactory.getLogger(Surprise.class);

  private static final String LIBRARY = "org.occ4j.";

  private Surprise() {}

  /** Whether this came out of statements of ours in which no code of the application ran. */
  static boolean isIn(Throwable thrown) {
    return thrown instanceof SQLException error
        ? hasUncheckedCause(error)
        : isUnchecked(thrown) && !isOurs(thrown);
  }

  /** Whether this came out of the application's own code by way of the driver, or is an error. */
  public static boolean isBehind(Throwable thrown, Connection connection) {
    for (Throwable link = thrown; link != null; link = link.getCause()) {
      if (link instanceof SQLException error) {
        return hasUncheckedCause(error);
      }
      if (link instanceof Error || link instanceof MisfitException || isFrom(connection, link)) {
        return true;
      }
    }
    return false;
  }

  /** The driver has caught it itself and made it an SQLException without a meaning. */
  private static boolean hasUncheckedCause(SQLException error) {
    Throwable cause = error.getCause();
    return SqlErrors.meaningOf(error) == SqlErrors.Meaning.UNKNOWN
        && cause != null
        && isUnchecked(cause)
        && cause.getCause() == null;
  }

  private static boolean isUnchecked(Throwable thrown) {
    return thrown instanceof RuntimeException || thrown instanceof Error;
  }

  /** Whether it was thrown on purpose, by a class of the library for another or for its caller. */
  private static boolean isOurs(Throwable thrown) {
    return thrown instanceof OccException || thrown instanceof SignalException;
  }

  /** Whether it was thrown in the driver, or in the pool around it. */
  private static boolean isFrom(Connection connection, Throwable thrown) {
    if (!isUnchecked(thrown) || isOurs(thrown)) {
      return false;
    }
    Class<?> driver = connection.getClass();
    for (StackTraceElement frame : thrown.getStackTrace()) {
      String name = frame.getClassName();
      String room = name.substring(0, Math.max(0, name.lastIndexOf('.')));
      boolean beside =
          room.equals(driver.getPackageName()) && !driver.getPackageName().startsWith(LIBRARY);
      if (beside || name.equals(driver.getName())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Makes sure that nobody uses the connection again. A pool learns of it from the error of a
   * further statement. H2 in this process has no such thing as an answer under way, and its driver
   * aborts nothing; there the transaction is rolled back.
   */
  public static void abort(Connection connection, @Nullable Throwable reason) {
    LOG.warn("a connection is aborted, because its driver failed in an unforeseen way", reason);
    try {
      connection.abort(Runnable::run);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SELECT 1");
      }
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    } catch (SQLException | RuntimeException gone) {
      LOG.debug("an aborted connection says that it is gone", gone);
    }
  }
}
