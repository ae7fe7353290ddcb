/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.mutex;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock that search engines and lock managers build: a map of locks with a count of their users;
 * who raises the count from one joins, who brings it to zero removes the entry. A rival for the
 * benchmark, written from the idea.
 */
final class RefCountedLocks<K> {
  private final ConcurrentHashMap<K, Counted> locks = new ConcurrentHashMap<>();

  final class Counted {
    private final K key;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger users = new AtomicInteger(1);

    Counted(K key) {
      this.key = key;
    }

    /** Joins unless the last user has gone already. */
    boolean join() {
      int seen = users.get();
      while (seen > 0) {
        if (users.compareAndSet(seen, seen + 1)) {
          return true;
        }
        seen = users.get();
      }
      return false;
    }

    void release() {
      lock.unlock();
      if (users.decrementAndGet() == 0) {
        locks.remove(key, this);
      }
    }
  }

  @SuppressWarnings("LockNotBeforeTry") // whoever releases unlocks
  Counted acquire(K key) {
    while (true) {
      Counted present = locks.get(key);
      if (present == null) {
        Counted fresh = new Counted(key);
        fresh.lock.lock();
        if (locks.putIfAbsent(key, fresh) == null) {
          return fresh;
        }
        fresh.lock.unlock();
      } else if (present.join()) {
        present.lock.lock();
        return present;
      } else {
        Thread.onSpinWait();
      }
    }
  }
}
