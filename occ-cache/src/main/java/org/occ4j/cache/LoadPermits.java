/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Permits to load, where only so many loads may run at a time; granted in the order of requests.
 */
final class LoadPermits {
  /** A permit, requested or granted. */
  static final class Permit {
    private final CompletableFuture<Void> granted = new CompletableFuture<>();

    /**
     * Done when the permit is granted; a future, so that one can wait for something else as well.
     */
    CompletableFuture<Void> granted() {
      return granted;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Permit> waiting = new LinkedHashSet<>();
  private int free;

  LoadPermits(int atATime) {
    this.free = atATime;
  }

  /** A permit, which must be given back whether it was granted or not. */
  Permit request() {
    Permit permit = new Permit();
    lock.lock();
    try {
      if (free == 0) {
        waiting.add(permit);
        return permit;
      }
      free--;
    } finally {
      lock.unlock();
    }
    permit.granted.complete(null);
    return permit;
  }

  /** Hands the permit to the next in line; one that was not granted yet is withdrawn. */
  void giveBack(Permit permit) {
    Permit next = handOn(permit);
    if (next != null) {
      next.granted.complete(null);
    }
  }

  private @Nullable Permit handOn(Permit permit) {
    lock.lock();
    try {
      if (waiting.remove(permit)) {
        return null;
      }
      Iterator<Permit> first = waiting.iterator();
      if (!first.hasNext()) {
        free++;
        return null;
      }
      Permit next = first.next();
      first.remove();
      return next;
    } finally {
      lock.unlock();
    }
  }
}
