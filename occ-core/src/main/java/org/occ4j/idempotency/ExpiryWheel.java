/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is due without looking at what is not: a hashed timing wheel (Varghese and Lauck,
 * "Hashed and Hierarchical Timing Wheels", SOSP 1987) with one ring of coarse buckets for each
 * order of magnitude of delays.
 *
 * <p>Adding is one push on a bucket, whatever else is in the wheel. A sweep takes whole buckets and
 * asks the owner about each node in them. Nobody removes a node by itself: a node whose owner
 * changed its mind is asked about once, when its time comes.
 *
 * <ul>
 *   <li><b>WHEEL-1</b> a node is never asked about before it is due;
 *   <li><b>WHEEL-2</b> a node added is asked about once the time is past its due time by a bucket's
 *       width; a push that comes so late that its bucket was just swept waits one more turn of the
 *       ring, but is not lost;
 *   <li><b>WHEEL-3</b> {@code unfinished} and {@code nextTick} are touched only under {@code
 *       sweeping}.
 * </ul>
 *
 * <p>Times are nanoseconds since an origin of the owner's choice and never negative.
 *
 * @param <N> the nodes
 */
final class ExpiryWheel<N extends ExpiryWheel.Node<N>> {

  /** What the wheel holds: its own link in a bucket. */
  abstract static class Node<N extends Node<N>> {
    private @Nullable N next;
    private long dueNanos;

    private long nanosUntilDue(long nowNanos) {
      return dueNanos - nowNanos;
    }
  }

  /** The owner of the nodes. Called under the wheel's lock, so it must be short. */
  @FunctionalInterface
  interface Owner<N> {
    /** Lets go of a node that is due, or says after how many nanoseconds to ask again. */
    long expireOrPostpone(N node, long nowNanos);
  }

  /** Says that the node was let go of now. */
  static final long EXPIRED = -1;

  /** Says that the node had been let go of before. */
  static final long GONE = -2;

  /** What one sweep did. */
  record Sweep(int expired, boolean finished) {}

  // A delay spans 64 to 127 buckets of its ring, so a node is late by less than 1/64 of its delay;
  // the other buckets of a ring of 256 are room for sweeps that come late.
  private static final int SLOTS = 256;
  private static final int BUCKETS_PER_DELAY_LOG2 = 6;
  // Buckets of 2^24 ns, about 17 ms, at least: a finer grain would only make more empty ones.
  private static final int SMALLEST_SHIFT = 24;
  private static final long SWEEP_PAUSE_NANOS = 1L << SMALLEST_SHIFT;
  // About 73 years, so that no sum of a time and a delay overflows.
  private static final long LONGEST_DELAY = Long.MAX_VALUE / 4;

  private final Owner<N> owner;
  private final AtomicReferenceArray<@Nullable Ring<N>> rings =
      new AtomicReferenceArray<>(Long.SIZE);
  private final ReentrantLock sweeping = new ReentrantLock();
  private volatile long nextSweep;

  ExpiryWheel(Owner<N> owner) {
    this.owner = owner;
  }

  /** Adds a node that is in no wheel, to be asked about after {@code delayNanos}. */
  void add(N node, long nowNanos, long delayNanos) {
    long delay = Math.min(delayNanos, LONGEST_DELAY);
    ((Node<N>) node).dueNanos = nowNanos + delay;
    ringFor(delay, nowNanos).push(node);
  }

  /**
   * Sweeps a little, if it is time and nobody else does: with each add, so that what is due goes
   * faster than new nodes come.
   */
  void sweepOnTheWay(long nowNanos, int maxVisits) {
    if (nowNanos >= nextSweep && sweeping.tryLock()) {
      try {
        if (visit(nowNanos, maxVisits).finished()) {
          nextSweep = nowNanos + SWEEP_PAUSE_NANOS;
        }
      } finally {
        sweeping.unlock();
      }
    }
  }

  /** Asks about at most {@code maxVisits} nodes that are due. */
  Sweep sweep(long nowNanos, int maxVisits) {
    sweeping.lock();
    try {
      return visit(nowNanos, maxVisits);
    } finally {
      sweeping.unlock();
    }
  }

  private Sweep visit(long nowNanos, int maxVisits) {
    int visits = 0;
    int expired = 0;
    for (int i = 0; i < rings.length(); i++) {
      Ring<N> ring = rings.get(i);
      while (ring != null && ring.hasDue(nowNanos)) {
        if (visits++ == maxVisits) {
          return new Sweep(expired, false);
        }
        N node = ring.take();
        long early = ((Node<N>) node).nanosUntilDue(nowNanos);
        long wait = early > 0 ? early : owner.expireOrPostpone(node, nowNanos);
        if (wait >= 0) {
          add(node, nowNanos, wait);
        } else if (wait == EXPIRED) {
          expired++;
        }
      }
    }
    return new Sweep(expired, true);
  }

  private Ring<N> ringFor(long delay, long nowNanos) {
    int highestBit = Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.max(1, delay));
    int shift = Math.max(SMALLEST_SHIFT, highestBit - BUCKETS_PER_DELAY_LOG2);
    Ring<N> ring = rings.get(shift);
    if (ring == null) {
      rings.compareAndSet(shift, null, new Ring<>(shift, nowNanos));
      ring = rings.get(shift);
    }
    return Objects.requireNonNull(ring);
  }

  private static final class Ring<N extends Node<N>> {
    private final int shift;
    private final AtomicReferenceArray<@Nullable N> slots = new AtomicReferenceArray<>(SLOTS);
    private long nextTick;
    private @Nullable N unfinished;

    Ring(int shift, long nowNanos) {
      this.shift = shift;
      this.nextTick = nowNanos >> shift;
    }

    /** Treiber, "Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986. */
    void push(N node) {
      // WHEEL-1: the bucket after the one of the due time, so that it is over when it is swept.
      int slot = slot((((Node<N>) node).dueNanos >> shift) + 1);
      N head;
      do {
        head = slots.get(slot);
        ((Node<N>) node).next = head;
      } while (!slots.compareAndSet(slot, head, node));
    }

    boolean hasDue(long nowNanos) {
      long last = nowNanos >> shift;
      // After a long pause each slot is due once; more turns would find nothing.
      nextTick = Math.max(nextTick, last - SLOTS + 1);
      while (unfinished == null && nextTick <= last) {
        unfinished = slots.getAndSet(slot(nextTick), null);
        nextTick++;
      }
      return unfinished != null;
    }

    N take() {
      N node = Objects.requireNonNull(unfinished);
      unfinished = ((Node<N>) node).next;
      ((Node<N>) node).next = null;
      return node;
    }

    private static int slot(long tick) {
      return (int) tick & (SLOTS - 1);
    }
  }
}
