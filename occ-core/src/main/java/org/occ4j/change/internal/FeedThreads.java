/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change.internal;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The threads on which ordered followers are called where the application gave no executor: as many
 * as there are busy followers, daemons, gone after some idle seconds.
 */
public final class FeedThreads {
  private FeedThreads() {}

  private static final long IDLE_SECONDS = 5;
  private static final AtomicLong NUMBER = new AtomicLong();
  private static final Executor SHARED =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          FeedThreads::thread);

  /** The executor that all feeds of this process share. */
  public static Executor shared() {
    return SHARED;
  }

  private static Thread thread(Runnable work) {
    // No inherited thread-locals and no class loader of whoever happened to publish first.
    Thread thread =
        new Thread(null, work, "occ4j-change-feed-" + NUMBER.incrementAndGet(), 0, false);
    thread.setContextClassLoader(null);
    thread.setDaemon(true);
    return thread;
  }
}
