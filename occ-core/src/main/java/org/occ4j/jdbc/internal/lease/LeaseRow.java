/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * A row that a lease claims to hold, to be renewed.
 *
 * @param length how long it shall last from now at least
 * @param most how long after the grant it shall last at most; a later end that it has is kept
 */
record LeaseRow(LeaseKey key, String nonce, Duration length, Duration most) {

  /**
   * LEASE-11: the rows of these leases in the order in which everybody locks them, so that renewals
   * and joint acquisitions do not deadlock.
   */
  static List<LeaseRow> of(Collection<Lease<?>> leases) {
    List<LeaseRow> rows = new ArrayList<>();
    for (Lease<?> lease : leases) {
      lease
          .rows()
          .forEach(key -> rows.add(new LeaseRow(key, lease.nonce(), lease.length(), lease.most())));
    }
    rows.sort(Comparator.comparing(LeaseRow::key));
    return rows;
  }

  /** The rows of one lease, to last for so long. */
  static List<LeaseRow> of(Lease<?> lease, Duration length) {
    return lease.rows().stream()
        .map(key -> new LeaseRow(key, lease.nonce(), length, LeaseDialect.LONGEST))
        .toList();
  }

  long lengthMicros() {
    return LeaseDialect.micros(length);
  }

  long mostMicros() {
    return LeaseDialect.micros(most);
  }
}
