/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.occ4j.mutex.Hold;

/**
 * A future that waits for a lease: first in the queue of this process, then by attempts on worker
 * threads with pauses in between, in which it has no thread.
 */
final class LeaseFuture<K> {
  private final K key;
  private final String holder;
  private final LeaseWait wait;
  private final JdbcLeaseMutex<K> mutex;
  private final LeaseKeeper keeper;
  private final CompletableFuture<Hold<K>> result = new CompletableFuture<>();

  LeaseFuture(K key, LeaseWait wait, JdbcLeaseMutex<K> mutex, LeaseKeeper keeper) {
    this.key = key;
    this.wait = wait;
    this.mutex = mutex;
    this.holder = mutex.holderText();
    this.keeper = keeper;
  }

  /** Begins once this process's turn comes. */
  @SuppressWarnings("FutureReturnValueIgnored") // what follows the futures here cannot fail
  CompletableFuture<Hold<K>> after(CompletableFuture<Hold<K>> localTurn) {
    localTurn.whenComplete(
        (hold, failure) -> {
          if (hold == null) {
            keeper.work(() -> result.completeExceptionally(failure));
          } else {
            keeper.work(() -> begin(hold));
          }
        });
    result.whenComplete((hold, failure) -> localTurn.cancel(false));
    return result;
  }

  private void begin(Hold<K> localHold) {
    LeaseAttempts<K> own = mutex.attempts(key, holder, localHold::close);
    attempt(own, localHold);
  }

  private void attempt(LeaseAttempts<K> own, Hold<K> localHold) {
    try {
      mutex.requireOpen();
      Lease<K> lease = result.isDone() ? null : own.attempt();
      if (lease != null) {
        mutex.endPolling(key);
        deliver(lease);
      } else if (result.isDone() || wait.isOver()) {
        giveUp(own, localHold);
        result.completeExceptionally(new TimeoutException("not granted in time: " + key));
      } else {
        mutex.beginPolling(key);
        keeper.workAfter(wait.nextPause(own.presentLease()), () -> attempt(own, localHold));
      }
    } catch (RuntimeException failed) {
      giveUp(own, localHold);
      result.completeExceptionally(failed);
    }
  }

  private void giveUp(LeaseAttempts<K> own, Hold<K> localHold) {
    mutex.endPolling(key);
    mutex.gaveUp();
    own.giveUp();
    localHold.close();
  }

  private void deliver(Lease<K> lease) {
    if (!result.complete(lease)) {
      lease.close();
    }
  }
}
