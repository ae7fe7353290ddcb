/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The turns of loads where only so many may run at a time, in the order they were asked for. */
final class Turns {
  /** One who waits for a turn, or has it. */
  static final class Turn {
    private final CompletableFuture<Void> arrival = new CompletableFuture<>();

    /** Done when the turn has come, so that one can wait for something else as well. */
    CompletableFuture<Void> arrival() {
      return arrival;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Turn> waiting = new LinkedHashSet<>();
  private int free;

  Turns(int atATime) {
    this.free = atATime;
  }

  /** A turn, which must be given back whether it has come or not. */
  Turn ask() {
    Turn turn = new Turn();
    lock.lock();
    try {
      if (free == 0) {
        waiting.add(turn);
        return turn;
      }
      free--;
    } finally {
      lock.unlock();
    }
    turn.arrival.complete(null);
    return turn;
  }

  /** Hands a turn on to the next who waits, or gives up waiting for it. */
  void giveBack(Turn turn) {
    Turn next = handOn(turn);
    if (next != null) {
      next.arrival.complete(null);
    }
  }

  private @Nullable Turn handOn(Turn turn) {
    lock.lock();
    try {
      if (waiting.remove(turn)) {
        return null;
      }
      Iterator<Turn> first = waiting.iterator();
      if (!first.hasNext()) {
        free++;
        return null;
      }
      Turn next = first.next();
      first.remove();
      return next;
    } finally {
      lock.unlock();
    }
  }
}
