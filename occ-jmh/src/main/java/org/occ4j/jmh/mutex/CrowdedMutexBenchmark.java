/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.mutex;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
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
 * A turn on a free key while many other keys are held: what collisions in the slot table cost.
 *
 * <pre>
 * java -jar occ-jmh/target/benchmarks.jar CrowdedMutexBenchmark
 * </pre>
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
@State(Scope.Thread)
public class CrowdedMutexBenchmark {
  private static final int KEYS = 1024;

  /** How many other keys are held all the time, in a table made for 1024. */
  @Param({"0", "100", "400", "2000", "8000"})
  public int held;

  private final KeyedMutex<String> mutex = KeyedMutex.inMemory();
  private final List<Hold<String>> holds = new ArrayList<>();
  private final String[] keys = new String[KEYS];
  private int random = new Random().nextInt() | 1;

  /** Takes the other keys. */
  @Setup
  public void crowd() throws InterruptedException {
    for (int i = 0; i < KEYS; i++) {
      keys[i] = "task:" + i;
    }
    for (int i = 0; i < held; i++) {
      holds.add(mutex.acquire("held:" + i));
    }
  }

  /** Takes and ends a turn on a random free key. */
  @Benchmark
  public void turn() throws InterruptedException {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    mutex.acquire(keys[random & (KEYS - 1)]).close();
  }
}
