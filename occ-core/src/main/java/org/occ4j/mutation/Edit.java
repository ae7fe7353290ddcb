/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a mutation makes of a value: a function without side effects, which may be called more than
 * once.
 *
 * <p>It runs after the expectation was found to hold, under no lock but the mutation's own turn,
 * and maybe on the thread of another caller whose mutation waits for the same turn; so it must not
 * rely on what a thread carries along. After a conflict it may be called again on the state that
 * won, only to tell which fields it would have changed.
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

  /**
   * Whether the edit looks at the present value; true unless it is overridden. An edit that says
   * false is called with null whatever is there, and the pipeline need not read the value first.
   */
  default boolean readsCurrent() {
    return true;
  }

  /** Stores {@code value} whatever was there; it {@linkplain #readsCurrent() reads nothing}. */
  static <V> Edit<V> set(V value) {
    return new FixedEdit<>(Objects.requireNonNull(value, "value"));
  }

  /** Deletes the key; it {@linkplain #readsCurrent() reads nothing}. */
  static <V> Edit<V> delete() {
    return new FixedEdit<>(null);
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
