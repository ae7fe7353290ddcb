/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.util.UUID;

/** What an effect may know of the attempt in which it runs. Thread-safe. */
public interface EffectContext {

  /**
   * Which attempt at this mutation this is, beginning with 1; it only grows for as long as the
   * record is kept, and so serves as a fencing token.
   */
  int attempt();

  /** Whether the claim has run out or was taken over; the effect should stop and throw. */
  boolean claimLost();

  /**
   * Begins the lease of this attempt anew, for an effect that takes longer than foreseen. No thread
   * of the library does it: an effect that hangs would keep its claim for ever. Where there is no
   * lease (in memory, in a transaction) it only checks the claim.
   *
   * @throws org.occ4j.LeaseLostException if the claim was lost; do not go on
   */
  void renewClaim();

  /**
   * Declares that an effect outside the database is about to happen. If the process dies after
   * this, a retry is answered {@link Outcome.Unresolved} instead of running the effect a second
   * time.
   *
   * @throws org.occ4j.LeaseLostException if the claim was lost; do not go on
   */
  void externalCallStarting();

  /**
   * An id for a third party, the same in every attempt at this mutation: give it as their
   * idempotency key for {@code step}. Outside of the effect it is {@link
   * org.occ4j.MutationId#downstreamKey}, by which whoever settles the mutation asks the third
   * party.
   */
  UUID downstreamKey(String step);
}
