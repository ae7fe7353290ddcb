/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.Subscription;
import org.occ4j.change.internal.DirectFollower;
import org.occ4j.change.internal.FeedThreads;
import org.occ4j.change.internal.FollowerQueue;

/**
 * Who follows the change log on this node, and who tells them what.
 *
 * <p>Ordered followers hear everything from the poller. Direct followers hear a change of another
 * node from the poller too; a change of this node is known to its writer <em>and</em> met by the
 * poller, in either order or at the same time, and one of the two tells it:
 *
 * <ul>
 *   <li>FOLLOW-1: who meets it first tells it, and leaves a note when it was told to the end; who
 *       finds the other's note takes it and stays silent.
 *   <li>FOLLOW-2: who finds the other in the middle of telling it waits for the end. So direct
 *       followers know a change when its writer returns, and know everything that a poll met when
 *       that poll ends.
 *   <li>FOLLOW-3: nobody waits before he has told, to the end, whatever is his to tell. So nobody
 *       waits in a ring, also where a follower writes.
 * </ul>
 *
 * <p>A note can stay behind, for instance of a writer that never says that it committed. There are
 * never more than a bound; a note that is lost costs a second telling.
 *
 * <p>Thread-safe.
 */
public final class ChangeFollowers {

  private static final int MAX_NOTES = 10_000;

  private final int maxBacklog;

  /** Guards the fields below; no follower is called under it. */
  private final ReentrantLock lock = new ReentrantLock();

  // Replaced, never changed, so that a telling can keep what it began with.
  private List<FollowerQueue> ordered = List.of();
  private List<DirectFollower> direct = List.of();

  private final Set<Long> toldByWriter = new LinkedHashSet<>();
  private final Set<Long> toldByPoller = new LinkedHashSet<>();

  /** Changes of this node that are being told, and on which thread. */
  private final Map<Long, Thread> beingTold = new HashMap<>();

  private final Condition told = lock.newCondition();

  /** No followers yet, of which each ordered one may be so many changes behind. */
  public ChangeFollowers(int maxBacklog) {
    this.maxBacklog = maxBacklog;
  }

  /** Adds one that is told in order, by a thread of its own. */
  public Subscription follow(ChangeFollower follower) {
    FollowerQueue queue = new FollowerQueue(follower, FeedThreads.shared(), maxBacklog);
    locked(() -> ordered = with(ordered, queue));
    return () -> {
      queue.close();
      locked(() -> ordered = without(ordered, queue));
    };
  }

  /** Adds one that is told by the writer or the poller, in whose thread it runs. */
  public Subscription followDirectly(ChangeFollower follower) {
    DirectFollower wall = new DirectFollower(follower);
    locked(() -> direct = with(direct, wall));
    return () -> {
      wall.close();
      locked(() -> direct = without(direct, wall));
    };
  }

  /** Tells direct followers what a writer of this node committed. */
  public void tellWritten(List<Change> changes) {
    tellOwn(changes, numbers(changes), toldByWriter, toldByPoller);
  }

  /**
   * Tells what the poller read.
   *
   * @param own the numbers of those that this node wrote
   */
  public void tellRead(List<Change> changes, Set<Long> own) {
    for (FollowerQueue queue : locked(() -> ordered)) {
      changes.forEach(queue::changed);
      queue.wake();
    }
    tellOwn(changes, own, toldByPoller, toldByWriter);
  }

  /** Whether this thread is inside a direct follower that hears of a change of this node. */
  public boolean isTelling(Thread thread) {
    return locked(() -> beingTold.containsValue(thread));
  }

  private void tellOwn(
      List<Change> changes, Set<Long> own, Set<Long> ourNotes, Set<Long> theirNotes) {
    Set<Long> mine = new HashSet<>(own);
    Set<Long> others = locked(() -> claim(mine, theirNotes));
    try {
      tellDirectly(changes, number -> !own.contains(number) || mine.contains(number));
    } finally {
      end(mine, ourNotes); // FOLLOW-3
    }
    awaitEnd(others, theirNotes);
  }

  /** Leaves in {@code mine} what is ours to tell, and gives what the other is telling. */
  private Set<Long> claim(Set<Long> mine, Set<Long> theirNotes) {
    mine.removeIf(theirNotes::remove); // FOLLOW-1
    Set<Long> others = new HashSet<>(mine);
    others.retainAll(beingTold.keySet());
    mine.removeAll(others);
    mine.forEach(number -> beingTold.put(number, Thread.currentThread()));
    return others;
  }

  private void end(Set<Long> mine, Set<Long> ourNotes) {
    lock.lock();
    try {
      beingTold.keySet().removeAll(mine);
      ourNotes.addAll(mine);
      Iterator<Long> oldest = ourNotes.iterator();
      for (int over = ourNotes.size() - MAX_NOTES; over > 0; over--) {
        oldest.next();
        oldest.remove();
      }
      told.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitEnd(Set<Long> others, Set<Long> theirNotes) {
    lock.lock();
    try {
      while (!Collections.disjoint(beingTold.keySet(), others)) {
        told.awaitUninterruptibly(); // FOLLOW-2
      }
      theirNotes.removeAll(others);
    } finally {
      lock.unlock();
    }
  }

  private void tellDirectly(List<Change> changes, LongPredicate isToBeTold) {
    List<DirectFollower> followers = locked(() -> direct);
    for (Change change : changes) {
      if (isToBeTold.test(number(change))) {
        followers.forEach(follower -> follower.changed(change));
      }
    }
  }

  private static Set<Long> numbers(List<Change> changes) {
    return changes.stream().map(ChangeFollowers::number).collect(Collectors.toSet());
  }

  private static long number(Change change) {
    return change.token().position();
  }

  /** Tells that changes may have been lost; what the poller reads from now on is new to it. */
  public void missed(String reason) {
    List<FollowerQueue> queues =
        locked(
            () -> {
              toldByWriter.clear();
              toldByPoller.clear();
              return ordered;
            });
    for (FollowerQueue queue : queues) {
      queue.missed(reason);
      queue.wake();
    }
    locked(() -> direct).forEach(follower -> follower.missed(reason));
  }

  /** Tells that everything that was committed before this moment has been told. */
  public void caughtUp(long asOfNanos) {
    for (FollowerQueue queue : locked(() -> ordered)) {
      queue.caughtUp(asOfNanos);
      queue.wake();
    }
    locked(() -> direct).forEach(follower -> follower.caughtUp(asOfNanos));
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  private static <T> List<T> with(List<T> list, T added) {
    List<T> more = new ArrayList<>(list);
    more.add(added);
    return List.copyOf(more);
  }

  private static <T> List<T> without(List<T> list, T removed) {
    return list.stream().filter(one -> one != removed).toList();
  }
}
