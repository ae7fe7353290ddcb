/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;
import org.occ4j.change.internal.DirectFollower;
import org.occ4j.change.internal.FollowerQueue;
import org.occ4j.change.internal.SequencedLog;

/** The feed of one process. */
final class InMemoryChangeLog implements SequencedLog {

  /*
   * LOG-1  One lock is held for the commit of the writer, the numbering of its changes and the
   *     appending of them to the followers' backlogs. So the order of the log is the order of the
   *     commits and of every ordered follower's calls.
   * LOG-2  No follower, executor or ticker is called under that lock.
   * LOG-3  awaitApplied and caughtUp report what is before the first unfinished delivery only.
   *
   * Direct followers are called by the publishing threads after the lock is free, several at a
   * time. A "telling" is such a call under way; tellings stand in the order of their positions, so
   * everything before the first unfinished one has been delivered (LOG-3).
   */

  private final UUID incarnation = UUID.randomUUID();
  private final Executor executor;
  private final int maxBacklog;
  private final Ticker ticker;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition told = lock.newCondition();
  private final ArrayDeque<Telling> tellings = new ArrayDeque<>();
  private long position;
  // Replaced, never changed, so that a telling can keep what it began with.
  private List<FollowerQueue> queues = List.of();
  private List<DirectFollower> direct = List.of();

  InMemoryChangeLog(Executor executor, int maxBacklog, Ticker ticker) {
    this.executor = executor;
    this.maxBacklog = maxBacklog;
    this.ticker = ticker;
  }

  @Override
  public ChangeToken publish(ChangeDraft draft) {
    Objects.requireNonNull(draft, "draft");
    return Objects.requireNonNull(appendIf(() -> true, List.of(draft)));
  }

  @Override
  public @Nullable ChangeToken appendIf(BooleanSupplier commit, List<ChangeDraft> drafts) {
    // Read before the lock: whoever committed before this reading has appended before us.
    long asOfNanos = ticker.nanos();
    Telling telling;
    lock.lock();
    try {
      if (!commit.getAsBoolean()) {
        return null;
      }
      telling = append(drafts, asOfNanos);
    } finally {
      lock.unlock();
    }
    tell(telling, asOfNanos);
    return new ChangeToken(incarnation, telling.last);
  }

  private Telling append(List<ChangeDraft> drafts, long asOfNanos) {
    long first = position + 1;
    position += drafts.size();
    if (drafts.isEmpty() || (queues.isEmpty() && direct.isEmpty())) {
      return new Telling(first, position, List.of(), queues, direct);
    }
    List<Change> changes = numbered(drafts, first);
    for (FollowerQueue queue : queues) {
      changes.forEach(queue::changed);
      queue.caughtUp(asOfNanos);
    }
    Telling telling = new Telling(first, position, changes, queues, direct);
    tellings.addLast(telling);
    return telling;
  }

  private List<Change> numbered(List<ChangeDraft> drafts, long first) {
    List<Change> changes = new ArrayList<>(drafts.size());
    for (ChangeDraft draft : drafts) {
      changes.add(draft.at(new ChangeToken(incarnation, first + changes.size())));
    }
    return changes;
  }

  private void tell(Telling telling, long asOfNanos) {
    if (telling.changes.isEmpty()) {
      return;
    }
    for (DirectFollower follower : telling.direct) {
      telling.changes.forEach(follower::changed);
    }
    if (finish(telling)) {
      telling.direct.forEach(follower -> follower.caughtUp(asOfNanos));
    }
    telling.queues.forEach(FollowerQueue::wake);
  }

  /** Ends a telling; says whether none is left, so that all that was committed has been told. */
  private boolean finish(Telling telling) {
    lock.lock();
    try {
      telling.finished = true;
      while (!tellings.isEmpty() && tellings.getFirst().finished) {
        tellings.removeFirst();
      }
      told.signalAll();
      return tellings.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Subscription follow(ChangeFollower follower) {
    Objects.requireNonNull(follower, "follower");
    FollowerQueue queue = new FollowerQueue(follower, executor, maxBacklog);
    lock.lock();
    try {
      queues = with(queues, queue);
    } finally {
      lock.unlock();
    }
    return () -> unfollow(queue);
  }

  private void unfollow(FollowerQueue queue) {
    queue.close();
    lock.lock();
    try {
      queues = without(queues, queue);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Subscription followDirectly(ChangeFollower follower) {
    DirectFollower walled = new DirectFollower(Objects.requireNonNull(follower, "follower"));
    lock.lock();
    try {
      direct = with(direct, walled);
    } finally {
      lock.unlock();
    }
    return () -> unfollow(walled);
  }

  private void unfollow(DirectFollower follower) {
    follower.close();
    lock.lock();
    try {
      direct = without(direct, follower);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ChangeToken now() {
    lock.lock();
    try {
      return new ChangeToken(incarnation, position);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    lock.lockInterruptibly();
    try {
      long left = TimeUnit.NANOSECONDS.convert(timeout);
      while (token.incarnation().equals(incarnation) && toldUpTo() < token.position()) {
        if (left <= 0) {
          return false;
        }
        left = told.awaitNanos(left);
      }
      return token.incarnation().equals(incarnation);
    } finally {
      lock.unlock();
    }
  }

  private long toldUpTo() {
    return tellings.isEmpty() ? position : tellings.getFirst().first - 1;
  }

  private static <T> List<T> with(List<T> list, T more) {
    List<T> longer = new ArrayList<>(list);
    longer.add(more);
    return List.copyOf(longer);
  }

  private static <T> List<T> without(List<T> list, T less) {
    return list.stream().filter(one -> one != less).toList();
  }

  /** Changes that a publishing thread is telling to direct followers. */
  private static final class Telling {
    private final long first;
    private final long last;
    private final List<Change> changes;
    private final List<FollowerQueue> queues;
    private final List<DirectFollower> direct;
    private boolean finished;

    Telling(
        long first,
        long last,
        List<Change> changes,
        List<FollowerQueue> queues,
        List<DirectFollower> direct) {
      this.first = first;
      this.last = last;
      this.changes = changes;
      this.queues = queues;
      this.direct = direct;
    }
  }
}
