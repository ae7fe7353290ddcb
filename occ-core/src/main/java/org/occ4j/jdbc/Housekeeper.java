/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.occ4j.OccException;
import org.occ4j.Ticker;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.mutex.Hold;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what is no longer promised, in one thread of its own.
 *
 * <p>A run takes a lease that all nodes share, and at its end gives it back only after most of an
 * interval, so that the others find it taken when their time comes. If its process dies the lease
 * ends, and the next node whose time comes goes on where it stopped: nothing but the rows
 * themselves says what is left to do. A lease that was lost meanwhile ends the run after its batch;
 * two batches beside each other would only find each other's rows locked.
 */
final class Housekeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  /** The namespace and the key of the lease. */
  static final String NAMESPACE = "occ4j.housekeeping";

  private static final String KEY = "purge";

  private static final long CLOSE_PATIENCE_MILLIS = 10_000;

  /** Removes one batch. */
  interface Batches {

    /** Removes rows, and says whether there may be more. */
    PurgeReport removeBatch();
  }

  /** One kind of rows to remove. For one thread at a time, but for the count. */
  static final class Chore {
    private final Batches batches;
    private final long restNanos;
    private final LongAdder removed = new LongAdder();
    private boolean everDone;
    private long doneNanos;

    /**
     * A chore that was never done.
     *
     * @param rest how long nothing is to be looked for after it was done
     */
    Chore(Batches batches, Duration rest) {
      this.batches = batches;
      this.restNanos = TimeUnit.NANOSECONDS.convert(rest);
    }

    boolean isDue(long nanos) {
      return !everDone || nanos - doneNanos >= restNanos;
    }

    void done(long nanos) {
      everDone = true;
      doneNanos = nanos;
    }

    boolean removeBatch() {
      PurgeReport batch = batches.removeBatch();
      removed.add(batch.removed());
      return batch.more();
    }
  }

  /** What there is to do. */
  record Chores(Chore answers, Chore changes, Chore locks) {
    List<Chore> inOrder() {
      return List.of(answers, changes, locks);
    }
  }

  private final Housekeeping settings;
  private final JdbcKeyedMutex<String> turns;
  private final Chores chores;
  private final Ticker ticker;
  private final Thread thread;

  private final LongAdder runs = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile boolean lastFailed;

  /** Guards {@code closed}. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition closing = lock.newCondition();
  private boolean closed;

  Housekeeper(Housekeeping settings, JdbcKeyedMutex<String> turns, Chores chores, Ticker ticker) {
    this.settings = settings;
    this.turns = turns;
    this.chores = chores;
    this.ticker = ticker;
    this.thread = new Thread(null, this::runUntilClosed, "occ4j-housekeeping", 0, false);
    thread.setDaemon(true);
  }

  /** Starts the thread, if it is on. */
  void start() {
    if (settings.enabled()) {
      thread.start();
    }
  }

  boolean isAlive() {
    return thread.isAlive();
  }

  HousekeepingStats stats() {
    return new HousekeepingStats(
        runs.sum(),
        skipped.sum(),
        failed.sum(),
        chores.answers().removed.sum(),
        chores.changes().removed.sum(),
        chores.locks().removed.sum());
  }

  /** Degraded if its last run failed. */
  DatabaseHealth.Part health() {
    return lastFailed
        ? new DatabaseHealth.Part(
            "housekeeping", DatabaseHealth.State.DEGRADED, "its last run was cut short")
        : new DatabaseHealth.Part("housekeeping", DatabaseHealth.State.UP, null);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      closing.signalAll();
    } finally {
      lock.unlock();
    }
    // No interrupt: an interrupt inside embedded H2 closes the database file under everybody.
    if (thread.isAlive() && Thread.currentThread() != thread) {
      try {
        thread.join(CLOSE_PATIENCE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void runUntilClosed() {
    long interval = TimeUnit.NANOSECONDS.convert(settings.interval());
    // Nodes that were opened together need not ask together.
    for (long pause = interval / 2; awaitNext(pause); pause = interval) {
      run();
    }
  }

  private boolean awaitNext(long nanos) {
    long spread = nanos / 10;
    return pause(nanos - spread + ThreadLocalRandom.current().nextLong(2 * spread + 1));
  }

  /** Waits; false at once when closed. */
  private boolean pause(long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (!closed && left > 0) {
        left = closing.awaitNanos(left);
      }
      return !closed;
    } catch (InterruptedException strayInterrupt) {
      // The thread is ours alone; the flag means nothing here and must not reach the database.
      LOG.debug("housekeeping was interrupted; it goes on");
      return true;
    } finally {
      lock.unlock();
    }
  }

  // A run.

  /** Removes everything that is over, unless another node does; never throws. */
  void run() {
    try {
      runUnlessAnotherNodeDoes();
      lastFailed = false;
    } catch (OccException unavailable) {
      failed();
      LOG.warn("housekeeping was cut short, and is tried again later: {}", unavailable.toString());
      LOG.debug("housekeeping was cut short", unavailable);
    } catch (RuntimeException bug) {
      failed();
      LOG.error("housekeeping failed, and is tried again later", bug);
    }
  }

  private void failed() {
    failed.increment();
    lastFailed = true;
  }

  private void runUnlessAnotherNodeDoes() {
    long begun = ticker.nanos();
    Hold<String> turn = turns.tryAcquire(KEY);
    if (turn == null) {
      skipped.increment();
      LOG.debug("housekeeping is another node's turn");
      return;
    }
    boolean done = false;
    try {
      done = removeAll(turn, begun);
    } finally {
      giveBack(turn, done, begun);
    }
  }

  /** Keeps the others from doing it all over again before the interval is over. */
  private void giveBack(Hold<String> turn, boolean done, long begun) {
    Duration rest =
        settings
            .interval()
            .multipliedBy(8)
            .dividedBy(10)
            .minusNanos(Math.max(0, ticker.nanos() - begun));
    if (done && !rest.isNegative()) {
      turn.releaseAfter(rest);
    } else {
      turn.close();
    }
  }

  private boolean removeAll(Hold<String> turn, long begun) {
    HousekeepingStats before = stats();
    for (Chore chore : chores.inOrder()) {
      if (chore.isDue(begun)) {
        if (!removeAll(chore, turn)) {
          return false;
        }
        chore.done(begun);
      }
    }
    runs.increment();
    report(before, stats(), Duration.ofNanos(ticker.nanos() - begun));
    return true;
  }

  /** Batch after batch; false if it had to end before all was removed. */
  private boolean removeAll(Chore chore, Hold<String> turn) {
    do {
      if (!turn.isValid()) {
        return false;
      }
      if (!chore.removeBatch()) {
        return true;
      }
    } while (pause(TimeUnit.NANOSECONDS.convert(settings.pause())));
    return false;
  }

  private static void report(HousekeepingStats before, HousekeepingStats after, Duration took) {
    long answers = after.answers() - before.answers();
    long changes = after.changes() - before.changes();
    long locks = after.locks() - before.locks();
    String line = "housekeeping removed {} answers, {} changes and {} idle locks in {} ms";
    if (answers + changes + locks > 0) {
      LOG.info(line, answers, changes, locks, took.toMillis());
    } else {
      LOG.debug(line, answers, changes, locks, took.toMillis());
    }
  }
}
