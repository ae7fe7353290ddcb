/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.mutex;

import com.antkorwin.xsync.XSync;
import com.google.common.util.concurrent.Striped;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.springframework.integration.support.locks.DefaultLockRegistry;

/** Who takes turns, and how: the same work under the lock of a key. */
public enum MutexRival {
  /** This library, default settings. */
  OCC(MutexRival::occ),
  /** Guava, 1024 strong stripes: unrelated keys may block each other. */
  STRIPED(() -> striped(Striped.lock(1024))),
  /** Guava, 65 536 weak stripes. */
  STRIPED_LAZY_WEAK(() -> striped(Striped.lazyWeakLock(65_536))),
  /** Spring Integration, 256 stripes: unrelated keys may block each other. */
  SPRING_DEFAULT(MutexRival::spring),
  /** Weakly interned keys, each synchronized on. */
  XSYNC(MutexRival::xsync),
  /** The work as a remapping function: the whole bin of the map is locked. */
  MAP_COMPUTE(MutexRival::mapCompute),
  /** An owner put into a map and removed; spins while another is there. */
  MAP_PUT_IF_ABSENT(MutexRival::mapPutIfAbsent),
  /** A lock for each key in a map, counted, and removed by the last user. */
  REF_COUNTED(MutexRival::refCounted),
  /** The floor: one ReentrantLock for each thread, or for all where the key is one; no keys. */
  REENTRANT_LOCK(MutexRival::reentrantLock);

  /** Does the work while holding the key. */
  @FunctionalInterface
  public interface Turns {
    /** Takes the turn, works, and ends it. */
    void take(String key, Work work) throws InterruptedException;
  }

  /** What is done under the lock; one for each thread. */
  public static class Work implements Runnable {
    /** How often it was done. */
    public long rounds;

    /** The thread's own lock, for the floor. */
    final Lock ownLock = new ReentrantLock();

    @Override
    public void run() {
      rounds++;
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // method references
  private final Supplier<Turns> factory;

  MutexRival(Supplier<Turns> factory) {
    this.factory = factory;
  }

  /** New turns that nobody else uses. */
  public Turns create() {
    return factory.get();
  }

  private static Turns occ() {
    KeyedMutex<String> mutex = KeyedMutex.inMemory();
    return (key, work) -> {
      try (Hold<String> hold = mutex.acquire(key)) {
        work.run();
      }
    };
  }

  private static Turns striped(Striped<Lock> stripes) {
    return (key, work) -> locked(stripes.get(key), work);
  }

  private static Turns spring() {
    DefaultLockRegistry registry = new DefaultLockRegistry();
    return (key, work) -> locked(registry.obtain(key), work);
  }

  private static void locked(Lock lock, Work work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  private static Turns xsync() {
    XSync<String> xsync = new XSync<>();
    return xsync::execute;
  }

  private static Turns mapCompute() {
    ConcurrentHashMap<String, Boolean> map = new ConcurrentHashMap<>();
    return (key, work) ->
        map.compute(
            key,
            (same, absent) -> {
              work.run();
              return null;
            });
  }

  private static Turns mapPutIfAbsent() {
    ConcurrentHashMap<String, Object> map = new ConcurrentHashMap<>();
    return (key, work) -> {
      Object owner = new Object();
      while (map.putIfAbsent(key, owner) != null) {
        Thread.onSpinWait();
      }
      try {
        work.run();
      } finally {
        map.remove(key, owner);
      }
    };
  }

  private static Turns refCounted() {
    RefCountedLocks<String> locks = new RefCountedLocks<>();
    return (key, work) -> {
      RefCountedLocks<String>.Counted lock = locks.acquire(key);
      try {
        work.run();
      } finally {
        lock.release();
      }
    };
  }

  private static Turns reentrantLock() {
    ReentrantLock shared = new ReentrantLock();
    return (key, work) -> locked(key.equals(MutexBenchmark.HOT) ? shared : work.ownLock, work);
  }
}
