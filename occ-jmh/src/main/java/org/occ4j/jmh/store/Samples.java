/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** The same measured in several rounds. */
public final class Samples {
  private final List<Double> sorted = new ArrayList<>();

  /** Adds a sample. */
  public void add(double sample) {
    sorted.add(sample);
    Collections.sort(sorted);
  }

  /** The middle one, or the mean of the two in the middle. */
  public double median() {
    return quantile(0.5);
  }

  /**
   * The one below which this share of the others lies, or what lies between the two next to it. NaN
   * if there are none.
   */
  public double quantile(double share) {
    if (sorted.isEmpty()) {
      return Double.NaN;
    }
    double rank = share * (sorted.size() - 1);
    double below = sorted.get((int) Math.floor(rank));
    double above = sorted.get((int) Math.ceil(rank));
    return below + (above - below) * (rank - Math.floor(rank));
  }

  /** The first and the third quartile. */
  public String quartiles(String format) {
    return sorted.isEmpty()
        ? ""
        : String.format(Locale.ROOT, format + "–" + format, quantile(0.25), quantile(0.75));
  }

  /** The least and the greatest. */
  public String spread(String format) {
    return sorted.isEmpty()
        ? ""
        : String.format(
            Locale.ROOT, format + "–" + format, sorted.get(0), sorted.get(sorted.size() - 1));
  }
}
