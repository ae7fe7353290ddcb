/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a closed hold leaves to the next thread of this process that waits for its key.
 *
 * <p>As a rule it leaves its row, still under its nonce: the next acquisition replaces that nonce
 * by its own in the statement that it sends anyway, so a turn costs one round trip and not two. A
 * node may go on so for a while only; then the row is released, and what is left is a <i>rest</i>:
 * the next one pauses before it asks, like those of other nodes, which so have a fair chance.
 *
 * <p>Whoever takes an entry out owns it. One that nobody takes in time is taken by the clock, and
 * its row is released. If the process dies instead, the lease ends by itself.
 */
final class LocalHandoff {
  /** LEASE-12: for how long one node may hand a key on among its own threads. */
  static final long LONGEST_RUN_NANOS = 100_000_000;

  /** After this the thread that was expected has gone away. */
  private static final long UNCLAIMED_NANOS = 50_000_000;

  /**
   * What was left.
   *
   * @param nonce in the row, or null for a rest
   * @param runBegan when this node got the key from another; ticker time
   * @param leftAt ticker time
   */
  record Handoff(LeaseKey row, @Nullable String nonce, long runBegan, long leftAt) {}

  private final ConcurrentMap<LeaseKey, Handoff> left = new ConcurrentHashMap<>();

  void leave(Handoff handoff) {
    left.put(handoff.row(), handoff);
  }

  @Nullable Handoff take(LeaseKey row) {
    return left.isEmpty() ? null : left.remove(row);
  }

  int size() {
    return left.size();
  }

  boolean isEmpty() {
    return left.isEmpty();
  }

  /** Takes what was not claimed; {@code release} gets what has a row. */
  void takeUnclaimed(long now, Consumer<Handoff> release) {
    take(handoff -> now - handoff.leftAt() > UNCLAIMED_NANOS, release);
  }

  void takeAll(Consumer<Handoff> release) {
    take(handoff -> true, release);
  }

  private void take(java.util.function.Predicate<Handoff> which, Consumer<Handoff> release) {
    left.forEach(
        (row, handoff) -> {
          if (which.test(handoff) && left.remove(row, handoff) && handoff.nonce() != null) {
            release.accept(handoff);
          }
        });
  }
}
