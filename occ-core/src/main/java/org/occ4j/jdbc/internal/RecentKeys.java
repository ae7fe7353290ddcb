/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Remembers what was seen lately, in 32 KiB that never grow: a guess, which whoever asks has to
 * bear being wrong in either direction. A key is forgotten when another one falls into its place,
 * and two keys of the same bits are taken for each other. Safe for use by many threads.
 */
public final class RecentKeys {
  private static final int PLACES = 1 << 12;

  private final AtomicLongArray marks = new AtomicLongArray(PLACES);

  /** Nothing was seen yet. */
  public RecentKeys() {}

  /** A key of these bits was seen. */
  public void add(long bits) {
    long mark = mark(bits);
    marks.setOpaque(place(mark), mark);
  }

  /** Whether a key of these bits was probably seen. */
  public boolean mayHave(long bits) {
    long mark = mark(bits);
    return marks.getOpaque(place(mark)) == mark;
  }

  /** Never the zero of an empty place. */
  private static long mark(long bits) {
    return (bits * 0x9E3779B97F4A7C15L) | 1;
  }

  private static int place(long mark) {
    return (int) (mark >>> 32) & (PLACES - 1);
  }
}
