/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;
import org.occ4j.mutex.KeyedMutex;

/**
 * The thread-bound half of a mutex over JDBC: the local lock of a key says which thread owns it,
 * and whoever enters it first takes the lease.
 *
 * <p>If the lease is lost meanwhile, the local lock stays with its thread until that leaves: other
 * threads of this process wait, those of other nodes need not.
 */
public final class ReentrantLeases<K> {

  /** An entered key. The count is plain: only the thread that holds the local lock touches it. */
  private static final class Entered<K> {
    final Lease<K> lease;
    int entries = 1;

    Entered(Lease<K> lease) {
      this.lease = lease;
    }
  }

  private final KeyedMutex<K> local;
  private final LocalLeases<K> node;
  private final LeaseEvents events;
  private final Ticker ticker;
  private final ConcurrentMap<K, Entered<K>> entered = new ConcurrentHashMap<>();

  ReentrantLeases(LocalLeases<K> node, LeaseEvents events, Ticker ticker) {
    this.local = node.local();
    this.node = node;
    this.events = events;
    this.ticker = ticker;
  }

  /** Enters, waiting for as long as it takes. */
  public void enter(K key, LeaseOptions terms) throws InterruptedException {
    AcquireBackoff wait = AcquireBackoff.forEver(ticker);
    boolean inside = false;
    try {
      Lock lock = local.asLock(key);
      lock.lockInterruptibly();
      inside = takeLease(lock, key, terms, wait, true);
    } finally {
      events.waitEnded(wait.event(), key, inside);
    }
  }

  boolean enter(K key, LeaseOptions terms, Duration timeout) throws InterruptedException {
    AcquireBackoff wait = AcquireBackoff.of(ticker, timeout);
    boolean inside = false;
    try {
      Lock lock = local.asLock(key);
      if (lock.tryLock(wait.left(), TimeUnit.NANOSECONDS)) {
        inside = takeLease(lock, key, terms, wait, true);
      } else {
        node.requireInTouch(key);
      }
      return inside;
    } finally {
      events.waitEnded(wait.event(), key, inside);
    }
  }

  void enterUninterruptibly(K key, LeaseOptions terms) {
    AcquireBackoff wait = AcquireBackoff.forEver(ticker);
    boolean inside = false;
    try {
      Lock lock = local.asLock(key);
      lock.lock();
      inside = takeLeaseUninterruptibly(lock, key, terms, wait);
    } finally {
      events.waitEnded(wait.event(), key, inside);
    }
  }

  boolean tryEnter(K key, LeaseOptions terms) {
    Lock lock = local.asLock(key);
    if (!lock.tryLock()) {
      node.requireInTouch(key);
      return false;
    }
    return takeLeaseUninterruptibly(lock, key, terms, AcquireBackoff.of(ticker, Duration.ZERO));
  }

  /** How many keys are entered. */
  int size() {
    return entered.size();
  }

  /** The lease that the calling thread entered, or null. */
  public @Nullable Lease<K> mine(K key) {
    Entered<K> present = local.isHeldByCurrentThread(key) ? entered.get(key) : null;
    return present == null ? null : present.lease;
  }

  /**
   * Leaves once.
   *
   * @throws IllegalMonitorStateException if the calling thread is not inside
   */
  public void exit(K key) {
    Lock lock = local.asLock(key);
    Entered<K> present = local.isHeldByCurrentThread(key) ? entered.get(key) : null;
    if (present == null) {
      throw new IllegalMonitorStateException("not held by this thread: " + key);
    }
    try {
      if (--present.entries == 0) {
        entered.remove(key);
        present.lease.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean takeLeaseUninterruptibly(
      Lock lock, K key, LeaseOptions terms, AcquireBackoff wait) {
    try {
      return takeLease(lock, key, terms, wait, false);
    } catch (InterruptedException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /** Takes the lease unless this thread has it; gives the local lock back if that fails. */
  private boolean takeLease(
      Lock lock, K key, LeaseOptions terms, AcquireBackoff wait, boolean interruptible)
      throws InterruptedException {
    Entered<K> present = entered.get(key);
    if (present != null) {
      present.entries++;
      return true;
    }
    boolean taken = false;
    try {
      Lease<K> lease = node.awaitThreadBound(key, terms, wait, interruptible);
      if (lease != null) {
        entered.put(key, new Entered<>(lease));
        taken = true;
      }
      return taken;
    } finally {
      if (!taken) {
        lock.unlock();
      }
    }
  }

  /** A key of a mutex over JDBC as a lock. */
  public static final class KeyLock<K> implements Lock {
    private final ReentrantLeases<K> turns;
    private final LeaseOptions terms;
    private final K key;

    /** The lock of a key. */
    public KeyLock(ReentrantLeases<K> turns, LeaseOptions terms, K key) {
      this.turns = turns;
      this.terms = terms;
      this.key = key;
    }

    @Override
    public void lock() {
      turns.enterUninterruptibly(key, terms);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
      turns.enter(key, terms);
    }

    @Override
    public boolean tryLock() {
      return turns.tryEnter(key, terms);
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
      return turns.enter(key, terms, Duration.ofNanos(Math.max(0, unit.toNanos(time))));
    }

    @Override
    public void unlock() {
      turns.exit(key);
    }

    @Override
    public Condition newCondition() {
      throw new UnsupportedOperationException("a key has no conditions");
    }

    @Override
    public String toString() {
      return "Lock[" + key + "]";
    }
  }
}
