/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.occ4j.Ticker;

/**
 * One call of {@code acquireAll}: takes its keys one after the other in an order that all calls
 * share, so that no two of them can wait for each other.
 *
 * <p>The order is that of the hash codes. Distinct keys with the same hash code have no order of
 * their own; a call with several of them first takes the {@linkplain EqualHashLocks gate} of the
 * hash code, which comes before those keys in the order, and gives it back when it has them all. So
 * among such keys only one call at a time holds one and waits for another.
 */
final class JointAcquisition<K> {
  private final InMemoryMutex<K> mutex;
  private final EqualHashLocks gates;
  private final Ticker ticker;
  private final long timeoutNanos;
  private final long start;
  private final List<Hold<K>> held = new ArrayList<>();

  JointAcquisition(InMemoryMutex<K> mutex, EqualHashLocks gates, Ticker ticker, long timeoutNanos) {
    this.mutex = mutex;
    this.gates = gates;
    this.ticker = ticker;
    this.timeoutNanos = timeoutNanos;
    this.start = ticker.nanos();
  }

  /**
   * Takes them all, or none.
   *
   * @param keys distinct
   */
  List<Hold<K>> acquire(Collection<K> keys) throws InterruptedException, TimeoutException {
    List<K> sorted = new ArrayList<>(keys);
    sorted.sort(Comparator.comparingInt(InMemoryMutex::hash));
    boolean complete = false;
    try {
      int next = 0;
      while (next < sorted.size()) {
        int end = endOfTie(sorted, next);
        acquireTie(sorted.subList(next, end));
        next = end;
      }
      complete = true;
      return held;
    } finally {
      if (!complete) {
        JointHold.closeAll(held);
      }
    }
  }

  private int endOfTie(List<K> sorted, int start) {
    int hash = InMemoryMutex.hash(sorted.get(start));
    int end = start + 1;
    while (end < sorted.size() && InMemoryMutex.hash(sorted.get(end)) == hash) {
      end++;
    }
    return end;
  }

  private void acquireTie(List<K> keys) throws InterruptedException, TimeoutException {
    if (keys.size() == 1) {
      held.add(take(mutex, keys.get(0)));
      return;
    }
    try (Hold<Integer> gate = take(gates.mutex(), InMemoryMutex.hash(keys.get(0)))) {
      for (K key : keys) {
        held.add(take(mutex, key));
      }
    }
  }

  private <T> Hold<T> take(InMemoryMutex<T> from, T key)
      throws InterruptedException, TimeoutException {
    Hold<T> hold = from.tryAcquire(key, remaining());
    if (hold == null) {
      throw mutex.timeout(key);
    }
    return hold;
  }

  private long remaining() {
    return timeoutNanos == Timeouts.FOR_EVER
        ? Timeouts.FOR_EVER
        : Math.max(0, timeoutNanos - (ticker.nanos() - start));
  }
}
