/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import org.occ4j.MutationId;
import org.occ4j.jdbc.internal.RecentKeys;

/**
 * Which mutations this node has lately seen done: a hint that one sent again is a replay, for which
 * a read will do. Without the hint it begins a transaction, as a first run has to, and ends it: one
 * round trip more. The table decides; a hint that is wrong, or missing, costs a round trip.
 */
final class RecentlyDone {
  private final RecentKeys keys = new RecentKeys();

  void add(MutationId id) {
    keys.add(bits(id));
  }

  boolean mayHave(MutationId id) {
    return keys.mayHave(bits(id));
  }

  private static long bits(MutationId id) {
    return id.clientMutationId().getMostSignificantBits()
        ^ Long.rotateLeft(id.clientMutationId().getLeastSignificantBits(), 32)
        ^ id.scope().hashCode();
  }
}
