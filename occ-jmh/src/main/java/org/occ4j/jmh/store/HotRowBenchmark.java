/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import com.zaxxer.hikari.HikariDataSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Eight threads add to one row: successful updates in a second. At the end the row must hold what
 * they added, or the run fails.
 *
 * <p>Run by {@link JdbcStoreTable}, which starts the server.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Threads(HotRowBenchmark.WRITERS)
@Fork(3)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 4, time = 5)
@State(Scope.Benchmark)
public class HotRowBenchmark {
  static final int WRITERS = 8;

  /** Who adds. */
  @Param public HotRowRival rival = HotRowRival.OCC;

  private final HikariDataSource pool = BenchmarkDatabase.given().pool(WRITERS);
  private final AtomicInteger added = new AtomicInteger();
  private HotRowRival.@Nullable Counter counter;

  /** Makes the row. */
  @Setup
  public void prepare() {
    counter = rival.open(pool);
  }

  /** Compares, and ends threads and connections. */
  @TearDown
  public void end() {
    int count = opened().count();
    opened().close();
    pool.close();
    if (count != added.get()) {
      throw new IllegalStateException(added + " were added, and the row holds " + count);
    }
  }

  /** Adds one. */
  @Benchmark
  public void increment() {
    opened().increment();
    added.incrementAndGet();
  }

  private HotRowRival.Counter opened() {
    if (counter == null) {
      throw new IllegalStateException("not prepared");
    }
    return counter;
  }
}
