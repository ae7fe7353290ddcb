/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Which reads Caffeine hears of, for it chooses by them what to evict.
 *
 * <p>Its bookkeeping of a read costs several times what the look-up does, and moves entries about
 * that others are reading. So of an entry that is read often it hears a share only: of one read in
 * each pause, and of one in {@link #SHARE} of the others. What is read more is still heard of more,
 * and that is what it compares.
 *
 * <p>The pause is counted by a clock that runs with the entries that come in, and slowly with time:
 * the order in which entries leave matters as fast as they are replaced.
 */
final class ReadSampler {
  /** The pause, for each entry that there is room for. */
  private static final long PAUSE_PER_ENTRY = 4_000;

  /** What an entry that comes in moves the clock on: half a room of them is a pause. */
  private static final long STEP_PER_ADMISSION = 2 * PAUSE_PER_ENTRY;

  /** Without any that come in the clock runs at 1/16 of the ticker's speed, in nanoseconds. */
  private static final int SLOWNESS_BITS = 4;

  /** Beyond this room the pause does not grow. */
  private static final long LARGE_ROOM = 25_000;

  /** Of so many other reads it hears of one. A power of two, so that the remainder is cheap. */
  private static final long SHARE = 64;

  private final AtomicLong admissions = new AtomicLong();
  private final long pause;

  /** For a cache with room for so many entries; a guess where entries are weighed. */
  ReadSampler(long room) {
    this.pause = Math.min(room, LARGE_ROOM) * PAUSE_PER_ENTRY;
  }

  /** Notes that an entry came in which was not there. */
  void admitted() {
    admissions.incrementAndGet();
  }

  /** The clock's reading at this reading of the ticker. */
  long clock(long now) {
    return (now >> SLOWNESS_BITS) + admissions.getOpaque() * STEP_PER_ADMISSION;
  }

  /** Whether Caffeine is to hear of this read; if so the entry remembers it. */
  boolean samples(Entry<?> entry, long now) {
    long clock = clock(now);
    // The last bits of a running ticker are as good as chance; of one that stands they tell all.
    if (now % SHARE == 0 || clock - entry.sampledAt() >= pause) {
      entry.sampledAt(clock);
      return true;
    }
    return false;
  }
}
