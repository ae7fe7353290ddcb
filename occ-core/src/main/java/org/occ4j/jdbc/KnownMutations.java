/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Optional;
import org.occ4j.MutationId;

/** What is known of mutations that have committed, read on connections of our own. */
final class KnownMutations {
  private final Transactions transactions;
  private final MutationRows rows;

  KnownMutations(JdbcContext context, MutationRows rows) {
    this.transactions = context.transactions();
    this.rows = rows;
  }

  /** The row of a mutation, if there is one. */
  Optional<MutationRow> look(MutationId id) {
    return transactions.reading(connection -> rows.find(connection, id));
  }
}
