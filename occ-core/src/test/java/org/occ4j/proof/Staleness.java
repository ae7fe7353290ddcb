/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Violation.Kind;

/**
 * Judges reads of caches: none is staler than promised (G5). What a cached read must show is what
 * was acknowledged
 *
 * <ul>
 *   <li>by a write on its own node, before it began, if it surely changed something;
 *   <li>anywhere, before the last poll of its node that had ended when it began was sent;
 *   <li>anywhere, before it began, if no poll that was sent within the maximum staleness before can
 *       have ended before it did: the node had lost contact.
 * </ul>
 *
 * <p>All times are of one monotonic clock and out of the history, so no machine is too slow. A
 * replay, and a deletion that may have found nothing, change nothing on their own node: what they
 * tell may have been written on another, and counts as such.
 */
final class Staleness {
  private final List<Operation> operations;
  private final List<Poll> polls;
  private final long maximum;

  private Staleness(List<Operation> operations, List<Poll> polls, Duration maximum) {
    this.operations = operations;
    this.polls = polls;
    this.maximum = maximum.toNanos();
  }

  /**
   * Judges all cached reads of a history.
   *
   * @param polls of all nodes
   * @param maximum the longest silence after which caches still answered from memory
   */
  static List<Violation> judge(List<Operation> operations, List<Poll> polls, Duration maximum) {
    Staleness told = new Staleness(operations, polls, maximum);
    List<Violation> violations = new ArrayList<>();
    for (Operation read : operations) {
      if (read.call() == Call.CACHED_READ && read.told() == Told.FOUND) {
        Operation newer = told.newer(read);
        if (newer != null) {
          violations.add(
              new Violation(
                  Kind.STALE,
                  read.key(),
                  "after\n" + Lines.of(newer) + "\ncame\n" + Lines.of(read)));
        }
      }
    }
    return violations;
  }

  /** A write that the read should have shown; null if there is none. */
  private @Nullable Operation newer(Operation read) {
    long known = known(read);
    for (Operation write : operations) {
      boolean due =
          write.ended() < known
              || (write.node().equals(read.node())
                  && hasChangedSomething(write)
                  && write.ended() < read.began());
      if (due && isWrite(write) && write.key().equals(read.key()) && isOlder(read, write)) {
        return write;
      }
    }
    return null;
  }

  /** Until when the node of a read knows what all nodes have written. */
  private long known(Operation read) {
    long latest = Long.MIN_VALUE;
    OptionalLong contact = OptionalLong.empty();
    for (Poll poll : polls) {
      if (poll.node().equals(read.node()) && poll.asOf() <= read.ended()) {
        contact = OptionalLong.of(Math.max(poll.asOf(), contact.orElse(poll.asOf())));
        latest = poll.told() <= read.began() ? Math.max(latest, poll.asOf()) : latest;
      }
    }
    boolean lost = contact.isPresent() && read.began() - contact.getAsLong() >= maximum;
    return lost ? read.began() : latest;
  }

  private static boolean hasChangedSomething(Operation write) {
    boolean mayFindNothing = write.expected().equals("any") || write.expected().equals("absent");
    return write.told() == Told.APPLIED && !(write.state().isAbsent() && mayFindNothing);
  }

  private static boolean isWrite(Operation operation) {
    return operation.isApplied()
        && operation.call() != Call.EFFECT
        && operation.call() != Call.CACHED_READ;
  }

  /**
   * Whether what was read is surely of before an acknowledged write: it was seen before the write
   * began, or the key's versions, which only grow until it is deleted, say so.
   */
  private boolean isOlder(Operation read, Operation write) {
    if (!read.state().isAbsent() && write.told() == Told.APPLIED && wasSeenBefore(read, write)) {
      return read.version() != write.version();
    }
    return read.version() < write.version()
        && operations.stream().noneMatch(other -> mayHaveDeleted(other, write));
  }

  private boolean wasSeenBefore(Operation read, Operation write) {
    return operations.stream()
        .anyMatch(
            other ->
                other.key().equals(read.key())
                    && other.version() == read.version()
                    && other.ended() < write.began());
  }

  /** When what a replay tells was written is not known, so it may have been deleted at any time. */
  private static boolean mayHaveDeleted(Operation other, Operation write) {
    boolean mayFollow = write.told() == Told.REPLAYED || other.until() > write.began();
    return other.call() == Call.DELETE
        && other.key().equals(write.key())
        && (other.isApplied() || other.isUnknown())
        && (other.told() == Told.REPLAYED || mayFollow);
  }
}
