/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.proof.Operation.Call;

/**
 * Whether there is an order of the operations of one key that keeps to real time and in which a
 * store used by one thread would have answered the same.
 *
 * <p>The search is that of Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with
 * the memory of dead ends of Lowe, "Testing for linearizability" (2017). An operation of unknown
 * outcome may stand anywhere after its beginning, or nowhere. A content is written by one operation
 * only, so its version is known from any answer that shows it.
 */
final class Linearizability {

  /** What was found. */
  enum Verdict {
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    /** The search was given up after {@link #MAX_STEPS} steps. */
    UNDECIDED
  }

  static final int MAX_STEPS = 3_000_000;

  private final List<Operation> history;
  private final Map<String, Long> versions;
  private final BitSet required = new BitSet();
  private final Set<DeadEnd> deadEnds = new HashSet<>();
  private int steps;

  private record DeadEnd(BitSet done, State state) {}

  private Linearizability(List<Operation> operations, Map<String, Long> versions) {
    this.versions = versions;
    history = new ArrayList<>(operations);
    history.removeIf(operation -> !says(operation));
    // What has ended first is tried first, what is unknown last.
    history.sort(Comparator.comparingLong(Operation::until));
    for (int i = 0; i < history.size(); i++) {
      required.set(i, !history.get(i).isUnknown());
    }
  }

  private static boolean says(Operation operation) {
    return switch (operation.told()) {
      case FOUND, APPLIED, REPLAYED, CONFLICT -> true;
      case UNKNOWN -> operation.call() != Call.READ;
      case REJECTED, NOTHING_DONE -> false;
    };
  }

  /** Judges the operations of a key that was absent before them. */
  static Verdict of(List<Operation> operations) {
    return of(operations, List.of());
  }

  /** The same, where other answers that are not judged have shown versions too. */
  static Verdict of(List<Operation> operations, List<Operation> glimpses) {
    Map<String, Long> versions = versions(glimpses);
    versions.putAll(versions(operations));
    return from(operations, List.of(State.ABSENT), versions);
  }

  /** The version of each content that an answer shows. */
  static Map<String, Long> versions(List<Operation> operations) {
    Map<String, Long> versions = new HashMap<>();
    for (Operation operation : operations) {
      if (operation.value() != null) {
        versions.put(operation.value(), operation.version());
      }
    }
    return versions;
  }

  /**
   * Judges a part of the operations of a key that had one of these states before them.
   *
   * @param versions what all of the operations show
   */
  static Verdict from(List<Operation> operations, List<State> initial, Map<String, Long> versions) {
    Linearizability search = new Linearizability(operations, versions);
    boolean found = initial.stream().anyMatch(state -> search.succeeds(new BitSet(), state));
    if (found) {
      return Verdict.LINEARIZABLE;
    }
    return search.steps > MAX_STEPS ? Verdict.UNDECIDED : Verdict.NOT_LINEARIZABLE;
  }

  private boolean succeeds(BitSet done, State state) {
    if (isComplete(done)) {
      return true;
    }
    if (++steps > MAX_STEPS || !deadEnds.add(new DeadEnd((BitSet) done.clone(), state))) {
      return false;
    }
    long firstEnd = firstEnd(done);
    for (int i = done.nextClearBit(0); i < history.size(); i = done.nextClearBit(i + 1)) {
      Operation next = history.get(i);
      State after = next.began() <= firstEnd ? after(next, state) : null;
      if (after != null) {
        done.set(i);
        if (succeeds(done, after)) {
          return true;
        }
        done.clear(i);
      }
    }
    return false;
  }

  private boolean isComplete(BitSet done) {
    BitSet missing = (BitSet) required.clone();
    missing.andNot(done);
    return missing.isEmpty();
  }

  /** Whatever began after something open had ended cannot come before that. */
  private long firstEnd(BitSet done) {
    // They are in the order of their ends.
    int first = done.nextClearBit(0);
    return first < history.size() ? history.get(first).until() : Operation.NEVER;
  }

  /** The state after an operation, or null if it cannot have been answered so in this state. */
  private @Nullable State after(Operation operation, State state) {
    return switch (operation.told()) {
      case FOUND -> operation.state().equals(state) ? state : null;
      case CONFLICT -> !operation.holdsFor(state) && operation.state().equals(state) ? state : null;
      case APPLIED, REPLAYED -> afterApplied(operation, state);
      case UNKNOWN -> afterUnknown(operation, state);
      case REJECTED, NOTHING_DONE -> null;
    };
  }

  private static @Nullable State afterApplied(Operation operation, State state) {
    boolean fits =
        operation.holdsFor(state)
            && Objects.equals(operation.valueAfter(state), operation.value())
            && (operation.value() == null || operation.version() > state.version());
    return fits ? operation.state() : null;
  }

  private @Nullable State afterUnknown(Operation operation, State state) {
    if (!operation.holdsFor(state)) {
      return null;
    }
    String value = operation.valueAfter(state);
    State after =
        value == null ? State.ABSENT : new State(value, versions.getOrDefault(value, State.UNSEEN));
    return after.equals(state) ? null : after;
  }
}
