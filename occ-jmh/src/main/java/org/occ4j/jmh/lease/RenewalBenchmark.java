/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.lease;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jmh.store.Samples;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.TestDatabase;

/**
 * How long the renewal of a thousand held leases takes: from the borrowing of its connection to
 * when that is given back, which is one statement.
 */
final class RenewalBenchmark {
  private static final int HELD = 1_000;
  private static final int WARM_UP = 20;
  private static final int MEASURED = 50;

  /** More than a third of the lease, when renewal is due. */
  private static final Duration UNTIL_DUE = Duration.ofSeconds(11);

  private static final long PATIENCE_SECONDS = 30;

  private final BlockingQueue<Long> borrowedNanos = new LinkedBlockingQueue<>();

  /** Milliseconds of each renewal. */
  Samples measure(TestDatabase database) throws Exception {
    FakeTicker ticker = new FakeTicker();
    try (HikariDataSource pool = database.pool(2);
        OccDatabase node = OccDatabase.builder(timed(pool)).createSchema().ticker(ticker).open()) {
      JdbcKeyedMutex<String> mutex = node.mutex("renewal");
      for (int i = 0; i < HELD; i++) {
        mutex.acquire("key " + i);
      }
      borrowedNanos.clear();
      Samples samples = new Samples();
      for (int i = 0; i < WARM_UP + MEASURED; i++) {
        double millis = renewal(ticker) / 1e6;
        if (i >= WARM_UP) {
          samples.add(millis);
        }
      }
      if (mutex.stats().heldKeys() != HELD) {
        throw new IllegalStateException("leases were lost: " + mutex.stats());
      }
      return samples;
    }
  }

  private long renewal(FakeTicker ticker) throws InterruptedException {
    ticker.advance(UNTIL_DUE);
    Long nanos = borrowedNanos.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (nanos == null) {
      throw new IllegalStateException("no renewal came");
    }
    return nanos;
  }

  private DataSource timed(DataSource real) {
    return (DataSource)
        Proxy.newProxyInstance(
            RenewalBenchmark.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (self, method, arguments) -> timed(System.nanoTime(), real.getConnection()));
  }

  private Connection timed(long borrowed, Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            RenewalBenchmark.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (self, method, arguments) -> {
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                if (method.getName().equals("close")) {
                  borrowedNanos.add(System.nanoTime() - borrowed);
                }
              }
            });
  }
}
