/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.mutex;

import java.util.Arrays;
import java.util.Random;
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
 * One turn of each rival: over random keys, on one hot key, over keys of a Zipf distribution.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.mutex.MutexTable          everything, as a table
 * java -jar occ-jmh/target/benchmarks.jar MutexBenchmark.randomKeys -t 1 -prof gc
 * java -jar occ-jmh/target/benchmarks.jar MutexBenchmark.hotKey -t 8 -p rival=OCC,REENTRANT_LOCK
 * </pre>
 *
 * <p>Keys are drawn at random, since threads that walk the keys in one sequence form a convoy. The
 * heap is fixed and touched before, since page faults of first touch swamp every design that
 * allocates. Cards are marked on condition: else ParallelGC writes one byte for every stored
 * reference, the bytes of a whole table lie in one cache line, and two threads that store anywhere
 * in it, or in neighbouring locks, wait for each other. G1 looks before it writes by itself.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgs = {
      "-Xms1g",
      "-Xmx1g",
      "-Xmn256m",
      "-XX:+AlwaysPreTouch",
      "-XX:+UseParallelGC",
      "-XX:+UseCondCardMark"
    })
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class MutexBenchmark {
  static final String HOT = "task:0";
  private static final int KEYS = 1024;
  private static final int ZIPF_KEYS = 1000;
  private static final int DRAWS = 1 << 16;

  /** Who takes turns. */
  @Param public MutexRival rival = MutexRival.OCC;

  private MutexRival.Turns turns = rival.create();
  private String[] keys = {};
  private int[] zipf = {};

  /** Makes the rival and the keys. */
  @Setup
  public void prepare() {
    turns = rival.create();
    keys = new String[KEYS];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = "task:" + i;
    }
    zipf = zipfDraws();
  }

  /** A thread's own work and random numbers. */
  @State(Scope.Thread)
  public static class Worker extends MutexRival.Work {
    private int random = new Random().nextInt() | 1;

    /** Xorshift (Marsaglia 2003): cheap beside a turn. */
    int next() {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      return random;
    }
  }

  /** Random ones of 1024 keys, equally likely. */
  @Benchmark
  public void randomKeys(Worker worker) throws InterruptedException {
    turns.take(keys[worker.next() & (KEYS - 1)], worker);
  }

  /** One key for all threads. */
  @Benchmark
  public void hotKey(Worker worker) throws InterruptedException {
    turns.take(HOT, worker);
  }

  /** A thousand keys, the n-th drawn in proportion to 1/n. */
  @Benchmark
  public void zipfKeys(Worker worker) throws InterruptedException {
    turns.take(keys[zipf[worker.next() & (DRAWS - 1)]], worker);
  }

  private static int[] zipfDraws() {
    double[] upTo = new double[ZIPF_KEYS];
    double sum = 0;
    for (int i = 0; i < ZIPF_KEYS; i++) {
      sum += 1.0 / (i + 1);
      upTo[i] = sum;
    }
    Random random = new Random(42);
    int[] draws = new int[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      int found = Arrays.binarySearch(upTo, random.nextDouble() * sum);
      draws[i] = Math.min(ZIPF_KEYS - 1, found < 0 ? -found - 1 : found);
    }
    return draws;
  }
}
