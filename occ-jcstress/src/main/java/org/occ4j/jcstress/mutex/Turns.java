/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.mutex.RacingMutex;

/** As much of a mutex as the races need, so that one body runs them on the library and on twins. */
interface Turns {

  /** Three keys that share a hash code, and so a slot. */
  String A = "AaAa";

  String B = "BBBB";
  String C = "AaBB";

  /** Longer than any wake-up takes; a wait that ends by it was forgotten. */
  Duration FORGOTTEN = Duration.ofMillis(500);

  /** A turn that was taken; closing it ends it. */
  interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /** Takes the key if it is free. */
  @Nullable Turn tryTake(String key);

  /** Waits for the key; null if time was up. */
  @Nullable Turn take(String key, Duration timeout) throws InterruptedException;

  /** Joins the queue for the key, or takes it; the outcome is asked for later. */
  Pending enqueue(String key);

  /** A place in a queue. */
  interface Pending {
    /** Waits for the turn; null if time was up. */
    @Nullable Turn await(Duration timeout);
  }

  /** Takes a key that is known to be free. */
  default Turn takeFree(String key) {
    Turn turn = tryTake(key);
    if (turn == null) {
      throw new IllegalStateException("not free: " + key);
    }
    return turn;
  }

  /** Waits without being interrupted. */
  default @Nullable Turn takePatiently(String key, Duration timeout) {
    try {
      return take(key, timeout);
    } catch (InterruptedException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  /** The library's mutex with default policy, whose waiters queue at once. */
  static Turns library() {
    return of(RacingMutex.create(false));
  }

  /** The library's mutex that always hands over. */
  static Turns fairLibrary() {
    return of(RacingMutex.create(true));
  }

  private static Turns of(KeyedMutex<String> mutex) {
    return new Turns() {
      @Override
      public @Nullable Turn tryTake(String key) {
        return turn(mutex.tryAcquire(key));
      }

      @Override
      public @Nullable Turn take(String key, Duration timeout) throws InterruptedException {
        return turn(mutex.tryAcquire(key, timeout));
      }

      @Override
      public Pending enqueue(String key) {
        CompletableFuture<Hold<String>> future = mutex.acquireAsync(key, FORGOTTEN);
        return timeout -> turn(within(timeout, future));
      }

      private @Nullable Hold<String> within(
          Duration timeout, CompletableFuture<Hold<String>> future) {
        try {
          return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException forgotten) {
          return null;
        } catch (InterruptedException unexpected) {
          throw new IllegalStateException(unexpected);
        }
      }

      private @Nullable Turn turn(@Nullable Hold<String> hold) {
        return hold == null ? null : hold::close;
      }
    };
  }
}
