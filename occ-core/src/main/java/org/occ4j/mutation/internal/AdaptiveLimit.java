/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * Finds by trial how many batches are best under way at once: the number with which a request takes
 * the least time on average, from when it came to when it was settled.
 *
 * <p>Neither the number of the database's processors is known here, nor how far away it is, nor
 * what sharing a statement spares on it. Where the network takes most of the time, many at once are
 * best; where the database is short of processors, few that carry more each. With a fixed number of
 * callers the least mean time is the greatest throughput (Little's law), and where callers come by
 * themselves it is what they want.
 *
 * <p>Time is cut into windows. A window with another number stands between two with the present
 * one, and is compared with the mean of both, so that a load that grows or shrinks in the meantime
 * favours neither. A number that is not better by a twentieth is dropped, and the next trial is put
 * off, each time longer. That hill climbing can replace a fixed limit is shown by Hellerstein et
 * al., "Optimizing concurrency levels in the .NET ThreadPool" (2008).
 *
 * <p>The ground may be level next to the present number and fall farther off: what a batch spares
 * grows with its size, and six batches of eight callers are hardly larger than eight. So trials go
 * to the half and the double as well as to neighbours.
 *
 * <p>Not thread-safe: {@link GroupCommit} calls it under its lock.
 */
final class AdaptiveLimit {

  /** A window has at least so many batches, and lasts at least so long. */
  static final int BATCHES = 64;

  static final long NANOS = 50_000_000;

  private static final double BETTER = 0.95;

  /** So many windows at most go by without a trial. */
  private static final int LONGEST_PAUSE = 15;

  /**
   * Where a trial goes, from the best number and that in use: to the half, up, down, and to the
   * double. The next one has its turn when one has won nothing.
   */
  private static final List<IntBinaryOperator> TRIALS =
      List.of(
          (best, used) -> used / 2,
          (best, used) -> best + Math.max(1, best / 4),
          (best, used) -> used - Math.max(1, used / 4),
          (best, used) -> 2 * best);

  private final int most;

  /** The number that is best as far as is known. */
  private int best;

  /** The number on trial, in this window or in the last one, or 0. */
  private int tried;

  /**
   * The mean time in the window before the trial, and in that of the trial; 0 if there was none.
   */
  private double before;

  private double onTrial;
  private int turn;
  private int pause;
  private int windowsLeft;

  // The present window.
  private long begun;
  private boolean isOpen;
  private int batches;
  private long requests;
  private double nanos;
  private int peak;

  /** A limit that begins with the most there may be. */
  AdaptiveLimit(int most) {
    this.most = most;
    this.best = most;
  }

  /** How many batches may be under way now. */
  int get() {
    return isOnTrial() ? tried : best;
  }

  private boolean isOnTrial() {
    return tried > 0 && onTrial == 0;
  }

  /**
   * A batch was settled.
   *
   * @param size how many requests it had
   * @param nanosInAll how long they took, each from when it came, taken together
   * @param underWay how many batches were under way, this one included
   * @param now the present time
   */
  void settled(int size, long nanosInAll, int underWay, long now) {
    if (!isOpen) {
      open(now); // When the first one ends, which is not counted: others began before it, too.
      return;
    }
    batches++;
    requests += size;
    nanos += nanosInAll;
    peak = Math.max(peak, underWay);
    if (batches >= BATCHES && now - begun >= NANOS) {
      ended(nanos / requests);
      open(now);
    }
  }

  private void open(long now) {
    isOpen = true;
    begun = now;
    batches = 0;
    requests = 0;
    nanos = 0;
    peak = 0;
  }

  private void ended(double mean) {
    if (isOnTrial()) {
      onTrial = mean;
      return;
    }
    before = onTrial > 0 ? judged(mean) : mean;
    tried = 0;
    if (windowsLeft > 0) {
      windowsLeft--;
    } else {
      tried = next();
    }
  }

  /**
   * Ends a trial.
   *
   * @param after the mean time in the window after it
   * @return the mean time that goes with the number that is best now
   */
  private double judged(double after) {
    double withTried = onTrial;
    onTrial = 0;
    if (withTried < (before + after) / 2 * BETTER) {
      best = tried;
      pause = 0;
      return withTried;
    }
    turn = (turn + 1) % TRIALS.size();
    pause = Math.min(2 * pause + 1, LONGEST_PAUSE);
    windowsLeft = pause;
    return after;
  }

  /** The number to be tried, or 0 if it is the turn of one that is not to be had or not used. */
  private int next() {
    int next = Math.min(most, TRIALS.get(turn).applyAsInt(best, Math.min(best, peak)));
    boolean isUsed = next < best || peak >= best;
    if (next != best && next >= 1 && isUsed) {
      return next;
    }
    turn = (turn + 1) % TRIALS.size();
    return 0;
  }
}
