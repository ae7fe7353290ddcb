/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.occ4j.Tag;
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
 * The invalidation of a tag that every entry carries; several such tags, one after the other, for
 * one is over too soon to be timed alone. The code is warm, the tags are used once.
 *
 * <pre>
 * java -jar occ-jmh/target/benchmarks.jar InvalidateBenchmark -p rival=OCC
 * </pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgs = {"-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch", "-XX:+UseParallelGC"})
@Warmup(iterations = 2)
@Measurement(iterations = 5)
@State(Scope.Benchmark)
public class InvalidateBenchmark {
  private static final int TAGS = 8;
  private static final int WARM_UP = 20_000;

  /** Who keeps the values; only those with tags are asked. */
  @Param({"OCC", "CAFFEINE_INDEX", "TAG_NAMES"})
  public CacheRival rival = CacheRival.OCC;

  /** Entries under each of the tags. */
  @Param({"1000", "100000", "1000000"})
  public int entries = 1_000;

  private Tag[] tags = {};
  private CacheRival.Values cache = rival.create(1);

  /** Fills the cache anew, and warms up on tags of single entries. */
  @Setup(Level.Iteration)
  public void prepare() {
    cache = rival.create(2 * entries);
    Tag[] warm = tags("warm");
    Set<Tag> allWarm = new LinkedHashSet<>(List.of(warm));
    for (int i = 0; i < WARM_UP; i++) {
      cache.keep("warm", allWarm);
      invalidate(cache, warm);
    }
    tags = tags("everything");
    Set<Tag> all = new LinkedHashSet<>(List.of(tags));
    for (int i = 0; i < entries; i++) {
      cache.keep("order:" + i, all);
    }
  }

  private static Tag[] tags(String name) {
    return IntStream.range(0, TAGS).mapToObj(i -> Tag.of(name + "-" + i)).toArray(Tag[]::new);
  }

  /** Invalidates tags that all entries carry. */
  @Benchmark
  @OperationsPerInvocation(TAGS)
  public void invalidate() {
    invalidate(cache, tags);
  }

  /** The loop is warm too: a shot of interpreted calls would measure the interpreter. */
  private static void invalidate(CacheRival.Values cache, Tag[] tags) {
    for (Tag tag : tags) {
      cache.invalidate(tag);
    }
  }
}
