/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.occ4j.testkit.DelegatingDataSource;

/**
 * Connections of a real database, of which chosen methods fail before or after doing their work.
 */
final class FaultyDataSource extends DelegatingDataSource {

  private record Fault(String method, SQLException error, boolean afterwards) {}

  private final DataSource real;
  private final Connection only;
  private final Deque<Fault> faults = new ArrayDeque<>();

  /** The calls that reach the database, or would. */
  private static final Set<String> CALLS =
      Set.of("prepareStatement", "setSavepoint", "releaseSavepoint", "commit");

  private final AtomicInteger callsLeft = new AtomicInteger();
  private volatile String lastCall = "";
  private volatile SQLException dueError;
  private final AtomicInteger borrowed = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();

  FaultyDataSource(DataSource real) {
    this(real, null);
  }

  private FaultyDataSource(DataSource real, Connection only) {
    super(real);
    this.real = real;
    this.only = only;
  }

  /** A pool of one connection, which stays open when it is given back. */
  static FaultyDataSource poolOf(Connection only) {
    return new FaultyDataSource(null, only);
  }

  /** The next call of the method does nothing and fails. */
  void failBefore(String method, SQLException error) {
    faults.add(new Fault(method, error, false));
  }

  /** The next call of the method does its work and fails all the same: the answer is lost. */
  void failAfter(String method, SQLException error) {
    faults.add(new Fault(method, error, true));
  }

  /** The {@code nth} call from now on that reaches the database does nothing and fails. */
  void failAt(int nth, SQLException error) {
    dueError = error;
    callsLeft.set(nth);
  }

  /** Whether the call that is to fail has not come. */
  boolean isDue() {
    return callsLeft.get() > 0;
  }

  /** The name of the last call that reached the database. */
  String lastCall() {
    return lastCall;
  }

  /** How many connections were borrowed in all. */
  int borrowed() {
    return borrowed.get();
  }

  /** How many connections are borrowed now. */
  int open() {
    return open.get();
  }

  @Override
  public Connection getConnection() throws SQLException {
    Fault fault = take("getConnection");
    if (fault != null) {
      throw fault.error();
    }
    borrowed.incrementAndGet();
    open.incrementAndGet();
    return faulty(only == null ? real.getConnection() : only);
  }

  private Connection faulty(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("close")) {
                open.decrementAndGet();
                if (only != null) {
                  return null;
                }
              }
              failIfDue(method.getName());
              Fault fault = take(method.getName());
              if (fault != null && !fault.afterwards()) {
                throw fault.error();
              }
              try {
                Object result = method.invoke(connection, arguments);
                if (fault != null) {
                  throw fault.error();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void failIfDue(String method) throws SQLException {
    if (CALLS.contains(method) && isDue()) {
      lastCall = method;
      if (callsLeft.decrementAndGet() == 0) {
        throw dueError;
      }
    }
  }

  private Fault take(String method) {
    Fault next = faults.peek();
    return next != null && next.method().equals(method) ? faults.poll() : null;
  }
}
