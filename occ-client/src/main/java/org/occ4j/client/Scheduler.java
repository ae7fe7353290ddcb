/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Runs a task later. */
@FunctionalInterface
public interface Scheduler {

  /**
   * Arranges that {@code task} runs once, no sooner than after {@code delay}, in whatever thread.
   * The task does not block and does not throw.
   */
  void schedule(Runnable task, Duration delay);

  /** The timer of the Java platform; tasks run in the common pool. */
  static Scheduler system() {
    return (task, delay) -> {
      Executor later = CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS);
      later.execute(task);
    };
  }
}
