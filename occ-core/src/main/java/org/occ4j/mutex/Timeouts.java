/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Time-outs as nanoseconds, and the one thread that all mutexes in memory share for timers. */
final class Timeouts {
  /** As good as no time-out: 292 years. */
  static final long FOR_EVER = Long.MAX_VALUE;

  private static final long IDLE_SECONDS = 10;

  private Timeouts() {}

  /** The nanoseconds of a time-out; one too long to count in nanoseconds is for ever. */
  static long nanos(Duration timeout) {
    if (Objects.requireNonNull(timeout, "timeout").isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    try {
      return timeout.toNanos();
    } catch (ArithmeticException tooLong) {
      return FOR_EVER;
    }
  }

  /**
   * Runs a short task later, on a daemon thread that ends when it has had nothing to do. The task
   * runs no user code.
   */
  static ScheduledFuture<?> schedule(Runnable task, long delayNanos) {
    return Scheduler.SHARED.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  private static final class Scheduler {
    static final ScheduledThreadPoolExecutor SHARED = create();

    private static ScheduledThreadPoolExecutor create() {
      ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, Scheduler::thread);
      scheduler.setRemoveOnCancelPolicy(true); // a timer must not keep the key of a past wait
      scheduler.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
      scheduler.allowCoreThreadTimeOut(true);
      return scheduler;
    }

    private static Thread thread(Runnable work) {
      Thread thread = new Thread(null, work, "occ4j-mutex-timer", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null); // not that of whoever came first
      return thread;
    }
  }
}
