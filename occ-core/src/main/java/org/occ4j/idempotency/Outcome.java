/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.occ4j.NotAppliedException;

/**
 * How the registry answered a mutation.
 *
 * @param <T> the answer
 */
public sealed interface Outcome<T> {

  /** Whether the effect has happened, by this call or by an earlier one. */
  default boolean isApplied() {
    return this instanceof Executed || this instanceof Replayed;
  }

  /**
   * The answer of the effect: null if it answered null, and also if it could not be kept ({@link
   * Replayed#available}).
   *
   * @throws NotAppliedException if the effect was refused or is unresolved
   */
  @Nullable T orThrow();

  /**
   * The effect ran now.
   *
   * @param value its answer; null if it answered null
   * @param attempt the attempt that succeeded, 1 or more
   */
  record Executed<T>(@Nullable T value, int attempt) implements Outcome<T> {
    @Override
    public @Nullable T orThrow() {
      return value;
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
    public @Nullable T orThrow() {
      return value;
    }
  }

  /**
   * The effect was not run, and surely not by this call.
   *
   * @param reason why
   * @param retryAfter when asking again may be worth it; zero where it never is. Of an attempt
   *     under way that is after as long again as it has taken so far, no later than its lease ends,
   *     and a second at least
   */
  record Refused<T>(Reason reason, Duration retryAfter) implements Outcome<T> {
    @Override
    public T orThrow() {
      throw new NotAppliedException(reason.detail(), this);
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
    public T orThrow() {
      throw new NotAppliedException(
          "an attempt of " + claimedAt + " may have had an effect outside the database", this);
    }
  }

  /** Why an effect was not run. */
  enum Reason {
    /** The same mutation is being carried out at this moment. Ask again. */
    IN_FLIGHT("the same mutation is being carried out at this moment"),
    /** The same id was used with another payload. Asking again will not help. */
    MISMATCH("the mutation id was used with another payload"),
    /** The registry is full of records that it must keep. Ask again. */
    CAPACITY("the registry is full of records that it must keep");

    private final String detail;

    Reason(String detail) {
      this.detail = detail;
    }

    /** The reason, for people. */
    public String detail() {
      return detail;
    }
  }
}
