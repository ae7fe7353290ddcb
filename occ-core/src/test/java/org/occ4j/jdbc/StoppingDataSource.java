/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Set;
import javax.sql.DataSource;
import org.occ4j.testkit.ChildJvm;

/**
 * For a child JVM that is to be killed: connections that stop for good at the n-th call that
 * reaches the database, which is before a statement, before a commit, or after a commit.
 */
final class StoppingDataSource {
  static final String STOPPED = "stopped";

  private static final Set<String> STOPS =
      Set.of("prepareStatement", "createStatement", "setSavepoint", "commit");

  private final DataSource real;
  private int left = Integer.MAX_VALUE;

  StoppingDataSource(DataSource real) {
    this.real = real;
  }

  /** Stops at the {@code nth} call from now on. */
  void stopAt(int nth) {
    left = nth;
  }

  DataSource dataSource() {
    return (DataSource)
        Proxy.newProxyInstance(
            StoppingDataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> stopping(real.getConnection()));
  }

  private Connection stopping(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            StoppingDataSource.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> {
              if (STOPS.contains(method.getName())) {
                stopIfDue();
              }
              try {
                Object result = method.invoke(connection, args);
                if (method.getName().equals("commit")) {
                  stopIfDue();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void stopIfDue() throws InterruptedException {
    if (--left == 0) {
      ChildJvm.reached(STOPPED);
    }
  }
}
