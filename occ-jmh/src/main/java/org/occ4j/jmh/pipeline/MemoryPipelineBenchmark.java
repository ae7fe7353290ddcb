/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
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

/**
 * A whole mutation in memory, one thread: never seen before, or sent again. Ids are made before;
 * each invocation of {@code mutation} begins with rows that nobody has changed, so that what is
 * measured does not depend on how fast the rival is.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.pipeline.MemoryPipelineTable   as a table
 * java -jar occ-jmh/target/benchmarks.jar MemoryPipelineBenchmark -prof gc
 * </pre>
 *
 * <p>The heap is fixed and touched before, since page faults of first touch swamp every design that
 * allocates. The bytes include a fiftieth of what a new row takes, which is made outside the time.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 5,
    jvmArgs = {"-Xms1g", "-Xmx1g", "-Xmn512m", "-XX:+AlwaysPreTouch", "-XX:+UseParallelGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class MemoryPipelineBenchmark {
  private static final int MUTATIONS = 50_000;
  private static final int ROWS = 1024;

  /** Who carries them out. */
  @Param public MemoryPipelineRival rival = MemoryPipelineRival.OCC;

  private final MutationId[] ids = new MutationId[MUTATIONS];
  private final String[] keys = new String[ROWS];
  private final long[] versions = new long[ROWS];
  private final MutationId[] sentIds = new MutationId[ROWS];
  private final long[] firstVersions = new long[ROWS];
  private MemoryPipelineRival.Rows fresh = rival.empty();
  private MemoryPipelineRival.Rows known = rival.empty();

  /** Makes the ids, and one mutation of each row that will be sent again. */
  @Setup
  public void prepare() throws InterruptedException {
    org.occ4j.Scope scope = new org.occ4j.Scope("acme", "ada", "task.edit");
    SplittableRandom drawn = new SplittableRandom(42);
    for (int i = 0; i < MUTATIONS; i++) {
      ids[i] = new MutationId(scope, new UUID(drawn.nextLong(), drawn.nextLong()));
    }
    known = rival.empty();
    for (int i = 0; i < ROWS; i++) {
      keys[i] = "task:" + i;
      sentIds[i] = ids[i * (MUTATIONS / ROWS)];
      firstVersions[i] = known.create(keys[i]);
      known.apply(sentIds[i], keys[i], firstVersions[i]);
    }
  }

  /** New rows for the next invocation, which takes tens of milliseconds. */
  @Setup(Level.Invocation)
  public void begin() {
    fresh = rival.empty();
    for (int i = 0; i < ROWS; i++) {
      versions[i] = fresh.create(keys[i]);
    }
  }

  /** Changes the rows in turns, each by the version that it has. */
  @Benchmark
  @OperationsPerInvocation(MUTATIONS)
  public void mutation() throws InterruptedException {
    for (int i = 0; i < MUTATIONS; i++) {
      int row = i % ROWS;
      versions[row] = fresh.apply(ids[i], keys[row], versions[row]);
    }
  }

  /** Sends mutations again that are known. */
  @Benchmark
  @OperationsPerInvocation(MUTATIONS)
  public long replay() throws InterruptedException {
    long answers = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      int row = i % ROWS;
      answers += known.apply(sentIds[row], keys[row], firstVersions[row]);
    }
    return answers;
  }
}
