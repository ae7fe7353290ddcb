/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import java.util.LinkedHashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * One hit on a random key of ten thousand, while other entries are filled and invalidated by their
 * tags beside it: every read stays a hit, and a cache that has to look at its tags again does so.
 *
 * <pre>
 * java -jar occ-jmh/target/benchmarks.jar HitBenchmark -p rival=OCC,CAFFEINE -p tags=4
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgs = {"-Xms1g", "-Xmx1g", "-Xmn256m", "-XX:+AlwaysPreTouch", "-XX:+UseParallelGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class HitBenchmark {
  private static final int ENTRIES = 10_000;
  private static final int KEYS = 8_192;
  private static final int SHARED_TAGS = 500;
  private static final int OTHERS = 500;

  /** Who keeps the values. */
  @Param public CacheRival rival = CacheRival.OCC;

  /** Tags of each entry. */
  @Param({"1", "4", "8"})
  public int tags = 1;

  /** Invalidations per second, each of a tag that one entry carries, which was filled for it. */
  @Param({"0", "100", "1000"})
  public int invalidations = 0;

  private final String[] keys = new String[KEYS];
  private CacheRival.Values cache = rival.create(2 * ENTRIES);
  private volatile boolean stopped;
  private @Nullable Thread invalidator;

  /** Fills the cache and starts the thread that invalidates. */
  @Setup
  public void prepare() {
    cache = rival.create(2 * ENTRIES);
    for (int i = 0; i < KEYS; i++) {
      keys[i] = "order:" + i;
    }
    for (int i = 0; i < ENTRIES; i++) {
      cache.keep("order:" + i, tagsOf(i));
    }
    // What lives for long lies together in the old generation, without the garbage of its making
    // in between; spread over that, reads miss the processor's translation buffers.
    System.gc();
    if (invalidations > 0) {
      stopped = false;
      invalidator = new Thread(this::invalidate, "invalidator");
      invalidator.start();
    }
  }

  /** One of its own; the others are shared by many. */
  private Set<Tag> tagsOf(int entry) {
    Set<Tag> chosen = new LinkedHashSet<>();
    chosen.add(Tag.of("order-" + entry));
    for (int i = 1; i < tags; i++) {
      chosen.add(Tag.of("group-" + (entry * 31 + i * 17) % SHARED_TAGS));
    }
    return chosen;
  }

  private void invalidate() {
    long pause = TimeUnit.SECONDS.toNanos(1) / invalidations;
    long next = System.nanoTime();
    for (int i = 0; !stopped; i++) {
      String other = "other-" + i % OTHERS;
      Tag tag = Tag.of(other);
      cache.keep(other, Set.of(tag));
      cache.invalidate(tag);
      next += pause;
      while (!stopped && next - System.nanoTime() > 0) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
  }

  /** Ends the thread. */
  @TearDown
  public void end() throws InterruptedException {
    stopped = true;
    if (invalidator != null) {
      invalidator.join();
    }
  }

  /** A thread's random choice among the keys. */
  @State(Scope.Thread)
  public static class Choice {
    private int random = new Random().nextInt() | 1;

    /** By xorshift (Marsaglia 2003): cheap beside a read. */
    int next() {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      return random & (KEYS - 1);
    }
  }

  /** The value of a random key. */
  @Benchmark
  public Object hit(Choice choice) {
    Object value = cache.hit(keys[choice.next()]);
    if (value == null) {
      throw new IllegalStateException("a miss in a benchmark of hits");
    }
    return value;
  }
}
