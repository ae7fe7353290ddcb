/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.Optional;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Transactions;

/**
 * What is known of mutations that have committed: from the table, and of which it is worth asking.
 */
public final class KnownMutations {
  private final Transactions transactions;
  private final MutationRows rows;
  private final RecentlyDone recentlyDone = new RecentlyDone();

  /** Nothing is known yet. */
  public KnownMutations(JdbcContext context, MutationRows rows) {
    this.transactions = context.transactions();
    this.rows = rows;
  }

  /** The row of a mutation as the table has it now, if there is one. */
  public Optional<MutationRow> look(MutationId id) {
    return transactions.reading(connection -> rows.find(connection, id));
  }

  /** The answer as the table has it, if this node has reason to believe that there is one. */
  public <T> Optional<Outcome<T>> expected(MutationId id, IdempotencyOptions<T> how) {
    return recentlyDone.mayHave(id) ? look(id).flatMap(row -> row.decided(how)) : Optional.empty();
  }

  /** A mutation was seen to be done, and committed. */
  public void seenDone(MutationId id) {
    recentlyDone.add(id);
  }
}
