/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.ThrowingSupplier;

/**
 * A lock for every key: at most one valid hold per key at a time, and distinct keys never wait for
 * each other (guarantee G4).
 *
 * <p>Keys are compared by {@code equals}; idle keys cost nothing. Two families of methods:
 *
 * <ul>
 *   <li><b>holds</b>: {@code acquire} waits, {@code tryAcquire} answers null when the key is not to
 *       be had, {@code acquireAsync} completes later, {@link #withLockAsync} holds the key while a
 *       stage runs. A hold is a permit: any thread may close it, and it is not reentrant.
 *   <li><b>thread-bound</b>: {@link #withLock} and {@link #asLock} belong to the thread that
 *       acquired, which may enter again.
 * </ul>
 *
 * <p>Both take turns on the same keys. By default a newcomer may overtake waiters for a short,
 * bounded time; {@code fair(true)} makes it strictly first come, first served. Null keys are
 * refused with {@link NullPointerException}. What time-outs and interruption mean is defined once
 * in the {@code org.occ4j} package.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before giving a key back happens-before
 * what another does after successfully acquiring the same key of the same mutex.
 *
 * @param <K> the keys; immutable, with {@code equals} and {@code hashCode}
 */
public interface KeyedMutex<K> {

  /** A mutex in this process with default settings. */
  static <K> KeyedMutex<K> inMemory() {
    return new InMemoryMutexBuilder<K>().build();
  }

  /** A mutex in this process whose settings the builder takes. */
  static <K> InMemoryMutexBuilder<K> builder() {
    return new InMemoryMutexBuilder<>();
  }

  /**
   * Waits for the key as long as it takes.
   *
   * @throws InterruptedException if interrupted on entry or while waiting; nothing is held then
   */
  Hold<K> acquire(K key) throws InterruptedException;

  /**
   * Waits for the key for at most {@code timeout}.
   *
   * @throws TimeoutException if it could not be had in time; nothing is held then
   * @throws InterruptedException if interrupted on entry or while waiting; nothing is held then
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  Hold<K> acquire(K key, Duration timeout) throws InterruptedException, TimeoutException;

  /**
   * Takes the key if it is free at this moment; does not wait, does not look at the interrupt flag,
   * and may overtake waiters even in a fair mutex.
   *
   * @return the hold, or null, which try-with-resources accepts
   */
  @Nullable Hold<K> tryAcquire(K key);

  /**
   * As {@link #acquire(Object, Duration)}, but answers null instead of throwing when time is up.
   *
   * @throws InterruptedException if interrupted on entry or while waiting; nothing is held then
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  @Nullable Hold<K> tryAcquire(K key, Duration timeout) throws InterruptedException;

  /**
   * Queues for the key without a thread. The future completes with the hold, or exceptionally with
   * {@link TimeoutException}. Cancelling it leaves the queue; a grant that races the cancellation
   * is given back. A future that had to wait is completed on the mutex's own executor, never under
   * a lock; one that is complete when it is returned runs what is added to it at once, like any
   * other.
   *
   * <p>Whoever has the future has to close the hold: a grant that nobody takes, because the future
   * was dropped or only a stage after it was cancelled, keeps the key taken. The log warns of it
   * once the garbage collector has found it. {@link #withLockAsync} cannot be abandoned so.
   *
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  CompletableFuture<Hold<K>> acquireAsync(K key, Duration timeout);

  /** As {@link #withLockAsync(Object, Duration, Function)}, waiting as long as it takes. */
  default <T extends @Nullable Object> CompletableFuture<T> withLockAsync(
      K key, Function<? super Hold<K>, ? extends CompletionStage<T>> body) {
    return withLockAsync(key, Duration.ofSeconds(Long.MAX_VALUE), body);
  }

  /**
   * Queues for the key without a thread, has {@code body} start a stage once it is held, and gives
   * it back when that stage has completed, in whichever way; also if the body throws or returns
   * null. The result completes after the key was given back, with what the stage completed with, or
   * exceptionally with {@link TimeoutException}, with what the body threw, or over JDBC with {@link
   * org.occ4j.LeaseLostException} if the stage succeeded and the lease was lost meanwhile.
   *
   * <p>Nobody has to keep the result. Cancelling it (or completing it in another way) leaves the
   * queue, and the body does not run; a body that has begun has its stage cancelled, and the key
   * goes back as soon as that stage has completed. A {@code CompletableFuture} completes at once
   * when it is cancelled, also if a thread goes on working for it: a body that must not be
   * overtaken then returns a stage that completes when its work has ended. Cancelling a stage
   * derived from the result cancels nothing.
   *
   * <p>The body runs on a thread of the mutex, or on the calling one if the key is free, under no
   * lock but the key itself, and should return soon. It may use the hold, and may close it early.
   *
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  default <T extends @Nullable Object> CompletableFuture<T> withLockAsync(
      K key, Duration timeout, Function<? super Hold<K>, ? extends CompletionStage<T>> body) {
    Objects.requireNonNull(body, "body");
    return HeldStage.run(acquireAsync(key, timeout), body);
  }

  /**
   * Waits for all of these keys and takes them together: two calls over the same keys in different
   * orders never deadlock. Duplicates count once. On failure nothing stays held. Close gives all
   * back. The fencing token is the greatest of the keys' tokens.
   *
   * @throws IllegalArgumentException if {@code keys} is empty or {@code timeout} is negative
   * @throws TimeoutException if not all could be had in time
   * @throws InterruptedException if interrupted on entry or while waiting
   */
  Hold<Set<K>> acquireAll(Collection<? extends K> keys, Duration timeout)
      throws InterruptedException, TimeoutException;

  /**
   * Runs {@code body} while this thread holds the key, and gives it back whatever the body does.
   * The thread may enter again for the same key.
   *
   * @throws E what the body throws
   * @throws InterruptedException if interrupted on entry or while waiting; the body did not run
   * @throws MutexDeadlockException if waiting would close a ring of threads; the body did not run
   * @throws IllegalMonitorStateException if the body unlocked the key through {@link #asLock} more
   *     often than it locked it
   */
  <T extends @Nullable Object, E extends Throwable> T withLock(K key, ThrowingSupplier<T, E> body)
      throws E, InterruptedException;

  /**
   * The key as a {@link Lock}: bound to the acquiring thread, reentrant, {@code unlock} by another
   * thread throws {@link IllegalMonitorStateException}. All views of one key of one mutex are the
   * same lock. {@code newCondition} is not supported. Waiting that would close a ring of threads
   * throws {@link MutexDeadlockException}.
   */
  Lock asLock(K key);

  /** Who holds the key, if anybody does at this moment. */
  Optional<HoldInfo> holder(K key);

  /** Whether the calling thread holds the key through {@link #withLock} or {@link #asLock}. */
  boolean isHeldByCurrentThread(K key);

  /** How many acquisitions wait for the key in this process; an estimate. */
  int queueLength(K key);

  /** The counters. */
  MutexStats stats();
}
