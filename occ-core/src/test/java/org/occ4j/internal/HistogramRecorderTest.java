/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Histogram;
import org.occ4j.testkit.Running;

class HistogramRecorderTest {

  @Test
  void snapshot_nothingRecorded_isEmpty() {
    Histogram empty = new HistogramRecorder().snapshot();
    assertThat(empty).isEqualTo(new Histogram(0, 0, 0, List.of()));
    assertThat(empty.mean()).isZero();
    assertThat(empty.percentile(0.99)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 4, 5, 7, 8, 1_000, 999_999_937, 1L << 40, Long.MAX_VALUE})
  void record_oneValue_isInABucketAtMostAQuarterWider(long value) {
    HistogramRecorder recorder = new HistogramRecorder();
    recorder.record(value);
    Histogram.Bucket bucket = recorder.snapshot().buckets().get(0);
    assertThat(bucket.count()).isOne();
    assertThat(bucket.upTo()).isGreaterThanOrEqualTo(value);
    assertThat((double) bucket.upTo()).isLessThanOrEqualTo(1.25 * value);
  }

  @Test
  void record_belowZero_countsAsZero() {
    HistogramRecorder recorder = new HistogramRecorder();
    recorder.record(-5);
    assertThat(recorder.snapshot())
        .isEqualTo(new Histogram(1, 0, 0, List.of(new Histogram.Bucket(0, 1))));
  }

  @Test
  void percentile_ofAKnownDistribution_isRightToAQuarter() {
    HistogramRecorder recorder = new HistogramRecorder();
    for (int i = 1; i <= 10_000; i++) {
      recorder.record(i * 1_000L);
    }
    Histogram all = recorder.snapshot();
    for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.999}) {
      double exact = 10_000_000 * share;
      assertThat((double) all.percentile(share)).isBetween(exact, 1.25 * exact + 1);
    }
    assertThat(all.percentile(1)).isEqualTo(10_000_000);
    assertThat(all.max()).isEqualTo(10_000_000);
    assertThat(all.mean()).isEqualTo(5_000_500);
    assertThatIllegalArgumentException().isThrownBy(() -> all.percentile(1.01));
  }

  @Test
  void record_byManyThreads_losesNothing() throws Exception {
    HistogramRecorder recorder = new HistogramRecorder();
    List<Running<Void>> threads = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      threads.add(
          Running.start(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  recorder.record(i);
                }
                return null;
              }));
    }
    for (Running<Void> thread : threads) {
      thread.result();
    }
    Histogram all = recorder.snapshot();
    assertThat(all.count()).isEqualTo(40_000);
    assertThat(all.sum()).isEqualTo(4 * 49_995_000L);
    assertThat(all.max()).isEqualTo(9_999);
  }
}
