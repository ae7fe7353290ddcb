/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * A thread of a test and what becomes of it.
 *
 * @param <T> what it yields
 */
public final class Running<T> {
  private static final long PATIENCE_SECONDS = 60;

  private final FutureTask<T> task;
  private final Thread thread;

  private Running(FutureTask<T> task) {
    this.task = task;
    this.thread = new Thread(task, "test-thread");
    this.thread.setDaemon(true);
  }

  /** Starts a thread that does {@code work}. */
  public static <T> Running<T> start(Callable<T> work) {
    Running<T> running = new Running<>(new FutureTask<>(work));
    running.thread.start();
    return running;
  }

  /** The thread. */
  public Thread thread() {
    return thread;
  }

  /** Whether it has ended. */
  public boolean isDone() {
    return task.isDone();
  }

  /** Interrupts the thread. */
  public void interrupt() {
    thread.interrupt();
  }

  /** What the work yielded; throws what it threw. Waits for long, but not for ever. */
  public T result() throws Exception {
    try {
      return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Exception exception) {
        throw exception;
      }
      throw failed;
    }
  }
}
