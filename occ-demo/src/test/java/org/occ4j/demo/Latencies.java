/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import java.util.concurrent.atomic.AtomicLongArray;

/** Times of requests, in buckets of a sixteenth of a power of two. Thread-safe. */
final class Latencies {
  private static final int PARTS = 16;

  private final AtomicLongArray counts = new AtomicLongArray(64 * PARTS);
  private long[] last = new long[64 * PARTS];

  void add(long nanos) {
    int power = 63 - Long.numberOfLeadingZeros(Math.max(PARTS, nanos));
    int part = (int) (nanos >>> (power - 4)) & (PARTS - 1);
    counts.incrementAndGet(power * PARTS + part);
  }

  /** How many there were since this was last asked, and how long half and nearly all took. */
  String sinceLast() {
    long[] now = now();
    long[] since = new long[now.length];
    for (int i = 0; i < now.length; i++) {
      since[i] = now[i] - last[i];
    }
    last = now;
    return told(since);
  }

  /** The same of all. */
  String all() {
    return told(now());
  }

  private long[] now() {
    long[] now = new long[counts.length()];
    for (int i = 0; i < now.length; i++) {
      now[i] = counts.get(i);
    }
    return now;
  }

  private static String told(long[] buckets) {
    long all = 0;
    for (long count : buckets) {
      all += count;
    }
    return "%,d requests, p50 %.1f ms, p99 %.1f ms"
        .formatted(all, millis(buckets, all / 2), millis(buckets, all * 99 / 100));
  }

  /** The upper end of the bucket in which the request of this rank is. */
  private static double millis(long[] buckets, long rank) {
    int bucket = 0;
    for (long seen = buckets[0]; seen <= rank && bucket < buckets.length - 1; ) {
      seen += buckets[++bucket];
    }
    double power = Math.scalb(1.0, bucket / PARTS);
    return power * (1 + (bucket % PARTS + 1) / (double) PARTS) / 1e6;
  }
}
