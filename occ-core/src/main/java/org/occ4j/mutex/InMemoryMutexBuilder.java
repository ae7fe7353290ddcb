/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;

/**
 * Settings of a mutex in memory. Not thread-safe; the mutexes it builds are.
 *
 * @param <K> the keys
 */
public final class InMemoryMutexBuilder<K> {
  private static final int DEFAULT_EXPECTED_HELD = 1024;
  private static final int MAX_EXPECTED_HELD = 1 << 26;

  /** With an eighth of the slots in use, one acquisition in nine meets a neighbour. */
  private static final int SLOTS_PER_HELD_KEY = 8;

  private int slots = slotsFor(DEFAULT_EXPECTED_HELD);
  private boolean fair;

  /** With one processor the holder does not run while another thread looks. */
  private boolean backOff = Runtime.getRuntime().availableProcessors() > 1;

  private @Nullable Duration warnHeldLongerThan;
  private Ticker ticker = Ticker.system();
  private Executor executor = new CompletableFuture<Void>().defaultExecutor();

  InMemoryMutexBuilder() {}

  /**
   * How many keys are typically held at one time; 1024 unless set. It sizes the table, at 40 bytes
   * for each, and bounds nothing: more keys may be held, a little slower.
   *
   * @throws IllegalArgumentException unless from 1 to 2<sup>26</sup>
   */
  public InMemoryMutexBuilder<K> expectedHeld(int keys) {
    if (keys < 1 || keys > MAX_EXPECTED_HELD) {
      throw new IllegalArgumentException(
          "expectedHeld must be from 1 to " + MAX_EXPECTED_HELD + ": " + keys);
    }
    this.slots = slotsFor(keys);
    return this;
  }

  /**
   * Whether each key is strictly first come, first served; false unless set. Otherwise a newcomer
   * may overtake the first in the queue, but none for longer than about a millisecond, after which
   * the key is handed over. That is many times faster when a key is hot, since the key does not
   * idle until the next thread runs. {@code tryAcquire(key)} and {@code tryLock()} do not queue and
   * may take a key that happens to be free in any case.
   */
  public InMemoryMutexBuilder<K> fair(boolean fair) {
    this.fair = fair;
    return this;
  }

  /**
   * Logs a warning, once for each hold that lasts longer, with its key and the thread that acquired
   * it: while it lasts, and not later than at 1.5 times the limit. Also makes {@link
   * KeyedMutex#holder} know how long a key has been held. Off unless set, since it reads the clock
   * at each acquisition.
   *
   * @throws IllegalArgumentException unless positive
   */
  public InMemoryMutexBuilder<K> warnHeldLongerThan(Duration limit) {
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("warnHeldLongerThan must be positive: " + limit);
    }
    this.warnHeldLongerThan = limit;
    return this;
  }

  /**
   * What decides whether a time-out or a limit has passed; the system's unless set. Threads sleep
   * by the system's time and ask the ticker when they wake.
   */
  public InMemoryMutexBuilder<K> ticker(Ticker ticker) {
    this.ticker = Objects.requireNonNull(ticker, "ticker");
    return this;
  }

  /**
   * Where futures of {@code acquireAsync} are completed, and so what hangs on them runs; the
   * default of {@link CompletableFuture} unless set. If it refuses a task, that default takes it.
   * One that takes a task and never runs it keeps a key held; one that runs tasks at once runs them
   * in the thread that closed the hold before, one inside the other.
   */
  public InMemoryMutexBuilder<K> executor(Executor executor) {
    this.executor = Objects.requireNonNull(executor, "executor");
    return this;
  }

  /** Exactly so many slots, a power of two, for tests that want collisions. */
  InMemoryMutexBuilder<K> slots(int slots) {
    this.slots = slots;
    return this;
  }

  /** Whether a thread backs off for a while before it queues; tests want it in the queue. */
  InMemoryMutexBuilder<K> backOff(boolean backOff) {
    this.backOff = backOff;
    return this;
  }

  /** A new mutex with these settings. */
  public KeyedMutex<K> build() {
    return new InMemoryMutex<>(slots, fair, backOff, warnHeldLongerThan, ticker, executor);
  }

  private static int slotsFor(int held) {
    int wanted = held * SLOTS_PER_HELD_KEY;
    return Integer.highestOneBit(2 * wanted - 1);
  }
}
