/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.occ4j.LeaseLostException;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutex.MutexDeadlockException;

/** The refusals that are the same for every contract. */
final class Refusals {

  /** When nothing better is known: long enough for a failover to begin, short enough for people. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private Refusals() {}

  /** The answer where something broke; the message is never sent. */
  static HttpAnswer broken(OccException thrown) {
    if (thrown instanceof StoreUnavailableException
        || thrown instanceof TransactionConflictException
        || thrown instanceof MutexDeadlockException) {
      return HttpContract.unavailable(RETRY_AFTER);
    }
    return thrown instanceof OutcomeUnknownException || thrown instanceof LeaseLostException
        ? outcomeUnknown()
        : HttpAnswer.refusal(ProblemType.INTERNAL, "Sending it again will not help.");
  }

  static HttpAnswer outcomeUnknown() {
    return HttpAnswer.refusal(
        ProblemType.OUTCOME_UNKNOWN,
        "It may have been done. Send it again with the same mutation id; that settles it.",
        RETRY_AFTER);
  }

  static HttpAnswer refused(Outcome.Reason reason, Duration retryAfter) {
    return switch (reason) {
      case IN_FLIGHT ->
          HttpAnswer.refusal(
              ProblemType.IN_FLIGHT,
              "Send it again with the same mutation id to learn its result.",
              retryAfter);
      case MISMATCH ->
          HttpAnswer.refusal(
              ProblemType.MUTATION_MISMATCH, "A new change needs a new mutation id.");
      case CAPACITY ->
          HttpAnswer.refusal(
              ProblemType.CAPACITY,
              "Nothing was changed. It is safe to send it again.",
              retryAfter);
    };
  }

  static HttpAnswer unresolved(Instant claimedAt) {
    return HttpAnswer.refusal(
        ProblemType.UNRESOLVED,
        ProblemType.UNRESOLVED.status(),
        "Somebody has to find out what became of it before it can be sent again.",
        Map.of("claimedAt", claimedAt.toString()));
  }
}
