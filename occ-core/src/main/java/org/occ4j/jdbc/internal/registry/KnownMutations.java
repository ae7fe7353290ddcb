/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.Optional;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Transactions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  /**
   * Tells of mutations that a call found done, under way or otherwise not to be carried out.
   * Clients send again as they should, so it is for who looks for it: at debug level, by operation
   * and id and without tenant, principal or answer.
   */
  public static final class DuplicateLog {
    private static final Logger LOG = LoggerFactory.getLogger(DuplicateLog.class);

    private DuplicateLog() {}

    /** The same outcome, told of unless the effect ran. */
    public static <T> Outcome<T> told(MutationId id, Outcome<T> outcome) {
      if (LOG.isDebugEnabled() && !(outcome instanceof Outcome.Executed)) {
        LOG.debug(
            "{} {} was not run: {}", id.scope().operation(), id.clientMutationId(), name(outcome));
      }
      return outcome;
    }

    private static String name(Outcome<?> outcome) {
      if (outcome instanceof Outcome.Refused<?> refused) {
        return refused.reason().name();
      }
      return outcome.isApplied() ? "replayed" : "unresolved";
    }
  }
}
