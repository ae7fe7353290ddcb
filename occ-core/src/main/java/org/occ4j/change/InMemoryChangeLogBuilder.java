/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.util.Objects;
import java.util.concurrent.Executor;
import org.occ4j.Ticker;
import org.occ4j.change.internal.FeedThreads;
import org.occ4j.change.internal.FollowerQueue;

/** The settings of a change feed in memory. Not thread-safe; what it builds is. */
public final class InMemoryChangeLogBuilder {
  private Executor executor = FeedThreads.shared();
  private int maxBacklog = FollowerQueue.DEFAULT_BACKLOG;
  private Ticker ticker = Ticker.system();

  InMemoryChangeLogBuilder() {}

  /**
   * Where ordered followers are called: at most one task per follower at a time. If it refuses a
   * task, the follower's changes wait until the next one is published. Default: daemon threads of
   * the library.
   */
  public InMemoryChangeLogBuilder executor(Executor executor) {
    this.executor = Objects.requireNonNull(executor, "executor");
    return this;
  }

  /**
   * How many changes may wait for one slow follower before it is told {@link
   * ChangeFollower#missed}; default 10 000.
   *
   * @throws IllegalArgumentException if not positive
   */
  public InMemoryChangeLogBuilder maxBacklog(int changes) {
    if (changes < 1) {
      throw new IllegalArgumentException("maxBacklog must be positive: " + changes);
    }
    this.maxBacklog = changes;
    return this;
  }

  /** What {@link ChangeFollower#caughtUp} counts by; default the system's ticker. */
  public InMemoryChangeLogBuilder ticker(Ticker ticker) {
    this.ticker = Objects.requireNonNull(ticker, "ticker");
    return this;
  }

  /** A feed of its own, empty. */
  public ChangeLog build() {
    return new InMemoryChangeLog(executor, maxBacklog, ticker);
  }
}
