/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;

/**
 * What the registry knows of a mutation, for operators; without payload and answer.
 *
 * @param id which mutation
 * @param state how far it is
 * @param attempt how many attempts were made, 1 or more
 * @param claimedAt when the latest attempt began, by the store's clock
 * @param completedAt when it was completed, or null while it is not
 */
public record MutationRecord(
    MutationId id, State state, int attempt, Instant claimedAt, @Nullable Instant completedAt) {

  /** How far a mutation is. */
  public enum State {
    /** An attempt is under way, or died and its lease still runs. */
    CLAIMED,
    /** Done, with an answer to replay. */
    COMPLETED,
    /** Done, but the answer could not be kept. */
    COMPLETED_WITHOUT_ANSWER,
    /** An attempt released its claim after a failure; the next one may run. */
    RELEASED,
    /**
     * An attempt died after it had declared an external call, or under {@link CrashPolicy#HOLD}.
     */
    UNRESOLVED
  }
}
