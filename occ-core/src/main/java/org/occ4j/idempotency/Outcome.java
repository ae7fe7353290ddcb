/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the registry answered a mutation.
 *
 * @param <T> the answer
 */
public sealed interface Outcome<T> {

  /** Calls the function that fits and returns its answer. */
  <R extends @Nullable Object> R fold(
      Function<? super Executed<T>, ? extends R> executed,
      Function<? super Replayed<T>, ? extends R> replayed,
      Function<? super Refused<T>, ? extends R> refused,
      Function<? super Unresolved<T>, ? extends R> unresolved);

  /**
   * The effect ran now.
   *
   * @param value its answer; null if it answered null
   * @param attempt the attempt that succeeded, 1 or more
   */
  record Executed<T>(@Nullable T value, int attempt) implements Outcome<T> {
    @Override
    public <R extends @Nullable Object> R fold(
        Function<? super Executed<T>, ? extends R> executed,
        Function<? super Replayed<T>, ? extends R> replayed,
        Function<? super Refused<T>, ? extends R> refused,
        Function<? super Unresolved<T>, ? extends R> unresolved) {
      return executed.apply(this);
    }
  }

  /**
   * The effect had happened before; this is its stored answer.
   *
   * @param value the answer; null if it was null, or if {@code available} is false
   * @param available false if the effect is done but its answer could not be kept (too large, or
   *     the codec failed on it); the effect is not run again for that
   * @param completedAt when it was done, by the store's clock
   */
  record Replayed<T>(@Nullable T value, boolean available, Instant completedAt)
      implements Outcome<T> {
    @Override
    public <R extends @Nullable Object> R fold(
        Function<? super Executed<T>, ? extends R> executed,
        Function<? super Replayed<T>, ? extends R> replayed,
        Function<? super Refused<T>, ? extends R> refused,
        Function<? super Unresolved<T>, ? extends R> unresolved) {
      return replayed.apply(this);
    }
  }

  /**
   * The effect was not run, and surely not by this call.
   *
   * @param reason why
   * @param retryAfter when asking again may be worth it; zero where it never is
   */
  record Refused<T>(Reason reason, Duration retryAfter) implements Outcome<T> {
    @Override
    public <R extends @Nullable Object> R fold(
        Function<? super Executed<T>, ? extends R> executed,
        Function<? super Replayed<T>, ? extends R> replayed,
        Function<? super Refused<T>, ? extends R> refused,
        Function<? super Unresolved<T>, ? extends R> unresolved) {
      return refused.apply(this);
    }
  }

  /**
   * An earlier attempt died after it had declared an effect outside the database; whether that
   * happened is not known, and it is not run again. An operator settles it ({@link
   * IdempotencyRegistry#forget}), or the application asks the third party with the same downstream
   * key.
   *
   * @param claimedAt when that attempt began, by the store's clock
   */
  record Unresolved<T>(Instant claimedAt) implements Outcome<T> {
    @Override
    public <R extends @Nullable Object> R fold(
        Function<? super Executed<T>, ? extends R> executed,
        Function<? super Replayed<T>, ? extends R> replayed,
        Function<? super Refused<T>, ? extends R> refused,
        Function<? super Unresolved<T>, ? extends R> unresolved) {
      return unresolved.apply(this);
    }
  }

  /** Why an effect was not run. */
  enum Reason {
    /** The same mutation is being carried out at this moment. Ask again. */
    IN_FLIGHT,
    /** The same id was used with another payload. Asking again will not help. */
    MISMATCH,
    /** The registry is full of records that it must keep. Ask again. */
    CAPACITY
  }
}
