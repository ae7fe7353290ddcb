/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connection as code of the application sees it inside a transaction of the library's: the
 * transaction is not that code's to end. Some engines begin it by a statement and not by the
 * driver's settings, so what the driver says of auto-commit is not what holds.
 */
public final class GuardedConnection implements InvocationHandler {

  /** What would end the transaction, or change it under the library. */
  private static final Set<String> REFUSED =
      Set.of(
          "commit",
          "close",
          "abort",
          "setAutoCommit",
          "setReadOnly",
          "setTransactionIsolation",
          "setCatalog",
          "setSchema");

  private final Connection connection;

  private GuardedConnection(Connection connection) {
    this.connection = connection;
  }

  /** The application's view of a connection. */
  public static Connection over(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new GuardedConnection(connection));
  }

  @Override
  public @Nullable Object invoke(
      Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    String name = method.getName();
    if (name.equals("getAutoCommit")) {
      return false;
    }
    boolean endsAll = name.equals("rollback") && method.getParameterCount() == 0;
    if (endsAll || REFUSED.contains(name)) {
      throw new SQLException(
          "the transaction is the library's to end: " + name + " must not be called on it",
          "25001");
    }
    try {
      return method.invoke(connection, arguments);
    } catch (InvocationTargetException failure) {
      throw failure.getCause() == null ? failure : failure.getCause();
    }
  }
}
