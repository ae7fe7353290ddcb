/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.VersionedStore;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a map has no answer to: two keys replaced, or read, at one moment; and a write by the
 * version that an earlier one returned, without a read.
 *
 * <pre>
 * java -jar occ-jmh/target/benchmarks.jar CommitBenchmark
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
public class CommitBenchmark {
  private final VersionedStore<String, Object> store = VersionedStore.inMemory(KeyCodec.strings());
  private final String[] keys = RandomKeys.all();

  /** Fills the store. */
  @Setup
  public void prepare() {
    for (String key : keys) {
      store.put(key, key, Expected.any()).orThrow();
    }
  }

  /** Versions that the thread knows: of its last write, or of the conflict that told it better. */
  @State(Scope.Thread)
  public static class Known {
    private final long[] versions = new long[RandomKeys.COUNT];
  }

  /** Replaces a random key by the version that this thread saw last. */
  @Benchmark
  public boolean putByKnownVersion(RandomKeys random, Known known) {
    int index = random.next();
    var result = store.put(keys[index], random, Expected.version(known.versions[index]));
    Versioned<Object> current = result.current();
    if (current != null) {
      known.versions[index] = current.version();
    }
    return result.isApplied();
  }

  /** Reads two random keys, and replaces both at one moment. */
  @Benchmark
  public boolean commitTwoKeys(RandomKeys random) {
    int first = random.next();
    String one = keys[first];
    String other = keys[(first + 1) & (RandomKeys.COUNT - 1)];
    long oneVersion = store.get(one).orElseThrow().version();
    long otherVersion = store.get(other).orElseThrow().version();
    return store
        .commit(
            Commit.<String, Object>empty()
                .put(one, random, Expected.version(oneVersion))
                .put(other, random, Expected.version(otherVersion)))
        .isApplied();
  }

  /** Reads two random keys at one moment. */
  @Benchmark
  public int getTwoKeys(RandomKeys random) {
    int first = random.next();
    return store.getAll(List.of(keys[first], keys[(first + 1) & (RandomKeys.COUNT - 1)])).size();
  }
}
