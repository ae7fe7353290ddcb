/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of a cache that was given none. */
final class LoadThreads {
  /** Loads wait for a database most of the time; this many keep a pool of connections busy. */
  private static final int DEFAULT_THREADS = 16;

  private static final long IDLE_SECONDS = 10;

  private LoadThreads() {}

  /** A pool whose threads come when needed and go when idle, so a forgotten cache costs nothing. */
  static ExecutorService newPool(String cacheName, int maximumConcurrentLoads) {
    int threads = maximumConcurrentLoads > 0 ? maximumConcurrentLoads : DEFAULT_THREADS;
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread =
                  new Thread(task, "occ-cache-" + cacheName + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
