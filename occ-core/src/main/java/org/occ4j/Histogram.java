/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.List;

/**
 * How often values of which size were recorded: a snapshot, of durations in nanoseconds or of
 * sizes, as whoever gives it says. A bucket is at most a quarter as wide as its values are large,
 * so a percentile is right to a quarter.
 *
 * <p>Immutable. While others record, count, sum and buckets of one snapshot may differ by what is
 * just being recorded.
 *
 * @param count how many values
 * @param sum their sum
 * @param max the greatest, 0 if there is none
 * @param buckets those that have values, in ascending order
 */
public record Histogram(long count, long sum, long max, List<Bucket> buckets) {

  /**
   * The values up to a bound and above that of the bucket before.
   *
   * @param upTo the greatest value that belongs here
   * @param count how many values
   */
  public record Bucket(long upTo, long count) {}

  /** Copies the list. */
  public Histogram {
    buckets = List.copyOf(buckets);
  }

  /** The mean, 0 if there is no value. */
  public double mean() {
    return count == 0 ? 0 : (double) sum / count;
  }

  /**
   * A value that this share of the values does not exceed, and hardly any smaller one; 0 if there
   * is none.
   *
   * @param share from 0 to 1, such as 0.99
   * @throws IllegalArgumentException if it is not
   */
  public long percentile(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be from 0 to 1: " + share);
    }
    long all = buckets.stream().mapToLong(Bucket::count).sum();
    long wanted = (long) Math.ceil(all * share);
    long seen = 0;
    for (Bucket bucket : buckets) {
      seen += bucket.count();
      if (seen >= wanted) {
        return Math.min(bucket.upTo(), max);
      }
    }
    return max;
  }
}
