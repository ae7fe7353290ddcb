/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which threads wait long for whom, to find rings of them.
 *
 * <p>Only thread-bound acquisitions take part, and only after some time of waiting. A thread in
 * this graph is blocked and so keeps what it holds, so an edge that is found once stays, except
 * that a waiter may just be leaving by time-out or interrupt. A ring is complete when the last of
 * its threads enters, and that thread finds it; if two enter at once both may, and the lock decides
 * which of them breaks it. Keys are compared without the lock.
 */
final class WaitGraph {
  private final SlotTable table;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Thread, ThreadWaiter> waiting = new HashMap<>();

  WaitGraph(SlotTable table) {
    this.table = table;
  }

  /**
   * Adds a waiter.
   *
   * @return the keys of the ring which it closes and has to break, its own first; empty if there is
   *     none
   */
  List<Object> enter(ThreadWaiter waiter) {
    lock.lock();
    try {
      waiting.put(waiter.thread(), waiter);
    } finally {
      lock.unlock();
    }
    Set<ThreadWaiter> ring = ringThrough(waiter);
    return !ring.isEmpty() && exitIfAllWait(waiter, ring)
        ? ring.stream().<Object>map(each -> each.grant.key).toList()
        : List.of();
  }

  void exit(ThreadWaiter waiter) {
    lock.lock();
    try {
      waiting.remove(waiter.thread());
    } finally {
      lock.unlock();
    }
  }

  /** Takes the waiter out if nobody else has broken its ring. */
  private boolean exitIfAllWait(ThreadWaiter waiter, Collection<ThreadWaiter> ring) {
    lock.lock();
    try {
      boolean unbroken = ring.stream().allMatch(each -> waiting.get(each.thread()) == each);
      return unbroken && waiting.remove(waiter.thread(), waiter);
    } finally {
      lock.unlock();
    }
  }

  private Set<ThreadWaiter> ringThrough(ThreadWaiter start) {
    Set<ThreadWaiter> path = new LinkedHashSet<>();
    ThreadWaiter next = start;
    while (next != null && path.add(next)) {
      next = blocker(next);
    }
    // The walk may also run into a ring that does not contain the start.
    return next == start ? path : Set.of();
  }

  /** The waiter whose thread holds the key that {@code waiter} wants. */
  private @Nullable ThreadWaiter blocker(ThreadWaiter waiter) {
    Grant<?> holder = table.find(waiter.grant.hash, waiter.grant.key);
    if (!(holder instanceof ThreadGrant<?>)) {
      return null;
    }
    ThreadWaiter blocked = waiterOf(holder.owner);
    // The thread may have let the key go and begun to wait after the key was looked at.
    return blocked != null && table.isHeld(holder) ? blocked : null;
  }

  private @Nullable ThreadWaiter waiterOf(Thread thread) {
    lock.lock();
    try {
      return waiting.get(thread);
    } finally {
      lock.unlock();
    }
  }
}
