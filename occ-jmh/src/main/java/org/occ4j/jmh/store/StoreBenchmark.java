/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * One read, and one read and compare-and-set, of each rival over random keys.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.store.StoreTable          everything, as a table
 * java -jar occ-jmh/target/benchmarks.jar StoreBenchmark.replace -t 1 -prof gc
 * </pre>
 *
 * <p>The heap is fixed and touched before, since page faults of first touch swamp every design that
 * allocates.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgs = {"-Xms1g", "-Xmx1g", "-Xmn256m", "-XX:+AlwaysPreTouch", "-XX:+UseParallelGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class StoreBenchmark {
  /** Who keeps the values. */
  @Param public StoreRival rival = StoreRival.OCC;

  private StoreRival.Values values = rival.create();
  private final String[] keys = RandomKeys.all();

  /** Makes the rival and the keys. */
  @Setup
  public void prepare() {
    values = rival.create();
    for (String key : keys) {
      values.begin(key, key);
    }
  }

  /** The version of a random key. */
  @Benchmark
  public long get(RandomKeys random) {
    return values.version(keys[random.next()]);
  }

  /** Reads a random key and replaces what was read. */
  @Benchmark
  public boolean replace(RandomKeys random) {
    return values.replace(keys[random.next()], random);
  }
}
