/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.lease;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.jmh.store.BenchmarkDatabase;
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
 * Two nodes of eight threads take and give back a lock: cycles in a second, each thread with a key
 * of its own, or all with one. If two were inside at once, the run fails.
 *
 * <p>Run by {@link LeaseTable}, which starts the server and the slow network.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Threads(LeaseBenchmark.NODES * LeaseBenchmark.THREADS_PER_NODE)
@Fork(3)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 2, time = 4)
@State(Scope.Benchmark)
public class LeaseBenchmark {
  static final int NODES = 2;
  static final int THREADS_PER_NODE = 8;

  /** Whose lock. */
  @Param public LeaseRival rival = LeaseRival.OCC;

  private final List<HikariDataSource> pools = new ArrayList<>();
  private final List<LeaseRival.Node> nodes = new ArrayList<>();
  private final AtomicInteger threads = new AtomicInteger();
  private final AtomicInteger violations = new AtomicInteger();
  private final AtomicInteger inside = new AtomicInteger();

  /** The node of a thread, and its own key. */
  @State(Scope.Thread)
  public static class Member {
    private int number;

    /** Numbers the thread. */
    @Setup
    public void join(LeaseBenchmark benchmark) {
      number = benchmark.threads.getAndIncrement();
    }

    int node() {
      return number % NODES;
    }

    String ownKey() {
      return "key-" + number;
    }
  }

  /** Opens the nodes, each with a pool of its own that has a connection for each thread. */
  @Setup
  public void open() throws SQLException {
    for (int i = 0; i < NODES; i++) {
      pools.add(BenchmarkDatabase.given().pool(THREADS_PER_NODE));
    }
    LeaseRival.createTables(pools.get(0));
    for (HikariDataSource pool : pools) {
      nodes.add(rival.open(pool));
    }
  }

  /** Ends threads and connections. */
  @TearDown
  public void close() {
    nodes.forEach(LeaseRival.Node::close);
    pools.forEach(HikariDataSource::close);
    if (violations.get() > 0) {
      throw new IllegalStateException("two were inside, times: " + violations);
    }
  }

  /** A cycle with a key that nobody else wants. */
  @Benchmark
  public void distinctKeys(Member member) throws Exception {
    nodes.get(member.node()).turn(member.ownKey(), () -> {});
  }

  /** A cycle with the key that everybody wants. */
  @Benchmark
  public void contendedKey(Member member) throws Exception {
    nodes.get(member.node()).turn("key", this::lookAround);
  }

  private void lookAround() {
    if (inside.incrementAndGet() != 1) {
      violations.incrementAndGet();
    }
    inside.decrementAndGet();
  }
}
