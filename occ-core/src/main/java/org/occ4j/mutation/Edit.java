/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a mutation makes of a value: a function without side effects, which may be called more than
 * once.
 *
 * <p>It runs after the expectation was found to hold, under no lock. After a conflict it may be
 * called again on the state that won, only to tell which fields it would have changed.
 *
 * @param <V> the values
 */
@FunctionalInterface
public interface Edit<V> {

  /**
   * The new value.
   *
   * @param current the present value, or null if the key is absent
   * @return what to store, or null to delete the key
   * @throws Rejection to answer the mutation with a final no; nothing is changed
   */
  @Nullable V apply(@Nullable V current) throws Rejection;

  /** Stores {@code value} whatever was there. */
  static <V> Edit<V> set(V value) {
    Objects.requireNonNull(value, "value");
    return current -> value;
  }

  /** Deletes the key. */
  static <V> Edit<V> delete() {
    return current -> null;
  }

  /** Changes a value that is there; a key that is absent is rejected with code {@value #ABSENT}. */
  static <V> Edit<V> update(UnaryOperator<V> change) {
    Objects.requireNonNull(change, "change");
    return current -> {
      if (current == null) {
        throw new Rejection(ABSENT, "there is nothing to change");
      }
      return change.apply(current);
    };
  }

  /** The code of the rejection by {@link #update}. */
  String ABSENT = "absent";
}
