/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.testkit.DelegatingDataSource;

/** A database that a test can put out of reach and back. */
final class SwitchedDataSource extends DelegatingDataSource {
  private final DataSource real;
  private volatile boolean off;
  private volatile @Nullable CountDownLatch silence;
  private final AtomicInteger waiting = new AtomicInteger();

  SwitchedDataSource(DataSource real) {
    super(real);
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
}
