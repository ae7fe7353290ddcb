/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** A key of a mutex over JDBC as a lock. */
public final class LeaseLock<K> implements Lock {
  private final ReentrantLeases<K> turns;
  private final LeaseOptions terms;
  private final K key;

  /** The lock of a key. */
  public LeaseLock(ReentrantLeases<K> turns, LeaseOptions terms, K key) {
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
