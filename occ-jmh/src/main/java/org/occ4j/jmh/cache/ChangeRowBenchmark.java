/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Tag;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
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
 * Commits per second of a row written alone, and with the invalidation of its tag in the same
 * statement's transaction, as a store writes it that records its changes. Each thread has rows of
 * its own.
 *
 * <p>Run by {@link CacheTable}, which starts the server.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Threads(8)
@State(Scope.Benchmark)
public class ChangeRowBenchmark {
  private static final int ROWS = 64;
  private static final int THREADS = 8;
  private static final int PAYLOAD_BYTES = 200;

  /** Whether the invalidation travels with the write. */
  @Param({"false", "true"})
  public boolean changeRow = false;

  private final HikariDataSource pool = BenchmarkDatabase.given().pool(THREADS + 2);
  private final OccDatabase database = OccDatabase.builder(pool).createSchema().open();
  private JdbcVersionedStore<String, byte[]> store =
      database.store("benchmark", KeyCodec.strings(), Codec.bytes());

  /** Chooses the store. */
  @Setup
  public void prepare() {
    if (changeRow) {
      store = store.tagging(Set.of(Tag.of("order", 42)));
    }
  }

  /** Rows of one thread. */
  @State(Scope.Thread)
  public static class Rows {
    private static final AtomicInteger threads = new AtomicInteger();

    private final int thread = threads.incrementAndGet();
    private final byte[] payload = new byte[PAYLOAD_BYTES];
    private int next;

    /** Fills the payload. */
    @Setup
    public void prepare() {
      new Random(1).nextBytes(payload);
    }

    String next() {
      return thread + "-" + next++ % ROWS;
    }
  }

  /** Writes a row and commits. */
  @Benchmark
  public boolean commit(Rows rows) {
    return store.put(rows.next(), rows.payload, Expected.any()).isApplied();
  }

  /** Ends threads and connections. */
  @TearDown
  public void end() {
    database.close();
    pool.close();
  }
}
