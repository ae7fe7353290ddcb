/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the runners of {@link Concurrently} ended. Immutable.
 *
 * @param <T> the result of a runner, maybe null
 */
public final class ConcurrentResults<T extends @Nullable Object> {

  /** The value of a runner, or what it threw. */
  record Finish<T extends @Nullable Object>(@Nullable T value, @Nullable Throwable failure) {}

  private final List<Finish<T>> finishes;

  ConcurrentResults(List<Finish<T>> finishes) {
    this.finishes = finishes;
  }

  /**
   * The value of each runner, by its index.
   *
   * @throws AssertionError if a runner threw; all that was thrown is attached
   */
  public List<T> values() {
    List<Throwable> failures = failures();
    if (!failures.isEmpty()) {
      AssertionError error =
          new AssertionError(
              failures.size() + " of " + finishes.size() + " runners failed", failures.get(0));
      failures.subList(1, failures.size()).forEach(error::addSuppressed);
      throw error;
    }
    return succeeded();
  }

  /** The values of the runners that did not throw. */
  public List<T> succeeded() {
    List<T> values = new ArrayList<>();
    for (Finish<T> finish : finishes) {
      if (finish.failure() == null) {
        values.add(finish.value());
      }
    }
    return values;
  }

  /** What the other runners threw. */
  public List<Throwable> failures() {
    return finishes.stream().map(Finish::failure).filter(Objects::nonNull).toList();
  }
}
