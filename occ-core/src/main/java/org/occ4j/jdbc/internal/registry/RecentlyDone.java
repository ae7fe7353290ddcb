/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.concurrent.atomic.AtomicLongArray;
import org.occ4j.MutationId;

/**
 * Which mutations this node has lately seen done: a hint that one sent again is a replay, for which
 * a read will do. Without the hint it begins a transaction, as a first run has to, and ends it: one
 * round trip more. The table decides; a hint that is wrong, or missing, costs a round trip.
 */
final class RecentlyDone {

  /** A power of two. 32 KiB, for retries come within seconds. */
  private static final int SLOTS = 4096;

  /** The latest mutation of each slot, as a number that hardly another one has. */
  private final AtomicLongArray marks = new AtomicLongArray(SLOTS);

  void add(MutationId id) {
    long mark = mark(id);
    marks.setOpaque(slot(mark), mark);
  }

  boolean mayHave(MutationId id) {
    long mark = mark(id);
    return marks.getOpaque(slot(mark)) == mark;
  }

  private static int slot(long mark) {
    return (int) (mark >>> 32) & (SLOTS - 1);
  }

  private static long mark(MutationId id) {
    long bits =
        id.clientMutationId().getMostSignificantBits()
            ^ Long.rotateLeft(id.clientMutationId().getLeastSignificantBits(), 32)
            ^ id.scope().hashCode();
    return (bits * 0x9E3779B97F4A7C15L) | 1; // Never the zero of an empty slot.
  }
}
