/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
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
 * node from the poller too; a change of this node is told by its writer <em>and</em> met by the
 * poller, in either order or at the same time:
 *
 * <ul>
 *   <li>I1: who has told it to the end leaves a note, and who begins and finds the other's note
 *       takes it and stays silent. So a change is told a second time only while it is being told.
 *   <li>I2: neither ever relies on a telling that has not ended. So direct followers know a change
 *       when its writer returns, and know everything that a poll met when that poll ends.
 * </ul>
 *
 * <p>A note can stay behind, for instance of a writer that never says that it committed. There are
 * never more than a bound; a note that is lost costs a second telling.
 *
 * <p>Thread-safe.
 */
final class ChangeFollowers {

  private static final int MAX_NOTES = 10_000;

  private final int maxBacklog;

  /** Guards the fields below; no follower is called under it. */
  private final ReentrantLock lock = new ReentrantLock();

  // Replaced, never changed, so that a telling can keep what it began with.
  private List<FollowerQueue> ordered = List.of();
  private List<DirectFollower> direct = List.of();

  private final Set<Long> toldByWriter = new LinkedHashSet<>();
  private final Set<Long> toldByPoller = new LinkedHashSet<>();

  ChangeFollowers(int maxBacklog) {
    this.maxBacklog = maxBacklog;
  }

  Subscription follow(ChangeFollower follower) {
    FollowerQueue queue = new FollowerQueue(follower, FeedThreads.shared(), maxBacklog);
    locked(() -> ordered = with(ordered, queue));
    return () -> {
      queue.close();
      locked(() -> ordered = without(ordered, queue));
    };
  }

  Subscription followDirectly(ChangeFollower follower) {
    DirectFollower wall = new DirectFollower(follower);
    locked(() -> direct = with(direct, wall));
    return () -> {
      wall.close();
      locked(() -> direct = without(direct, wall));
    };
  }

  /** Tells direct followers what a writer of this node committed. */
  void tellWritten(List<Change> changes) {
    tellDirectly(changes, numbers(changes), toldByWriter, toldByPoller);
  }

  /**
   * Tells what the poller read.
   *
   * @param own the numbers of those that this node wrote
   */
  void tellRead(List<Change> changes, Set<Long> own) {
    for (FollowerQueue queue : locked(() -> ordered)) {
      changes.forEach(queue::changed);
      queue.wake();
    }
    tellDirectly(changes, own, toldByPoller, toldByWriter);
  }

  private void tellDirectly(
      List<Change> changes, Set<Long> own, Set<Long> ourNotes, Set<Long> theirNotes) {
    Set<Long> told = locked(() -> taken(own, theirNotes)); // I1
    List<DirectFollower> followers = locked(() -> direct);
    for (Change change : changes) {
      if (!told.contains(number(change))) {
        followers.forEach(follower -> follower.changed(change));
      }
    }
    leaveNotes(own, told, ourNotes, theirNotes);
  }

  private void leaveNotes(Set<Long> own, Set<Long> told, Set<Long> ourNotes, Set<Long> theirNotes) {
    Set<Long> ours = new HashSet<>(own);
    ours.removeAll(told);
    lock.lock();
    try {
      ours.removeAll(taken(ours, theirNotes)); // both have told: nobody is left to read a note
      ourNotes.addAll(ours);
      Iterator<Long> oldest = ourNotes.iterator();
      for (int over = ourNotes.size() - MAX_NOTES; over > 0; over--) {
        oldest.next();
        oldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes the notes about these changes away, and says which there were. */
  private static Set<Long> taken(Set<Long> numbers, Set<Long> notes) {
    Set<Long> taken = new HashSet<>(numbers);
    taken.removeIf(number -> !notes.remove(number));
    return taken;
  }

  private static Set<Long> numbers(List<Change> changes) {
    return changes.stream().map(ChangeFollowers::number).collect(Collectors.toSet());
  }

  private static long number(Change change) {
    return change.token().position();
  }

  /** Tells that changes may have been lost; what the poller reads from now on is new to it. */
  void missed(String reason) {
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
  void caughtUp(long asOfNanos) {
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
