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
    int size = sorted.size();
    return size == 0 ? Double.NaN : (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
  }

  /** The least and the greatest. */
  public String spread(String format) {
    return sorted.isEmpty()
        ? ""
        : String.format(
            Locale.ROOT, format + "–" + format, sorted.get(0), sorted.get(sorted.size() - 1));
  }
}
