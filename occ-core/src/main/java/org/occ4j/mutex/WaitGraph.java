/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which threads wait long for whom, to find rings of them.
 *
 * <p>Only thread-bound acquisitions take part, and only after some time of waiting. A thread in
 * this graph is blocked and so keeps what it holds; a thread that holds a key is in the graph only
 * if it was blocked before the search began, since entering takes the same lock. So each edge that
 * the search follows is stable, except that a waiter may just be leaving by time-out or interrupt.
 * A ring is complete when the last of its threads enters, and that thread finds it.
 */
final class WaitGraph {
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Thread, ThreadWaiter> waiting = new HashMap<>();

  /**
   * Adds a waiter.
   *
   * @return the keys of the ring which it closes, its own first; empty if there is none
   */
  List<Object> enter(ThreadWaiter waiter) {
    lock.lock();
    try {
      waiting.put(waiter.thread(), waiter);
      return ringFrom(waiter);
    } finally {
      lock.unlock();
    }
  }

  void exit(ThreadWaiter waiter) {
    lock.lock();
    try {
      waiting.remove(waiter.thread());
    } finally {
      lock.unlock();
    }
  }

  private List<Object> ringFrom(ThreadWaiter start) {
    List<Object> keys = new ArrayList<>();
    ThreadWaiter next = start;
    // Not more steps than waiters: the walk may run into a ring that does not contain the start.
    for (int step = 0; step < waiting.size() && next != null; step++) {
      keys.add(next.grant.key);
      next = blocker(next);
      if (next == start) {
        return keys;
      }
    }
    return List.of();
  }

  /** The waiter whose thread holds the key that {@code waiter} wants. */
  private @Nullable ThreadWaiter blocker(ThreadWaiter waiter) {
    Cell cell = waiter.cell;
    Grant<?> holder = cell == null ? null : cell.grant();
    return holder instanceof ThreadGrant<?> bound ? waiting.get(bound.owner) : null;
  }
}
