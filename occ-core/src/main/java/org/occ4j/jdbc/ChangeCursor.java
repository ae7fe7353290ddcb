/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which rows of the change log one node has seen, so that a transaction that commits late is seen
 * too.
 *
 * <p>Row numbers are given out before their transactions commit, so a row can become visible after
 * others with greater numbers. The cursor therefore remembers each number below the greatest seen
 * that was not there ("gap") and keeps asking for it. A gap is either a transaction that is still
 * open or one that was rolled back, and nothing tells them apart; it is given up when it has been
 * open for longer than the window.
 *
 * <ul>
 *   <li>I1: a committed row is seen by exactly one {@link #see}, if its transaction lasted no
 *       longer than the window.
 *   <li>I2: there are never more gaps than the bound; past it the cursor says {@link
 *       #overflowed()}.
 * </ul>
 *
 * <p>Not thread-safe; the poller's.
 */
final class ChangeCursor {

  private final long windowNanos;
  private final int maxGaps;

  /** When each gap was first missed, by its number. */
  private final TreeMap<Long, Long> gaps = new TreeMap<>();

  private long greatest;
  private boolean overflowed;

  /**
   * A cursor at the end of the log.
   *
   * @param greatest the greatest number that is visible now
   * @param recent the visible numbers just below it, ascending: what is missing among them may be
   *     transactions that are open now
   */
  ChangeCursor(long greatest, List<Long> recent, Duration window, int maxGaps, long nowNanos) {
    this.windowNanos = window.toNanos();
    this.maxGaps = maxGaps;
    this.greatest = recent.isEmpty() ? greatest : recent.get(0);
    for (long number : recent) {
      see(number, nowNanos);
    }
  }

  /** Rows after this one have not been asked for yet. */
  long greatest() {
    return greatest;
  }

  /** The numbers to ask for again. */
  SortedSet<Long> gaps() {
    return new TreeSet<>(gaps.keySet());
  }

  /** Whether a row was seen. Numbers below everything that is remembered count as seen. */
  boolean hasSeen(long number) {
    return number <= greatest && !gaps.containsKey(number);
  }

  /** Whether more rows were missing than can be remembered, so that some may have been lost. */
  boolean overflowed() {
    return overflowed;
  }

  /**
   * Notes a row.
   *
   * @return false if it was seen before
   */
  boolean see(long number, long nowNanos) {
    if (number <= greatest) {
      return gaps.remove(number) != null;
    }
    addGaps(greatest + 1, number, nowNanos);
    greatest = number;
    return true;
  }

  private void addGaps(long from, long to, long nowNanos) {
    if (to - from > maxGaps - gaps.size()) {
      overflowed = true; // I2
      return;
    }
    for (long missing = from; missing < to; missing++) {
      gaps.put(missing, nowNanos);
    }
  }

  /** Gives up the gaps that have been open for longer than the window. */
  void expireGaps(long nowNanos) {
    gaps.values().removeIf(since -> nowNanos - since > windowNanos);
  }
}
