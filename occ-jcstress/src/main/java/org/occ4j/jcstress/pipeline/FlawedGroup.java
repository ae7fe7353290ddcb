/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A group in small, one key and a queue under one lock, with one flaw put in on purpose: what the
 * races have to catch.
 */
final class FlawedGroup implements SmallGroup {

  /** What is wrong. */
  enum Flaw {
    /** A caller looks whether the key is free, and then takes it, in two steps. */
    CHECK_THEN_TAKE,
    /** A caller that found the key taken queues without another look. */
    QUEUE_BLINDLY,
    /** A caller whose time is over goes without a look whether it is its turn. */
    LEAVE_BLINDLY
  }

  private static final class Caller {
    private final Thread thread = Thread.currentThread();
    private volatile boolean itsTurn;
  }

  private final Flaw flaw;
  private final Sent sent = new Sent();
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Caller> queue = new ArrayDeque<>();
  private boolean taken;

  FlawedGroup(Flaw flaw) {
    this.flaw = flaw;
  }

  /** Between the two steps of a flaw: wide enough to be met in a short run. */
  @SuppressWarnings("ThreadPriorityCheck") // no result rests on it
  private static void gap() {
    Thread.yield();
  }

  private boolean atomically(BooleanSupplier step) {
    lock.lock();
    try {
      return step.getAsBoolean();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean run(String request, Duration patience) {
    Caller caller = new Caller();
    if (!takeOrQueue(caller) && !awaitTurn(caller, patience)) {
      return false;
    }
    sent.send(List.of(request));
    atomically(this::passOn);
    return true;
  }

  @Override
  public Sent sent() {
    return sent;
  }

  private boolean takeOrQueue(Caller caller) {
    if (flaw == Flaw.CHECK_THEN_TAKE && atomically(() -> !taken)) {
      gap();
      return atomically(() -> taken = true);
    }
    if (flaw == Flaw.QUEUE_BLINDLY) {
      if (atomically(this::takeIfFree)) {
        return true;
      }
      gap();
      return atomically(() -> !queue.add(caller));
    }
    return atomically(() -> takeIfFree() || !queue.add(caller));
  }

  /** Under the lock. */
  private boolean takeIfFree() {
    boolean free = !taken;
    taken = true;
    return free;
  }

  private boolean awaitTurn(Caller caller, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!caller.itsTurn) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        boolean leftQueue = atomically(() -> queue.remove(caller));
        return flaw != Flaw.LEAVE_BLINDLY && !leftQueue;
      }
      LockSupport.parkNanos(this, left);
    }
    return true;
  }

  /** Under the lock. */
  private boolean passOn() {
    Caller next = queue.poll();
    taken = next != null;
    if (next != null) {
      next.itsTurn = true;
      LockSupport.unpark(next.thread);
    }
    return taken;
  }
}
