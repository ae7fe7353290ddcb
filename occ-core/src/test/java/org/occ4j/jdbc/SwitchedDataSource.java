/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A database that a test can put out of reach and back. */
final class SwitchedDataSource implements DataSource {
  private final DataSource real;
  private volatile boolean off;
  private volatile @Nullable CountDownLatch silence;
  private final AtomicInteger waiting = new AtomicInteger();

  SwitchedDataSource(DataSource real) {
    this.real = real;
  }

  void off() {
    off = true;
  }

  void on() {
    off = false;
    CountDownLatch ended = silence;
    silence = null;
    if (ended != null) {
      ended.countDown();
    }
  }

  /** From now on whoever wants a connection gets no answer until the database is on again. */
  void silent() {
    silence = new CountDownLatch(1);
  }

  /** Whether somebody waits for the end of the silence. */
  boolean isWaitedFor() {
    return waiting.get() > 0;
  }

  @Override
  public Connection getConnection() throws SQLException {
    if (off) {
      throw new SQLException("out of reach", "08001");
    }
    awaitEndOfSilence();
    return real.getConnection();
  }

  private void awaitEndOfSilence() throws SQLException {
    CountDownLatch present = silence;
    waiting.incrementAndGet();
    try {
      if (present != null && !present.await(60, TimeUnit.SECONDS)) {
        throw new SQLException("never switched on", "08001");
      }
    } catch (InterruptedException e) {
      throw new SQLException("interrupted", "08001", e);
    } finally {
      waiting.decrementAndGet();
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return getConnection();
  }

  @Override
  public PrintWriter getLogWriter() throws SQLException {
    return real.getLogWriter();
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    real.setLogWriter(out);
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    real.setLoginTimeout(seconds);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return real.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return real.getParentLogger();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return real.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return real.isWrapperFor(type);
  }
}
