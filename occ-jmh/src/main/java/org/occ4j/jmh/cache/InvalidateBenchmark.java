/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
  private static final int WARM_UP = 50_000;

  /** Who keeps the values; only those with tags are asked. */
  @Param({"OCC", "CAFFEINE_INDEX", "TAG_NAMES"})
  public CacheRival rival = CacheRival.OCC;

  /** Entries under each of the tags. */
  @Param({"1000", "100000", "1000000"})
  public int entries = 1_000;

  private final Tag[] tags = new Tag[TAGS];
  private CacheRival.Values cache = rival.create(1);

  /** Fills the cache anew, and warms up on tags of single entries. */
  @Setup(Level.Iteration)
  public void prepare() {
    cache = rival.create(2 * entries);
    for (int i = 0; i < WARM_UP; i++) {
      Tag tag = Tag.of("warm-" + i % TAGS);
      cache.keep("warm", Set.of(tag));
      cache.invalidate(tag);
    }
    Set<Tag> all = new LinkedHashSet<>();
    for (int i = 0; i < TAGS; i++) {
      tags[i] = Tag.of("everything-" + i);
      all.add(tags[i]);
    }
    for (int i = 0; i < entries; i++) {
      cache.keep("order:" + i, all);
    }
  }

  /** Invalidates tags that all entries carry. */
  @Benchmark
  @OperationsPerInvocation(TAGS)
  public void invalidate() {
    for (Tag tag : tags) {
      cache.invalidate(tag);
    }
  }
}
