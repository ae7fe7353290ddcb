/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.occ4j.Histogram;

/**
 * Records values into buckets, four for each power of two. Thread-safe: threads that record at the
 * same time neither wait nor share a cache line for long, and allocate nothing.
 */
public final class HistogramRecorder {
  private static final int SUB_BITS = 2;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  private final LongAdder[] buckets = new LongAdder[SUB_BUCKETS * (Long.SIZE - SUB_BITS)];
  private final LongAdder sum = new LongAdder();
  private final LongAccumulator max = new LongAccumulator(Math::max, 0);

  /** A recorder that has recorded nothing. */
  public HistogramRecorder() {
    Arrays.setAll(buckets, i -> new LongAdder());
  }

  /** Records one value; one below zero counts as zero. */
  public void record(long value) {
    long counted = Math.max(0, value);
    buckets[bucketOf(counted)].increment();
    sum.add(counted);
    max.accumulate(counted);
  }

  /** What was recorded so far. */
  public Histogram snapshot() {
    List<Histogram.Bucket> filled = new ArrayList<>();
    long count = 0;
    for (int i = 0; i < buckets.length; i++) {
      long values = buckets[i].sum();
      if (values > 0) {
        filled.add(new Histogram.Bucket(upTo(i), values));
        count += values;
      }
    }
    return new Histogram(count, sum.sum(), max.get(), filled);
  }

  /** Values below four have a bucket each; above, the leading bit and the two behind it count. */
  private static int bucketOf(long value) {
    if (value < SUB_BUCKETS) {
      return (int) value;
    }
    int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
    int behind = (int) (value >>> (power - SUB_BITS)) & (SUB_BUCKETS - 1);
    return SUB_BUCKETS * (power - SUB_BITS + 1) + behind;
  }

  private static long upTo(int bucket) {
    if (bucket < SUB_BUCKETS) {
      return bucket;
    }
    int power = bucket / SUB_BUCKETS + SUB_BITS - 1;
    long width = 1L << (power - SUB_BITS);
    return (1L << power) + (bucket % SUB_BUCKETS + 1) * width - 1;
  }
}
