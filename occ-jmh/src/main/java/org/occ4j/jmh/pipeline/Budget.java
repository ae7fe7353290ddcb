/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.occ4j.jmh.pipeline.Crowd.Round;
import org.occ4j.jmh.store.Samples;

/**
 * What is asked of one comparison.
 *
 * @param against the rival, or this library in smaller tables
 * @param what throughput or latency
 * @param bound what the ratio must reach
 * @param atMost whether it must not exceed it instead
 */
record Budget(Contestant against, ToDoubleFunction<Round> what, double bound, boolean atMost) {
  /** From how many connections on nobody is said to be short of them. */
  private static final int ENOUGH_CONNECTIONS = 16;

  private static final int CROWD = 64;

  private static final double A_THIRD = 1 / 3.0;
  private static final double FLAT = 0.9;

  /** The throughput that is asked against the hand-written transaction; null if none is. */
  static @Nullable Budget throughput(PipelineCase subject) {
    double bound = throughputBound(subject);
    return bound == 0 ? null : atLeast(new Contestant(subject, PipelineRival.HAND_WRITTEN), bound);
  }

  private static double throughputBound(PipelineCase subject) {
    boolean near = subject.delayMillis() == 0;
    boolean crowded = subject.threads() >= CROWD;
    if (subject.pool() < ENOUGH_CONNECTIONS) {
      return near && crowded && subject.kind() == PipelineCase.Kind.OWN ? 4 : 0;
    }
    if (subject.delayMillis() == 1) {
      return subject.kind() == PipelineCase.Kind.OWN ? 3.5 : 0;
    }
    return !near
        ? 0
        : switch (subject.kind()) {
          case OWN -> 1.4;
          case OWN_AUDIT -> 1.1;
          case HOT -> crowded ? 10 : 4;
          case HOT_AUDIT, MAPPED, MAPPED_HOT, GROWTH -> 0;
        };
  }

  /** The latency of one in a hundred that is asked on a hot row; null if none is. */
  static @Nullable Budget latency(PipelineCase subject) {
    Contestant rival = new Contestant(subject, PipelineRival.HAND_WRITTEN);
    return isHotAndNear(subject) ? new Budget(rival, Round::p99Micros, A_THIRD, true) : null;
  }

  /** The throughput that is asked against Hibernate; null if none is. */
  static @Nullable Budget hibernate(PipelineCase subject) {
    Contestant rival = new Contestant(subject, PipelineRival.HIBERNATE_RETRY);
    return isHotAndNear(subject) ? atLeast(rival, 15) : null;
  }

  private static boolean isHotAndNear(PipelineCase subject) {
    return subject.kind() == PipelineCase.Kind.HOT
        && subject.delayMillis() == 0
        && subject.pool() >= ENOUGH_CONNECTIONS;
  }

  /** The throughput that must be kept in large tables. */
  static Budget flat(PipelineCase smallest) {
    return atLeast(new Contestant(smallest, PipelineRival.OCC), FLAT);
  }

  private static Budget atLeast(Contestant against, double bound) {
    return new Budget(against, Round::perSecond, bound, false);
  }

  /** The ratio, what is asked, and whether it is met; empty if nothing was measured. */
  String verdict(Figures figures, Contestant occ) {
    Samples ratio = figures.ratio(occ, against, what);
    double median = ratio.median();
    if (Double.isNaN(median)) {
      return "";
    }
    boolean met = atMost ? median <= bound : median >= bound;
    return String.format(
        Locale.ROOT,
        "%s %.2f × | %.2f × | %s | %s",
        atMost ? "≤" : "≥",
        bound,
        median,
        ratio.quartiles("%.2f"),
        met ? "met" : "**missed**");
  }
}
