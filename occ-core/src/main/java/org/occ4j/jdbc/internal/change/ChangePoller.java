/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.OccException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that asks for news: at each interval, at once when it is woken, and less and less
 * often while the database does not answer.
 *
 * <p>Who needs news of now waits for a poll that <em>begins</em> after the call: whatever was
 * committed before is visible to it.
 */
public final class ChangePoller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangePoller.class);

  private final Runnable poll;
  private final Duration interval;
  private final PollBackOff backOff;
  private final Thread thread;

  /** Guards the fields below; taken before the change log's lock, never after it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private boolean woken;
  private boolean closed;
  private long begun;
  private long ended;
  private long lastGood;
  private @Nullable OccException failure;

  /**
   * A poller, not yet started.
   *
   * @param poll asks once; may throw
   */
  public ChangePoller(Runnable poll, Duration interval) {
    this(poll, interval, bound -> ThreadLocalRandom.current().nextLong(bound));
  }

  /** The same, with the draws of its {@link PollBackOff}. */
  ChangePoller(Runnable poll, Duration interval, LongUnaryOperator random) {
    this.poll = poll;
    this.interval = interval;
    this.backOff = new PollBackOff(interval, random);
    this.thread = new Thread(null, this::run, "occ4j-change-poller", 0, false);
    thread.setDaemon(true);
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  /** Asks for a poll now. */
  public void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a poll that began after this call has succeeded and {@code reached} holds, which is
   * asked after each poll and each {@link #wake}.
   *
   * @return false if the time was over first, or the poller is closed
   */
  public boolean awaitPoll(Duration timeout, BooleanSupplier reached) throws InterruptedException {
    requireOtherThread();
    long left = saturatedNanos(timeout);
    lock.lockInterruptibly();
    try {
      long wanted = begun + 1;
      request();
      while (lastGood < wanted || !reached.getAsBoolean()) {
        if (closed || left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the end of one poll that begins after this call.
   *
   * @throws OccException if that one failed
   */
  public void pollNow() {
    requireOtherThread();
    lock.lock();
    try {
      long wanted = begun + 1;
      request();
      while (ended < wanted && !closed) {
        changed.awaitUninterruptibly();
      }
      if (lastGood < wanted && failure != null) {
        throw failure;
      }
    } finally {
      lock.unlock();
    }
  }

  private void request() {
    woken = true;
    changed.signalAll();
  }

  private void requireOtherThread() {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("a follower must not wait for the feed that calls it");
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    // No interrupt: an interrupt inside embedded H2 closes the database file under everybody.
    if (thread.isAlive() && Thread.currentThread() != thread) {
      joinBriefly(thread);
    }
  }

  /** Waits for the end of a thread that was told to end, but not for ever. */
  static void joinBriefly(Thread thread) {
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    long pauseNanos = interval.toNanos();
    while (awaitTurn(pauseNanos)) {
      pauseNanos = backOff.pauseNanosAfter(pollOnce());
    }
  }

  /** Waits for the interval to pass or for a request; false when closed. */
  private boolean awaitTurn(long pauseNanos) {
    lock.lock();
    try {
      pause(pauseNanos);
      woken = false;
      begun++;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void pause(long nanos) {
    try {
      long left = nanos;
      while (!woken && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException strayInterrupt) {
      // The thread is ours alone; the flag means nothing here and must not reach the database.
      LOG.debug("the poller was interrupted; it goes on");
    }
  }

  private boolean pollOnce() {
    try {
      poll.run();
      ended(null);
      return true;
    } catch (OccException unavailable) {
      ended(unavailable);
      return false;
    } catch (RuntimeException bug) {
      LOG.error("the change log could not be read", bug);
      ended(new OccException("the change log could not be read", bug));
      return false;
    }
  }

  private void ended(@Nullable OccException error) {
    boolean changedState;
    lock.lock();
    try {
      changedState = (failure == null) != (error == null);
      failure = error;
      ended = begun;
      if (error == null) {
        lastGood = begun;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (changedState) {
      logState(error);
    }
  }

  /** Once per change of state, so that an outage does not fill the log. */
  private static void logState(@Nullable OccException error) {
    if (error == null) {
      LOG.info("the change log is being read again");
    } else {
      LOG.warn("the change log cannot be read; followers hear nothing until it can", error);
    }
  }

  private static long saturatedNanos(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    try {
      return timeout.toNanos();
    } catch (ArithmeticException tooLong) {
      return Long.MAX_VALUE;
    }
  }

  /**
   * How long the poller pauses: the interval, or after failures a length drawn below a bound that
   * doubles with each of them, so that nodes do not return to a recovering database in step. Used
   * by one thread.
   */
  static final class PollBackOff {
    /** No pause after a failure is longer than half an interval and this, or the interval. */
    static final Duration MAX_BOUND = Duration.ofSeconds(5);

    private final long intervalNanos;
    private final long maxBoundNanos;
    private final LongUnaryOperator random;
    private long boundNanos;

    /**
     * A back-off that has seen no failure.
     *
     * @param random draws a number from 0 to below its argument
     */
    PollBackOff(Duration interval, LongUnaryOperator random) {
      this.intervalNanos = interval.toNanos();
      this.maxBoundNanos = Math.max(MAX_BOUND.toNanos(), intervalNanos);
      this.random = random;
      this.boundNanos = intervalNanos;
    }

    /** Notes how a poll ended and returns the pause until the next one. */
    long pauseNanosAfter(boolean success) {
      if (success) {
        boundNanos = intervalNanos;
        return intervalNanos;
      }
      boundNanos = boundNanos > maxBoundNanos / 2 ? maxBoundNanos : 2 * boundNanos;
      return intervalNanos / 2 + random.applyAsLong(boundNanos);
    }
  }
}
