/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jmh.store.BenchmarkDatabase;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
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
 * Commits per second without, and with, the invalidation of a tag that travels with the last
 * statement: of a mutation by the pipeline, which claims its id, writes a row and keeps the answer,
 * and of a row that is put by itself. Each thread has rows of its own.
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
  private static final org.occ4j.Scope SCOPE = new org.occ4j.Scope("acme", "ana", "order.edit");

  /** Whether the invalidation travels with the write. */
  @Param({"false", "true"})
  public boolean changeRow = false;

  private final HikariDataSource pool = BenchmarkDatabase.given().pool(THREADS + 2);
  private final OccDatabase database = OccDatabase.builder(pool).createSchema().open();
  private final JdbcVersionedStore<String, byte[]> store =
      database.store("benchmark", KeyCodec.strings(), Codec.bytes());
  private final MutationPipeline<String, byte[]> pipeline =
      database.pipeline(store, Codec.bytes()).build();
  private JdbcVersionedStore<String, byte[]> writer = store;
  private Tag[] tags = {};

  /** Chooses what travels along. */
  @Setup
  public void prepare() {
    if (changeRow) {
      tags = new Tag[] {Tag.of("order", 42)};
      writer = store.tagging(Set.of(tags));
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

  /** Carries out a mutation that nobody has sent before. */
  @Benchmark
  public Versioned<byte[]> mutation(Rows rows) throws InterruptedException {
    MutationId id = new MutationId(SCOPE, UUID.randomUUID());
    Mutation<String, byte[]> mutation =
        Mutation.of(id, rows.next(), Expected.any(), Edit.set(rows.payload)).tags(tags).build();
    if (pipeline.apply(mutation) instanceof MutationResult.Applied<byte[]> applied) {
      return Objects.requireNonNull(applied.current());
    }
    throw new IllegalStateException("not applied: " + id);
  }

  /** Writes a row and commits. */
  @Benchmark
  public boolean put(Rows rows) {
    return writer.put(rows.next(), rows.payload, Expected.any()).isApplied();
  }

  /** Ends threads and connections. */
  @TearDown
  public void end() {
    database.close();
    pool.close();
  }
}
