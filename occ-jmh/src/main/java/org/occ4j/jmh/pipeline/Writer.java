/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** One thread's mutations: its keys in turns, each with the version that the last one gave it. */
final class Writer {
  private static final int FIRST_CAPACITY = 1 << 14;

  private final Mutations mutations;
  private final List<String> keys;
  private final long[] versions;
  private long[] latencies = new long[FIRST_CAPACITY];
  private int measured;
  private int inTime;
  private long applied;
  private UUID lastId = drawn();
  private long lastVersion;
  private long lastExpected;

  Writer(Mutations mutations, List<String> keys, long[] versions) {
    this.mutations = mutations;
    this.keys = keys;
    this.versions = versions;
  }

  /**
   * Carries out mutations, one after the other, until the ticker of the JVM says {@code end}. One
   * that is under way then is finished: its latency counts, its success does not.
   */
  void writeUntil(long end) throws Exception {
    measured = 0;
    inTime = 0;
    for (long before = System.nanoTime(); before - end < 0; ) {
      writeOne();
      long after = System.nanoTime();
      record(after - before);
      inTime += after - end <= 0 ? 1 : 0;
      before = after;
    }
  }

  private void writeOne() throws Exception {
    int index = (int) (applied % keys.size());
    lastId = drawn();
    lastExpected = versions[index];
    lastVersion = mutations.apply(lastId, keys.get(index), lastExpected);
    if (lastExpected != Mutations.ANY) {
      versions[index] = lastVersion;
    }
    applied++;
  }

  private void record(long nanos) {
    if (measured == latencies.length) {
      latencies = Arrays.copyOf(latencies, 2 * measured);
    }
    latencies[measured++] = nanos;
  }

  /** Sends the last mutation again, which must be answered as it was, and change nothing. */
  void sendLastAgain() throws Exception {
    if (applied == 0) {
      return;
    }
    String key = keys.get((int) ((applied - 1) % keys.size()));
    long again = mutations.apply(lastId, key, lastExpected);
    if (again != lastVersion) {
      throw new IllegalStateException(
          "replayed with version " + again + ", not " + lastVersion + ": " + lastId);
    }
  }

  /** Mutations that were done before the end of the last round. */
  int inTime() {
    return inTime;
  }

  /** The latencies of the last round, in nanoseconds. */
  long[] latencies() {
    return Arrays.copyOf(latencies, measured);
  }

  /** Mutations since the beginning. */
  long applied() {
    return applied;
  }

  /** A UUID without a secure random, which would be measured too. */
  private static UUID drawn() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new UUID(random.nextLong(), random.nextLong());
  }
}
