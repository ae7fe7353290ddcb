/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;

/** A thread in a queue, and how it waits there. */
final class ThreadWaiter extends Waiter {

  /**
   * How long a head of the queue may be overtaken by newcomers, in nanoseconds, before the key is
   * handed to it. A hand-over leaves the key idle until the thread runs, some ten microseconds; one
   * in a millisecond costs little, and bounds the wait to a millisecond for each place in the queue
   * beside the holding times.
   */
  private static final long PATIENCE_NANOS = 1_000_000;

  /**
   * How long a thread waits before it looks for a ring of waiting threads, in nanoseconds. Most
   * waits are over by then, so that the search costs only those who have the time.
   */
  private static final long RING_CHECK_NANOS = 50_000_000;

  /**
   * How often a head that was woken in vain looks at the word before it parks again, at most. It
   * starts with none and doubles with each vain wake, as in AbstractQueuedSynchronizer: while the
   * head looks, a release need not wake it, which costs the releasing thread a system call.
   */
  private static final int MAX_LOOKS = 255;

  /**
   * How often a thread looks at a key for which nobody waits before it is the first to wait, and
   * how many pauses there are before the first look; before each next twice as many. All of it is
   * over in some microseconds, which is less than parking takes and being woken, and leaves the
   * cache line to the holder meanwhile (Anderson, "The performance of spin lock alternatives", IEEE
   * TPDS 1990).
   */
  private static final int LOOKS_BEFORE_QUEUEING = 4;

  private static final int PAUSES_BEFORE_FIRST_LOOK = 16;

  private final WaitQueues queues;
  private final Ticker ticker;
  private final @Nullable WaitGraph graph;
  private final boolean backOff;
  private final Thread thread = Thread.currentThread();

  /** Whether the thread parks or is about to look at the word once more and then park. */
  private volatile boolean parked;

  private int looks;
  private long headSince;
  private boolean wasHead;
  private boolean inGraph;

  /**
   * A waiter for the calling thread.
   *
   * @param fair whether the key must be handed to it
   * @param backOff whether to look for a while before it queues
   * @param graph where rings of threads are looked for, or null if this acquisition is not bound to
   *     its thread
   */
  ThreadWaiter(
      WaitQueues queues,
      Grant<?> grant,
      boolean fair,
      boolean backOff,
      Ticker ticker,
      @Nullable WaitGraph graph) {
    super(grant, fair);
    this.queues = queues;
    this.backOff = backOff;
    this.ticker = ticker;
    this.graph = graph;
  }

  @Override
  void receive() {
    lookAgain();
  }

  @Override
  void lookAgain() {
    // MUTEX-5: each clearing of the flag is followed by an unpark, so a thread that sets it again
    // in
    // between finds a permit. Most releases find it clear and cost the waiter no system call.
    if (parked) {
      parked = false;
      LockSupport.unpark(thread);
    }
  }

  /**
   * Takes the key, or waits in its queue until it is this thread's.
   *
   * <p>This is one method, and nearly the whole of waiting, on purpose: HotSpot does not inline a
   * method of more than 325 bytecodes (FreqInlineSize). A shorter one that is called often enough
   * becomes part of everybody who acquires, and then no room is left for what they do while they
   * hold the key, nor for the release (FastPathTest holds it to that).
   *
   * @param timeoutNanos how long, or {@link Timeouts#FOR_EVER}
   * @return false if time was up
   * @throws InterruptedException if interrupted and {@code interruptible}; the queue was left then.
   *     An interrupt that comes together with the grant, or is not to be heard, leaves the flag set
   * @throws MutexDeadlockException if the wait closes a ring of threads; the queue was left then
   */
  boolean await(long timeoutNanos, boolean interruptible) throws InterruptedException {
    if ((backOff && takesBeforeQueueing()) || queues.takeOrQueue(this)) {
      return true;
    }
    boolean interrupted = false;
    boolean ended = false;
    try {
      long start = ticker.nanos();
      while (!takes()) {
        if (Thread.interrupted()) {
          if (interruptible && queues.leave(this)) {
            throw new InterruptedException();
          }
          interrupted = true;
          continue;
        }
        long now = ticker.nanos();
        long waited = now - start;
        if (waited >= timeoutNanos) {
          if (queues.leave(this)) {
            ended = true;
            return false;
          }
          continue;
        }
        if (!direct && queue().head == this) {
          if (!wasHead) {
            wasHead = true;
            headSince = now;
          } else if (now - headSince >= PATIENCE_NANOS) {
            direct = true; // newcomers have overtaken this head for too long
            continue;
          }
        }
        if (!willBeTold()) {
          continue;
        }
        if (graph != null && !inGraph && waited >= RING_CHECK_NANOS) {
          inGraph = true; // before the search, which may throw: by a key's equals
          List<Object> ring = graph.enter(this);
          if (!ring.isEmpty() && queues.leave(this)) {
            throw new MutexDeadlockException(ring);
          }
        }
        park(timeoutNanos, waited);
      }
      ended = true;
      return true;
    } finally {
      leaveGraph();
      if (interrupted) {
        thread.interrupt();
      }
      if (!ended) {
        abandon();
      }
    }
  }

  private boolean takesBeforeQueueing() {
    int pauses = PAUSES_BEFORE_FIRST_LOOK;
    for (int look = 0; look < LOOKS_BEFORE_QUEUEING; look++) {
      if (queues.length(grant.hash, grant.key) > 0) {
        return false;
      }
      for (int pause = 0; pause < pauses; pause++) {
        Thread.onSpinWait();
      }
      if (queues.tryTake(grant)) {
        return true;
      }
      pauses *= 2;
    }
    return false;
  }

  private boolean takes() {
    int left = parked ? 0 : looks;
    while (!granted && !queues.takeAsHead(this)) {
      if (left == 0) {
        return false;
      }
      left--;
      Thread.onSpinWait();
    }
    return true;
  }

  /** Whether this thread may park; if not, the key needs a new look. */
  private boolean willBeTold() {
    parked = true; // MUTEX-5: before the look at grant, queue and key
    return !granted && queues.willBeTold(this);
  }

  private void park(long timeoutNanos, long waited) {
    long nanos = timeoutNanos == Timeouts.FOR_EVER ? Timeouts.FOR_EVER : timeoutNanos - waited;
    if (graph != null && !inGraph) {
      nanos = Math.min(nanos, RING_CHECK_NANOS - waited);
    }
    if (!parked) {
      return; // MUTEX-5: the permit may have been used up since, by the graph's lock or by an
      // equals
    }
    if (nanos == Timeouts.FOR_EVER) {
      LockSupport.park(queue);
    } else {
      LockSupport.parkNanos(queue, nanos);
    }
    looks = Math.min(MAX_LOOKS, 2 * looks + 1);
  }

  /** Leaves nothing behind, whatever was thrown. */
  private void abandon() {
    if (!queues.leave(this) && granted) {
      grant.close();
    }
  }

  private void leaveGraph() {
    if (graph != null && inGraph) {
      graph.exit(this);
    }
  }

  Thread thread() {
    return thread;
  }
}
