/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change.internal;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backlog of one ordered follower, and its delivery: one call after the other, on a thread of
 * the executor, under no lock.
 *
 * <p>The backlog is bounded. When it is full everything in it is given up for one {@code missed},
 * which stands in its place, and later changes queue up behind that.
 *
 * <p>Appending and delivering are apart: {@link #changed} and its like only append and may be
 * called under a lock of the feed; {@link #wake} hands work to the executor, which is the
 * application's, and is called under none.
 */
public final class FollowerQueue {

  /** The bound where nothing else is said, in changes: some megabytes at most. */
  public static final int DEFAULT_BACKLOG = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(FollowerQueue.class);

  /** Calls made before the thread is given back, so that followers can share a small pool. */
  private static final int CALLS_PER_TURN = 256;

  private final DirectFollower follower;
  private final Executor executor;
  private final int maxBacklog;

  /** Leaf lock: guards the fields below; nothing else is locked or called under it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final ArrayDeque<Call> backlog = new ArrayDeque<>();
  private boolean scheduled;
  private boolean rejectionLogged;
  private boolean closed;

  /** An empty backlog of at most {@code maxBacklog} changes. */
  public FollowerQueue(ChangeFollower follower, Executor executor, int maxBacklog) {
    this.follower = new DirectFollower(follower);
    this.executor = executor;
    this.maxBacklog = maxBacklog;
  }

  /** Appends a change. */
  public void changed(Change change) {
    append(new Changed(change));
  }

  /** Gives up the backlog for one {@code missed}. */
  public void missed(String reason) {
    lock.lock();
    try {
      replaceBacklog(reason);
    } finally {
      lock.unlock();
    }
  }

  /** Appends that everything committed before {@code asOfNanos} stands before this. */
  public void caughtUp(long asOfNanos) {
    append(new CaughtUp(asOfNanos));
  }

  /** Has the backlog delivered if there is any. */
  public void wake() {
    if (claimTurn()) {
      submit();
    }
  }

  /** Drops the backlog; no call begins after this. */
  public void close() {
    follower.close();
    lock.lock();
    try {
      closed = true;
      backlog.clear();
    } finally {
      lock.unlock();
    }
  }

  private void append(Call call) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (call instanceof CaughtUp && backlog.peekLast() instanceof CaughtUp) {
        backlog.removeLast();
      } else if (backlog.size() >= maxBacklog && !(call instanceof CaughtUp)) {
        replaceBacklog("more than " + maxBacklog + " changes were waiting for a slow follower");
      }
      backlog.addLast(call);
    } finally {
      lock.unlock();
    }
  }

  private void replaceBacklog(String reason) {
    if (!closed) {
      backlog.clear();
      backlog.addLast(new Missed(reason));
    }
  }

  private boolean claimTurn() {
    lock.lock();
    try {
      if (scheduled || backlog.isEmpty()) {
        return false;
      }
      scheduled = true;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void submit() {
    try {
      executor.execute(this::deliver);
    } catch (RuntimeException rejected) {
      // The writer must not suffer. The backlog stays, bounded, and the next wake tries again.
      if (releaseTurn()) {
        LOG.warn("The executor of a change feed refuses work; changes wait", rejected);
      }
    }
  }

  private boolean releaseTurn() {
    lock.lock();
    try {
      scheduled = false;
      boolean first = !rejectionLogged;
      rejectionLogged = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  private void deliver() {
    for (int calls = 0; calls < CALLS_PER_TURN; calls++) {
      Call call = take();
      if (call == null) {
        return;
      }
      call.on(follower);
    }
    submit();
  }

  private @Nullable Call take() {
    lock.lock();
    try {
      rejectionLogged = false;
      Call call = backlog.pollFirst();
      if (call == null) {
        scheduled = false;
      }
      return call;
    } finally {
      lock.unlock();
    }
  }

  private sealed interface Call {
    void on(DirectFollower follower);
  }

  private record Changed(Change change) implements Call {
    @Override
    public void on(DirectFollower follower) {
      follower.changed(change);
    }
  }

  private record Missed(String reason) implements Call {
    @Override
    public void on(DirectFollower follower) {
      follower.missed(reason);
    }
  }

  private record CaughtUp(long asOfNanos) implements Call {
    @Override
    public void on(DirectFollower follower) {
      follower.caughtUp(asOfNanos);
    }
  }
}
