/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/** Several keys held together. */
final class JointHold<K> implements Hold<Set<K>> {
  private final Set<K> keys;
  private final List<? extends Hold<?>> holds;

  /**
   * A hold on all of these.
   *
   * @param keys unmodifiable
   * @param holds one for each key, in the order in which they were acquired
   */
  JointHold(Set<K> keys, List<? extends Hold<?>> holds) {
    this.keys = keys;
    this.holds = holds;
  }

  @Override
  public Set<K> key() {
    return keys;
  }

  @Override
  public long fencingToken() {
    return holds.stream().mapToLong(Hold::fencingToken).max().orElse(0);
  }

  @Override
  public boolean isValid() {
    return holds.stream().allMatch(Hold::isValid);
  }

  @Override
  public Duration remaining() {
    return holds.stream().map(Hold::remaining).min(Duration::compareTo).orElse(Duration.ZERO);
  }

  @Override
  public Hold<Set<K>> onLost(Consumer<LossReason> listener) {
    Objects.requireNonNull(listener, "listener");
    return this;
  }

  @Override
  public boolean extend(Duration length) {
    boolean all = true;
    for (Hold<?> hold : holds) {
      all &= hold.extend(length);
    }
    return all;
  }

  @Override
  public void releaseAfter(Duration delay) {
    for (int i = holds.size() - 1; i >= 0; i--) {
      holds.get(i).releaseAfter(delay);
    }
  }

  @Override
  public void close() {
    closeAll(holds);
  }

  /** Gives back in reverse order, so that who waits for all of them meets the first one last. */
  static void closeAll(List<? extends Hold<?>> holds) {
    for (int i = holds.size() - 1; i >= 0; i--) {
      holds.get(i).close();
    }
  }
}
