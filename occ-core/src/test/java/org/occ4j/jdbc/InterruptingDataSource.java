/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import javax.sql.DataSource;

/**
 * Interrupts the thread that armed it before the n-th call that it makes on the data source, a
 * connection or a statement.
 */
final class InterruptingDataSource {
  private final DataSource real;
  private Thread target;
  private int left;

  InterruptingDataSource(DataSource real) {
    this.real = real;
  }

  /** Interrupts the calling thread before its {@code nth} call from now on. */
  void interruptAt(int nth) {
    target = Thread.currentThread();
    left = nth;
  }

  /** Whether there were so many calls. */
  boolean happened() {
    return left <= 0;
  }

  DataSource dataSource() {
    return wrap(DataSource.class, real);
  }

  private <T> T wrap(Class<T> type, Object wrapped) {
    Object proxy =
        Proxy.newProxyInstance(
            InterruptingDataSource.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (Thread.currentThread() == target && --left == 0) {
                target.interrupt();
              }
              try {
                Object result = method.invoke(wrapped, arguments);
                Class<?> made = method.getReturnType();
                boolean calls = made.getName().matches("java.sql.(Connection|PreparedStatement)");
                return calls && result != null ? wrap(made, result) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(proxy);
  }
}
