/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.occ4j.testkit.FakeTicker;

/**
 * A database that is slow by a ticker: planned statements are done at once, and their answers come
 * when so much time has passed.
 */
final class SlowDataSource {
  private final DataSource real;
  private final FakeTicker ticker;
  private final Deque<Runnable> answers = new ConcurrentLinkedDeque<>();
  private final Deque<Duration> borrows = new ConcurrentLinkedDeque<>();
  private final Deque<SQLException> failures = new ConcurrentLinkedDeque<>();
  private final AtomicInteger statements = new AtomicInteger();

  SlowDataSource(DataSource real, FakeTicker ticker) {
    this.real = real;
    this.ticker = ticker;
  }

  /** The next {@code count} transactions or lone statements take that long, from now on. */
  void answerLate(int count, Duration by) {
    for (int i = 0; i < count; i++) {
      answers.add(() -> ticker.advance(by));
    }
  }

  /** The next connection is not to be had for so long. */
  void borrowLate(Duration by) {
    borrows.add(by);
  }

  /** The next statement is not done, and fails by this. */
  void fail(SQLException error) {
    failures.add(error);
  }

  void heal() {
    answers.clear();
    borrows.clear();
    failures.clear();
  }

  int statements() {
    return statements.get();
  }

  DataSource dataSource() {
    return (DataSource)
        Proxy.newProxyInstance(
            SlowDataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (self, method, arguments) -> borrow());
  }

  private Connection borrow() throws SQLException {
    Duration late = borrows.poll();
    if (late != null) {
      ticker.advance(late);
    }
    return wrap(Connection.class, real.getConnection());
  }

  private <T> T wrap(Class<T> type, Object wrapped) {
    Object proxy =
        Proxy.newProxyInstance(
            SlowDataSource.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              boolean executes = method.getName().startsWith("execute");
              SQLException failure = executes ? failures.poll() : null;
              if (failure != null) {
                throw failure;
              }
              try {
                Object result = method.invoke(wrapped, arguments);
                if (executes && type == PreparedStatement.class) {
                  statements.incrementAndGet();
                  Runnable late = answers.poll();
                  if (late != null) {
                    late.run();
                  }
                }
                return method.getReturnType() == PreparedStatement.class
                    ? wrap(PreparedStatement.class, result)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(proxy);
  }
}
