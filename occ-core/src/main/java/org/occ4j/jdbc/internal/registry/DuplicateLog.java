/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import org.occ4j.MutationId;
import org.occ4j.idempotency.Outcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of mutations that a call found done, under way or otherwise not to be carried out. Clients
 * send again as they should, so it is for who looks for it: at debug level, by operation and id and
 * without tenant, principal or answer.
 */
public final class DuplicateLog {
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
