/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Remembers which rows were seen in the table, in little memory that never grows: a guess, which
 * whoever asks has to bear being wrong in either direction. A key is forgotten when another one
 * falls into its place, and two keys of one hash are taken for each other.
 */
final class SeenRows {
  private static final int PLACES = 1 << 12;

  private final AtomicIntegerArray marks = new AtomicIntegerArray(PLACES);

  void add(LeaseKey key) {
    int mark = mark(key);
    marks.setOpaque(place(mark), mark);
  }

  boolean contains(LeaseKey key) {
    int mark = mark(key);
    return marks.getOpaque(place(mark)) == mark;
  }

  /** Never the zero of an empty place. */
  private static int mark(LeaseKey key) {
    return key.hashCode() | 1;
  }

  private static int place(int mark) {
    int spread = mark * 0x9E3779B9;
    return spread >>> Integer.numberOfLeadingZeros(PLACES - 1);
  }
}
