/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps tasks until the test runs them. */
final class ManualScheduler implements Scheduler {
  /** A task and the delay that was asked for. */
  record Task(Runnable run, Duration delay) {}

  final Deque<Task> tasks = new ArrayDeque<>();

  @Override
  public void schedule(Runnable task, Duration delay) {
    tasks.add(new Task(task, delay));
  }

  void runNext() {
    tasks.remove().run().run();
  }
}
