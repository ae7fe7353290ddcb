/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.UUID;
import org.occ4j.MutationId;
import org.occ4j.idempotency.EffectContext;

/** An attempt inside a transaction, with which its claim lives and dies. */
record TransactionalContext(MutationId id, int attempt) implements EffectContext {

  @Override
  public boolean claimLost() {
    return false;
  }

  /** There is no lease, and the transaction ends the claim. */
  @Override
  public void renewClaim() {}

  /**
   * Nothing of this attempt is visible to others before the commit, so nothing could warn a retry.
   */
  @Override
  public void externalCallStarting() {
    throw new IllegalStateException(
        "an effect outside the database needs a lease: run it by execute, not in a transaction");
  }

  @Override
  public UUID downstreamKey(String step) {
    return id.derive("downstream:" + step);
  }
}
