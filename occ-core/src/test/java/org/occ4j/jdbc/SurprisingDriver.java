/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.testkit.TestDatabase;

/** A driver under a pool that does a chosen call and then throws what no driver may throw. */
final class SurprisingDriver {
  private final DataSource real;
  private final AtomicInteger aborted = new AtomicInteger();
  private volatile @Nullable Supplier<Throwable> due;
  private volatile @Nullable Thread whose;
  private volatile Predicate<String> when = sql -> false;

  SurprisingDriver(TestDatabase database) {
    this.real =
        new DriverDataSource(
            database.jdbcUrl(), null, new Properties(), database.user(), database.password());
  }

  HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(proxy(DataSource.class, real, null));
    config.setMaximumPoolSize(1);
    config.setKeepaliveTime(0);
    return new HikariDataSource(config);
  }

  /** The next statement of this thread whose text fits is executed, and then this is thrown. */
  void throwAfter(Predicate<String> sql, Supplier<Throwable> surprise) {
    when = sql;
    whose = Thread.currentThread();
    due = surprise;
  }

  /** Nothing is thrown any more. */
  void calm() {
    due = null;
  }

  boolean isDue() {
    return due != null;
  }

  int aborted() {
    return aborted.get();
  }

  private <T> T proxy(Class<T> type, T target, @Nullable String sql) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader() == null ? getClass().getClassLoader() : type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("abort")) {
                aborted.incrementAndGet();
              }
              Object result;
              try {
                result = method.invoke(target, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
              Supplier<Throwable> surprise = due;
              boolean executes = sql != null && method.getName().startsWith("execute");
              boolean commits = method.getName().equals("commit");
              if (surprise != null
                  && Thread.currentThread() == whose
                  && ((executes && when.test(sql.toLowerCase(Locale.ROOT)))
                      || (commits && when.test("commit")))) {
                due = null;
                throw surprise.get();
              }
              if (result instanceof PreparedStatement statement) {
                return proxy(PreparedStatement.class, statement, (String) arguments[0]);
              }
              return result instanceof Connection connection && !method.getName().equals("unwrap")
                  ? proxy(Connection.class, connection, null)
                  : result;
            }));
  }
}
