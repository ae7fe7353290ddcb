/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.util.Optional;

/** The policy that keeps no failure. */
final class ReleaseFailures<T> implements FailurePolicy<T> {
  private static final ReleaseFailures<?> INSTANCE = new ReleaseFailures<>();

  private ReleaseFailures() {}

  // It never has a T.
  @SuppressWarnings("unchecked")
  static <T> FailurePolicy<T> instance() {
    return (FailurePolicy<T>) INSTANCE;
  }

  @Override
  public Optional<T> answerTo(Exception failure) {
    return Optional.empty();
  }

  @Override
  public FailurePolicy<T> or(FailurePolicy<T> next) {
    return next;
  }

  @Override
  public String toString() {
    return "FailurePolicy[release]";
  }
}
