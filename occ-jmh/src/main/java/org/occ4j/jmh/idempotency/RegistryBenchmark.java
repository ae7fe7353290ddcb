/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.idempotency;

import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One mutation that was never seen, and one that is sent again, of each rival. Ids are made before;
 * each invocation of {@code firstRun} fills an empty registry, so that what is measured does not
 * depend on how fast the rival is.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.idempotency.IdempotencyTable   everything, as a table
 * java -jar occ-jmh/target/benchmarks.jar RegistryBenchmark.replay -t 1 -prof gc
 * </pre>
 *
 * <p>The heap is fixed and touched before, since page faults of first touch swamp every design that
 * allocates.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgs = {"-Xms1g", "-Xmx1g", "-Xmn512m", "-XX:+AlwaysPreTouch", "-XX:+UseParallelGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class RegistryBenchmark {
  private static final int MUTATIONS = 50_000;
  private static final int KNOWN = 1024;

  /** Who remembers. */
  @Param public RegistryRival rival = RegistryRival.OCC;

  private final MutationId[] ids = new MutationId[MUTATIONS];
  private RegistryRival.Answers empty = rival.create();
  private RegistryRival.Answers known = rival.create();
  private int random = 1;

  /** Makes the ids, and answers some. */
  @Setup
  public void prepare() throws Exception {
    org.occ4j.Scope scope = new org.occ4j.Scope("acme", "ada", "task.edit");
    SplittableRandom drawn = new SplittableRandom(42);
    known = rival.create();
    for (int i = 0; i < MUTATIONS; i++) {
      ids[i] = new MutationId(scope, new UUID(drawn.nextLong(), drawn.nextLong()));
      if (i < KNOWN) {
        known.firstRun(ids[i], "answer");
      }
    }
  }

  /** An empty one for the next invocation, which takes milliseconds. */
  @Setup(Level.Invocation)
  public void begin() {
    empty = rival.create();
  }

  /** Carries out mutations that are new. */
  @Benchmark
  @OperationsPerInvocation(MUTATIONS)
  public void firstRun(Blackhole sink) throws Exception {
    for (MutationId id : ids) {
      sink.consume(empty.firstRun(id, "answer"));
    }
  }

  /** Sends mutations again that are known, in random order. */
  @Benchmark
  @OperationsPerInvocation(MUTATIONS)
  public void replay(Blackhole sink) throws Exception {
    for (int i = 0; i < MUTATIONS; i++) {
      sink.consume(replayOne());
    }
  }

  private @Nullable Object replayOne() throws Exception {
    // By xorshift (Marsaglia 2003): cheap beside a look-up.
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return known.replay(ids[random & (KNOWN - 1)]);
  }
}
