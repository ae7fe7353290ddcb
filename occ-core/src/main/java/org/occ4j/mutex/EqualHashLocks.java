/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;

/**
 * A mutex over hash codes, for those that several keys of one {@code acquireAll} share. Most
 * mutexes never need one, so it is made at the first tie.
 *
 * <p>Each mutex has gates of its own: shared ones would tie together mutexes that a program nests.
 */
final class EqualHashLocks {
  private static final int SLOTS = 16;

  private final Ticker ticker;
  private final Executor executor;
  private final AtomicReference<@Nullable InMemoryMutex<Integer>> gates = new AtomicReference<>();

  EqualHashLocks(Ticker ticker, Executor executor) {
    this.ticker = ticker;
    this.executor = executor;
  }

  InMemoryMutex<Integer> mutex() {
    InMemoryMutex<Integer> present = gates.get();
    if (present != null) {
      return present;
    }
    InMemoryMutex<Integer> fresh = new InMemoryMutex<>(SLOTS, false, false, null, ticker, executor);
    InMemoryMutex<Integer> earlier = gates.compareAndExchange(null, fresh);
    return earlier == null ? fresh : earlier;
  }
}
