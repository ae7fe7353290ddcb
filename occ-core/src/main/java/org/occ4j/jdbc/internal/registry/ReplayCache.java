/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.Ticker;

/**
 * Answers that this node has read from the table not long ago: a mutation that is sent again and
 * again is answered without the database. It keeps whole rows, so that a hit is checked exactly as
 * a row is that was just read: payload, format, state.
 *
 * <ul>
 *   <li><b>REPLAY-1</b> only rows that are done and committed get in: they were read on a
 *       connection of our own, in a transaction that had written nothing;
 *   <li><b>REPLAY-2</b> a row is out of here no later than it may be out of the table: its time is
 *       counted from before it was read, and ends with its retention or the cache's own limit,
 *       whichever is first;
 *   <li><b>REPLAY-3</b> after {@link #forget} no row that was read before it is ever found.
 * </ul>
 *
 * <p>The least recently used row goes first. What bounds memory is the number of rows and the
 * length of one: a longer answer is not kept.
 */
public final class ReplayCache {
  static final int LONGEST_ANSWER_BYTES = 16 * 1024;

  private final int capacity;
  private final long longestNanos;
  private final Ticker ticker;

  /** Guards what follows. Nothing of the application's is called while it is held. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<MutationId, Remembered> entries;
  private long forgotten;

  private record Remembered(MutationRow row, long readAtNanos, long nanosToLive) {}

  /**
   * A moment before a read.
   *
   * @param nanos by the ticker
   * @param forgotten how many mutations had been forgotten here
   */
  record Moment(long nanos, long forgotten) {}

  /** A cache of so many rows; of none, if {@code capacity} is zero. */
  public ReplayCache(int capacity, Duration atMost, Ticker ticker) {
    this.capacity = capacity;
    this.longestNanos = NANOSECONDS.convert(atMost);
    this.ticker = ticker;
    this.entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<MutationId, Remembered> eldest) {
            return size() > ReplayCache.this.capacity;
          }
        };
  }

  /** The row of a mutation that is done, if it is here. */
  @Nullable MutationRow find(MutationId id) {
    if (capacity == 0) {
      return null;
    }
    lock.lock();
    try {
      Remembered entry = entries.get(id);
      if (entry == null) {
        return null;
      }
      if (ticker.nanos() - entry.readAtNanos() >= entry.nanosToLive()) {
        entries.remove(id);
        return null;
      }
      return entry.row();
    } finally {
      lock.unlock();
    }
  }

  /** Now, before a read whose row may be kept. */
  Moment moment() {
    if (capacity == 0) {
      return new Moment(0, 0);
    }
    lock.lock();
    try {
      return new Moment(ticker.nanos(), forgotten);
    } finally {
      lock.unlock();
    }
  }

  /** Keeps a committed row, if it is one to be replayed (REPLAY-1). */
  void keep(MutationId id, MutationRow row, Moment beforeRead) {
    if (capacity == 0 || !row.isDone() || isLong(row)) {
      return;
    }
    long live =
        Math.min(longestNanos, NANOSECONDS.convert(row.keptMicros(), MICROSECONDS)); // REPLAY-2
    lock.lock();
    try {
      if (forgotten == beforeRead.forgotten()) { // REPLAY-3
        entries.put(id, new Remembered(row, beforeRead.nanos(), live));
      }
    } finally {
      lock.unlock();
    }
  }

  private static boolean isLong(MutationRow row) {
    byte[] answer = row.answer();
    return answer != null && answer.length > LONGEST_ANSWER_BYTES;
  }

  /** The mutation was forgotten in the table: call it after that. */
  public void forget(MutationId id) {
    lock.lock();
    try {
      // Of every mutation: who has read one before must read again. It is an operator's doing.
      forgotten++;
      entries.remove(id);
    } finally {
      lock.unlock();
    }
  }
}
