/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a connection of pgjdbc has heard. JDBC has no word for it and this library no dependency on
 * the driver, so it is asked by reflection.
 */
final class PostgresqlNotifications {
  private static final String CONNECTION = "org.postgresql.PGConnection";
  private static final String NOTIFICATION = "org.postgresql.PGNotification";

  private final Object connection;
  private final Method get;
  private final Method parameter;

  private PostgresqlNotifications(Object connection, Method get, Method parameter) {
    this.connection = connection;
    this.get = get;
    this.parameter = parameter;
  }

  /**
   * Those of this connection, which may be wrapped by a pool.
   *
   * @throws SQLFeatureNotSupportedException if it is not one of pgjdbc
   */
  static PostgresqlNotifications of(Connection connection) throws SQLException {
    Class<?> type = driverType(connection);
    try {
      Class<?> notification = Class.forName(NOTIFICATION, false, type.getClassLoader());
      return new PostgresqlNotifications(
          connection.unwrap(type),
          type.getMethod("getNotifications", int.class),
          notification.getMethod("getParameter"));
    } catch (ReflectiveOperationException otherVersion) {
      throw unsupported(connection, otherVersion);
    }
  }

  /** A pool's wrapper may be of another class loader than the driver. */
  private static Class<?> driverType(Connection connection) throws SQLException {
    ClassLoader[] loaders = {
      Thread.currentThread().getContextClassLoader(),
      connection.getClass().getClassLoader(),
      PostgresqlNotifications.class.getClassLoader()
    };
    ClassNotFoundException missing = null;
    for (ClassLoader loader : loaders) {
      try {
        Class<?> type = Class.forName(CONNECTION, false, loader);
        if (connection.isWrapperFor(type)) {
          return type;
        }
      } catch (ClassNotFoundException notHere) {
        missing = notHere;
      }
    }
    throw unsupported(connection, missing);
  }

  private static SQLException unsupported(Connection connection, @Nullable Exception cause) {
    return new SQLFeatureNotSupportedException(
        "wake-ups need a connection of pgjdbc, not " + connection.getClass().getName(), cause);
  }

  /**
   * Waits for notifications, at most so long.
   *
   * @return whether there was one whose payload is another than {@code own}
   */
  boolean othersThan(String own, Duration timeout) throws SQLException {
    try {
      Object[] heard = (Object[]) get.invoke(connection, (int) timeout.toMillis());
      boolean others = false;
      if (heard != null) {
        for (Object each : heard) {
          others |= !own.equals(parameter.invoke(each));
        }
      }
      return others;
    } catch (InvocationTargetException thrown) {
      if (thrown.getCause() instanceof SQLException error) {
        throw error;
      }
      throw new SQLException("notifications could not be read", thrown.getCause());
    } catch (IllegalAccessException hidden) {
      throw new SQLFeatureNotSupportedException("the driver hides its notifications", hidden);
    }
  }
}
