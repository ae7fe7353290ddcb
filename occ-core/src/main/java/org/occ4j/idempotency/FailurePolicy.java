/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which failures of an effect are final, and what answer stands for them.
 *
 * <p>By default none is: whatever an effect throws releases the claim, and a retry runs it again. A
 * failure that would be the same however often it is tried (the card was declined) can be made an
 * answer: it is kept like any other, and a retry is told the same instead of trying again. What the
 * effect did inside the database transaction is undone even so.
 *
 * <p>Name only what is final. A failure that was transient and is kept is replayed for as long as
 * the retention lasts.
 *
 * @param <T> the answers
 */
@FunctionalInterface
public interface FailurePolicy<T> {

  /**
   * The answer that is kept for a failure; empty to release the claim and throw the failure. It is
   * never asked about an {@link Error} or an {@link InterruptedException}, which say nothing about
   * the mutation.
   */
  Optional<T> answerTo(Exception failure);

  /** Keeps none: the default. */
  static <T> FailurePolicy<T> release() {
    return ReleaseFailures.instance();
  }

  /** Keeps failures of this type, as the answer that the function makes of them. */
  static <T, X extends Exception> FailurePolicy<T> keep(
      Class<X> type, Function<? super X, ? extends T> answer) {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(answer, "answer");
    return failure ->
        type.isInstance(failure) ? Optional.of(answer.apply(type.cast(failure))) : Optional.empty();
  }

  /** Asks {@code next} about the failures that this policy does not keep. */
  default FailurePolicy<T> or(FailurePolicy<T> next) {
    Objects.requireNonNull(next, "next");
    return failure -> {
      Optional<T> mine = answerTo(failure);
      return mine.isPresent() ? mine : next.answerTo(failure);
    };
  }
}
