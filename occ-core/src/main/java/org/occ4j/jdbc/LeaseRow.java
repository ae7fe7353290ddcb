/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** A row that a lease claims to hold, for renewal. */
record LeaseRow(LeaseKey key, Lease<?> lease) {

  /**
   * L11: the rows of these leases in the order in which everybody locks them, so that renewals and
   * joint acquisitions do not deadlock.
   */
  static List<LeaseRow> of(Collection<Lease<?>> leases) {
    List<LeaseRow> rows = new ArrayList<>();
    for (Lease<?> lease : leases) {
      lease.rows().forEach(key -> rows.add(new LeaseRow(key, lease)));
    }
    rows.sort(Comparator.comparing(LeaseRow::key));
    return rows;
  }
}
