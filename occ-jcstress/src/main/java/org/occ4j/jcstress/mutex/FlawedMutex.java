/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A mutex in small with one flaw put in on purpose: what the races have to catch. One slot that is
 * a thin grant or a bin with holders and queues under a lock, and that always hands over: simpler
 * than the library, and exposed to the same races.
 */
final class FlawedMutex implements Turns {

  /** What is wrong. */
  enum Flaw {
    /** Close empties the slot without a look at what is in it. */
    BLIND_CLOSE,
    /** Close looks first, but not in one step with emptying the slot. */
    CHECK_THEN_CLOSE,
    /** The bin is taken out of the slot after its lock was released. */
    UNLOCKED_DEFLATION,
    /** A hash code is taken for the key. */
    HASH_FOR_KEY,
    /** Who gives up does not look whether the key was handed over meanwhile. */
    LEAVE_BLINDLY,
    /** Who queues does not look again whether the key was freed meanwhile. */
    QUEUE_BLINDLY
  }

  private static final VarHandle SLOT;

  static {
    try {
      SLOT = MethodHandles.lookup().findVarHandle(FlawedMutex.class, "slot", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Flaw flaw;
  private volatile @Nullable Object slot;

  FlawedMutex(Flaw flaw) {
    this.flaw = flaw;
  }

  private final class Grant implements Turn {
    final Object name;

    Grant(String key) {
      this.name = nameOf(key);
    }

    @Override
    public void close() {
      release(this);
    }
  }

  private static final class Bin {
    final ReentrantLock lock = new ReentrantLock();
    final Map<Object, Cell> cells = new HashMap<>();
  }

  private static final class Cell {
    @Nullable Grant holder;
    final Queue<Waiter> queue = new ArrayDeque<>();
  }

  private static final class Waiter {
    final Grant grant;
    final Thread thread = Thread.currentThread();
    volatile boolean granted;

    Waiter(Grant grant) {
      this.grant = grant;
    }
  }

  private Object nameOf(String key) {
    return flaw == Flaw.HASH_FOR_KEY ? (Object) key.hashCode() : key;
  }

  @Override
  public @Nullable Turn tryTake(String key) {
    Grant grant = new Grant(key);
    while (true) {
      Object seen = slot;
      if (seen == null) {
        if (SLOT.compareAndSet(this, null, grant)) {
          return grant;
        }
      } else if (seen instanceof Bin bin) {
        Boolean taken = tryTakeIn(bin, grant);
        if (taken != null) {
          return taken ? grant : null;
        }
      } else if (((Grant) seen).name.equals(grant.name)) {
        return null;
      } else {
        inflate((Grant) seen);
      }
    }
  }

  private @Nullable Boolean tryTakeIn(Bin bin, Grant grant) {
    bin.lock.lock();
    try {
      if (slot != bin) {
        return null;
      }
      Cell cell = bin.cells.computeIfAbsent(grant.name, name -> new Cell());
      if (cell.holder != null) {
        return false;
      }
      cell.holder = grant;
      return true;
    } finally {
      bin.lock.unlock();
    }
  }

  private void inflate(Grant thin) {
    Bin bin = new Bin();
    Cell cell = new Cell();
    cell.holder = thin;
    bin.cells.put(thin.name, cell);
    SLOT.compareAndSet(this, thin, bin);
  }

  @Override
  public @Nullable Turn take(String key, Duration timeout) throws InterruptedException {
    Turn taken = tryTake(key);
    if (taken != null) {
      return taken;
    }
    Waiter waiter = new Waiter(new Grant(key));
    while (true) {
      Object seen = slot;
      if (seen instanceof Grant thin) {
        inflate(thin);
      } else if (seen instanceof Bin bin && queue(bin, waiter)) {
        return await(bin, waiter, System.nanoTime() + timeout.toNanos());
      } else if (flaw != Flaw.QUEUE_BLINDLY) {
        taken = tryTake(key);
        if (taken != null) {
          return taken;
        }
      } else {
        LockSupport.parkNanos(timeout.toNanos()); // waits for somebody who has already gone
        return null;
      }
    }
  }

  @Override
  public Pending enqueue(String key) {
    Waiter waiter = new Waiter(new Grant(key));
    while (true) {
      Turn taken = tryTake(key);
      if (taken != null) {
        return timeout -> taken;
      }
      Object seen = slot;
      if (seen instanceof Grant thin) {
        inflate(thin);
      } else if (seen instanceof Bin bin && queue(bin, waiter)) {
        return timeout -> awaitPatiently(bin, waiter, timeout);
      }
    }
  }

  private @Nullable Turn awaitPatiently(Bin bin, Waiter waiter, Duration timeout) {
    try {
      return await(bin, waiter, System.nanoTime() + timeout.toNanos());
    } catch (InterruptedException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  private boolean queue(Bin bin, Waiter waiter) {
    bin.lock.lock();
    try {
      Cell cell = bin.cells.get(waiter.grant.name);
      if (slot != bin || cell == null || cell.holder == null) {
        return false;
      }
      cell.queue.add(waiter);
      return true;
    } finally {
      bin.lock.unlock();
    }
  }

  private @Nullable Turn await(Bin bin, Waiter waiter, long deadline) throws InterruptedException {
    while (!waiter.granted) {
      boolean interrupted = Thread.interrupted();
      long left = deadline - System.nanoTime();
      if ((interrupted || left <= 0) && leave(bin, waiter)) {
        if (interrupted) {
          throw new InterruptedException();
        }
        return null;
      }
      LockSupport.parkNanos(left);
    }
    return waiter.grant;
  }

  private boolean leave(Bin bin, Waiter waiter) {
    bin.lock.lock();
    try {
      Cell cell = bin.cells.get(waiter.grant.name);
      boolean queued = cell != null && cell.queue.remove(waiter);
      return queued || flaw == Flaw.LEAVE_BLINDLY;
    } finally {
      bin.lock.unlock();
    }
  }

  private void release(Grant grant) {
    if (flaw == Flaw.BLIND_CLOSE) {
      slot = null;
      return;
    }
    while (true) {
      Object seen = slot;
      if (seen instanceof Bin bin) {
        releaseIn(bin, grant);
        return;
      }
      if (seen != grant) {
        return;
      }
      if (flaw == Flaw.CHECK_THEN_CLOSE) {
        slot = null;
        return;
      }
      if (SLOT.compareAndSet(this, grant, null)) {
        return;
      }
    }
  }

  private void releaseIn(Bin bin, Grant grant) {
    Waiter next = null;
    boolean empty = false;
    bin.lock.lock();
    try {
      Cell cell = bin.cells.get(grant.name);
      if (cell == null || cell.holder != grant) {
        return;
      }
      next = cell.queue.poll();
      if (next == null) {
        bin.cells.remove(grant.name);
        empty = bin.cells.isEmpty();
        if (empty && flaw != Flaw.UNLOCKED_DEFLATION) {
          slot = null;
        }
      } else {
        cell.holder = next.grant;
        next.granted = true;
      }
    } finally {
      bin.lock.unlock();
    }
    if (empty && flaw == Flaw.UNLOCKED_DEFLATION) {
      slot = null;
    }
    if (next != null) {
      LockSupport.unpark(next.thread);
    }
  }
}
