/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** A key of a mutex as a lock. Has no state: what is locked is in the mutex. */
final class LockView<K> implements Lock {
  private final InMemoryMutex<K> mutex;
  private final K key;

  LockView(InMemoryMutex<K> mutex, K key) {
    this.mutex = mutex;
    this.key = key;
  }

  @Override
  public void lock() {
    mutex.enterUninterruptibly(key);
  }

  @Override
  public void lockInterruptibly() throws InterruptedException {
    mutex.enter(key, Timeouts.FOR_EVER);
  }

  @Override
  public boolean tryLock() {
    return mutex.tryEnter(key);
  }

  @Override
  public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
    return mutex.enter(key, Math.max(0, unit.toNanos(time))) != null;
  }

  @Override
  public void unlock() {
    mutex.exit(key);
  }

  @Override
  public Condition newCondition() {
    throw new UnsupportedOperationException("a key has no conditions");
  }

  @Override
  public String toString() {
    return "Lock[" + key + mutex.holder(key).map(h -> ", locked by " + h.owner()).orElse("") + "]";
  }
}
