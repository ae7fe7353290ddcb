/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.occ4j.internal.Stages;

/**
 * Where asynchronous executions use the database: short steps only, of which none waits for
 * anything but a statement. So a few threads do, and a queue before them that is as long as it has
 * to be.
 */
public final class RegistryThreads implements Executor, AutoCloseable {
  // Fewer than the connections of a usual pool, of which others want some too.
  private static final int THREADS = 8;
  private static final long IDLE_SECONDS = 5;
  private static final AtomicLong NUMBER = new AtomicLong();

  private final @Nullable ThreadPoolExecutor owned;
  private final Executor executor;

  /** Uses this executor, or threads of its own. */
  public RegistryThreads(@Nullable Executor given) {
    ThreadPoolExecutor pool = given == null ? pool() : null;
    this.owned = pool;
    this.executor = pool == null ? Objects.requireNonNull(given) : pool;
  }

  private static ThreadPoolExecutor pool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            RegistryThreads::thread);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(null, work, "occ4j-registry-" + NUMBER.incrementAndGet(), 0, false);
    thread.setContextClassLoader(null);
    thread.setDaemon(true);
    return thread;
  }

  /** After the close, and wherever it is refused, the calling thread does it: an effect is done. */
  @Override
  public void execute(Runnable step) {
    Stages.runOn(executor, step);
  }

  @Override
  public void close() {
    if (owned != null) {
      owned.shutdown();
    }
  }
}
