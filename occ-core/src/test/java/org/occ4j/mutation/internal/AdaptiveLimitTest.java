/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Batches that take as long as a model says, on a clock that the test moves. */
class AdaptiveLimitTest {
  private static final int MOST = 8;

  /** Milliseconds for each request, by the number of batches under way: few are best. */
  private static double shortOfProcessors(int limit) {
    return 2.0 + Math.abs(limit - 2);
  }

  /** The network takes the time: the more the better. */
  private static double farAway(int limit) {
    return 40.0 / limit;
  }

  /** Level at first: a batch has to carry several before it spares something. */
  private static double levelAtFirst(int limit) {
    return new double[] {2.4, 2.3, 2.7, 3.3, 3.9, 3.95, 3.98, 4.0}[limit - 1];
  }

  private final AdaptiveLimit limit = new AdaptiveLimit(MOST);
  private final Random random = new Random(7);
  private long now;

  @Test
  void get_nothingSettledYet_isTheMost() {
    assertThat(limit.get()).isEqualTo(MOST);
  }

  @Test
  void settled_databaseShortOfProcessors_goesDownToTheBestAndStays() {
    windows(40, AdaptiveLimitTest::shortOfProcessors);
    assertThat(mostly(windows(60, AdaptiveLimitTest::shortOfProcessors))).isEqualTo(2);
  }

  /** Neighbours alone would never leave the most. */
  @Test
  void settled_neighboursAreNoBetter_findsWhatIsFartherOff() {
    windows(40, AdaptiveLimitTest::levelAtFirst);
    assertThat(mostly(windows(60, AdaptiveLimitTest::levelAtFirst))).isEqualTo(2);
  }

  @Test
  void settled_databaseFarAway_staysAtTheMost() {
    assertThat(mostly(windows(60, AdaptiveLimitTest::farAway))).isEqualTo(MOST);
  }

  @Test
  void settled_databaseMovesAway_climbsAgain() {
    windows(40, AdaptiveLimitTest::shortOfProcessors);
    windows(200, AdaptiveLimitTest::farAway);
    assertThat(mostly(windows(60, AdaptiveLimitTest::farAway))).isEqualTo(MOST);
  }

  @Test
  void settled_allAreEquallyGood_staysThoughTheTimesScatter() {
    List<Integer> seen = windows(200, any -> 2 + random.nextDouble() * 0.02);
    assertThat(mostly(seen)).isEqualTo(MOST);
  }

  /** A trial that was compared with the window before it alone would take the fall for its own. */
  @Test
  void settled_loadFallsEvenly_movesNothing() {
    double[] load = {1000};
    List<Integer> seen = windows(60, any -> load[0] *= 0.998);
    assertThat(seen.stream().filter(at -> at != MOST).count()).isLessThan(15);
  }

  @Test
  void settled_fewCallers_triesNoMoreThanTheyUse() {
    List<Integer> seen = new ArrayList<>();
    for (int window = 0; window < 40; window++) {
      window(1, any -> 2);
      seen.add(limit.get());
    }
    assertThat(seen).containsOnly(MOST);
  }

  @Test
  void settled_whateverComes_isNeverBelowOneNorAboveTheMost() {
    List<Integer> seen = windows(500, any -> 1 + random.nextInt(1000));
    assertThat(seen).allMatch(at -> at >= 1 && at <= MOST);
  }

  /** The longer nothing is won by it, the fewer windows are spent on a trial. */
  @Test
  void settled_nothingIsBetter_triesMoreAndMoreSeldom() {
    windows(100, AdaptiveLimitTest::farAway);
    List<Integer> seen = windows(160, AdaptiveLimitTest::farAway);
    assertThat(seen.stream().filter(at -> at != MOST).count()).isBetween(1L, 16L);
  }

  private List<Integer> windows(int count, IntToDoubleFunction millisOfRequest) {
    return IntStream.range(0, count)
        .mapToObj(
            window -> {
              int at = limit.get();
              window(at, millisOfRequest);
              return at;
            })
        .toList();
  }

  /** As many batches as a window has. */
  private void window(int underWay, IntToDoubleFunction millisOfRequest) {
    for (int batch = 0; batch < AdaptiveLimit.BATCHES; batch++) {
      double millis = millisOfRequest.applyAsDouble(limit.get());
      now += AdaptiveLimit.NANOS / AdaptiveLimit.BATCHES + 1;
      limit.settled(3, Math.round(3 * millis * 1e6), underWay, now);
    }
  }

  private static int mostly(List<Integer> seen) {
    return seen.stream()
        .max(
            (left, right) ->
                Long.compare(
                    seen.stream().filter(left::equals).count(),
                    seen.stream().filter(right::equals).count()))
        .orElseThrow();
  }
}
