/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.Optional;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Transactions;

/** What is known of mutations that have committed: from the table, or from the cache before it. */
public final class KnownMutations {
  private final Transactions transactions;
  private final MutationRows rows;
  private final ReplayCache cache;
  private final RecentlyDone recentlyDone = new RecentlyDone();

  /** Nothing is known yet. */
  public KnownMutations(JdbcContext context, MutationRows rows, ReplayCache cache) {
    this.transactions = context.transactions();
    this.rows = rows;
    this.cache = cache;
  }

  /** The row of a mutation as the table has it now, if there is one. */
  public Optional<MutationRow> look(MutationId id) {
    ReplayCache.Moment before = cache.moment();
    Optional<MutationRow> row = transactions.reading(connection -> rows.find(connection, id));
    row.ifPresent(seen -> cache.keep(id, seen, before));
    return row;
  }

  /** The answer, if this node knows it without the table. */
  public <T> Optional<Outcome<T>> remembered(MutationId id, Execution<T> how) {
    MutationRow row = cache.find(id);
    return row == null ? Optional.empty() : row.decided(how);
  }

  /** The answer as the table has it, if this node has reason to believe that there is one. */
  public <T> Optional<Outcome<T>> expected(MutationId id, Execution<T> how) {
    return recentlyDone.mayHave(id) ? look(id).flatMap(row -> row.decided(how)) : Optional.empty();
  }

  /** A mutation was seen to be done, and committed. */
  public void seenDone(MutationId id) {
    recentlyDone.add(id);
  }

  /** The answers that are remembered. */
  public ReplayCache cache() {
    return cache;
  }
}
