/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.Optional;
import org.occ4j.RetryPolicy;
import org.occ4j.StoreUnavailableException;
import org.occ4j.idempotency.Outcome;
import org.occ4j.internal.Deadline;
import org.occ4j.mutation.MutationResult;

/** What an attempt does about others at the same mutation: begin again, follow, look again. */
public final class ConcurrentAttempts {

  /** So often may rivals be first before an attempt gives up. */
  public static final int MAX_RIVALS = 8;

  // A follower on this node is woken by its leader; it looks for itself in case that hangs.
  private static final long LONGEST_FOLLOWING_NANOS = SECONDS.toNanos(5);
  // How long apart another node's attempt is looked at again: 5 ms first, 250 ms at last.
  private static final RetryPolicy POLLS =
      new RetryPolicy(
          Integer.MAX_VALUE, Duration.ofDays(1), Duration.ofMillis(5), Duration.ofMillis(250));

  private ConcurrentAttempts() {}

  /** Work that answers, or finds that another node is at it. */
  public interface Work<R> {
    /** An answer, or none if another node is at it. */
    Optional<R> attempt() throws Exception;
  }

  /** Begins again after a rival was first; none if the rival is still at work. */
  static <R> Optional<R> rivalling(Work<R> work) throws Exception {
    for (int rivals = 1; ; rivals++) {
      try {
        return work.attempt();
      } catch (ConcurrentAttemptException rival) {
        if (rival.isStillAtWork()) {
          return Optional.empty();
        }
        if (rivals == MAX_RIVALS) {
          throw new StoreUnavailableException(
              "lost against other nodes " + rivals + " times, nothing was done", rival);
        }
      }
    }
  }

  /** How long to wait before another node's attempt is looked at again. */
  public static long nanosBeforeLook(int looks) {
    return POLLS.delayNanosAfter(looks);
  }

  /** How long to follow a leader of this node before looking for oneself. */
  public static long sliceOf(Deadline deadline) {
    return Math.min(deadline.leftNanos(), LONGEST_FOLLOWING_NANOS);
  }

  /** Whether it only says that an attempt is under way. */
  public static boolean isInFlight(Outcome<?> outcome) {
    return outcome instanceof Outcome.Refused<?> refused
        && refused.reason() == Outcome.Reason.IN_FLIGHT;
  }

  /** A conflict is the one result of a pipeline that is carried out and not stored. */
  public static boolean isStored(Outcome<?> outcome) {
    return outcome instanceof Outcome.Replayed
        || (outcome instanceof Outcome.Executed<?> executed
            && !(executed.value() instanceof MutationResult.Conflicted));
  }
}
