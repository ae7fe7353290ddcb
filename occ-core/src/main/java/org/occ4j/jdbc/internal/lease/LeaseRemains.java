/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Nonces that may still be in rows although nobody holds them: of a release that was not answered,
 * of an acquisition that was given up, of a lease that was lost with a renewal under way.
 *
 * <p>The next acquisition of the key in this process takes the row over by that nonce, so it does
 * not take its own process for somebody else. For other nodes such a lease ends by itself.
 */
public final class LeaseRemains {
  private record Remain(String nonce, long until) {}

  private final ConcurrentMap<LeaseKey, Remain> remains = new ConcurrentHashMap<>();

  /**
   * The nonce may be in these rows.
   *
   * @param until ticker time at which the lease has ended whatever was done late
   */
  void add(List<LeaseKey> rows, String nonce, long until) {
    rows.forEach(row -> remains.put(row, new Remain(nonce, until)));
  }

  /** The nonce is in none of these rows any more. */
  void remove(List<LeaseKey> rows, String nonce) {
    if (!remains.isEmpty()) {
      rows.forEach(
          row ->
              remains.computeIfPresent(
                  row, (same, remain) -> remain.nonce().equals(nonce) ? null : remain));
    }
  }

  /** What may be in the row, or null. */
  public @Nullable String nonceIn(LeaseKey row) {
    Remain remain = remains.isEmpty() ? null : remains.get(row);
    return remain == null ? null : remain.nonce();
  }

  /** Forgets what has ended by itself. */
  void forgetEnded(long now) {
    remains.values().removeIf(remain -> remain.until() - now <= 0);
  }

  boolean isEmpty() {
    return remains.isEmpty();
  }

  int size() {
    return remains.size();
  }
}
