/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.occ4j.proof.Linearizability.Verdict;
import org.occ4j.proof.Operation.Told;

/**
 * Makes a history of one key that no order explains shorter, and only in ways in which a good
 * history stays good: what began after some moment is cut off, and what had not ended then is of
 * unknown outcome; what had ended before all that is left is replaced by a state that may be any;
 * and what has only looked is left out.
 */
final class Shrinker {
  private final List<State> states;
  private final Map<String, Long> versions;

  private Shrinker(List<Operation> history) {
    states = states(history);
    versions = Linearizability.versions(history);
  }

  /** A part of the history that fails by itself; the history itself if it does not fail. */
  static List<Operation> shrink(List<Operation> history) {
    List<Operation> left = new ArrayList<>(history);
    left.sort(Comparator.comparingLong(Operation::began));
    if (Linearizability.of(left) != Verdict.NOT_LINEARIZABLE) {
      return left;
    }
    Shrinker shrinker = new Shrinker(left);
    return shrinker.dropLooks(shrinker.cutHead(shrinker.cutTail(left)));
  }

  private List<Operation> cutTail(List<Operation> history) {
    int good = 0;
    int bad = history.size();
    while (bad - good > 1) {
      int middle = (good + bad) / 2;
      if (failsFromNothing(upTo(history, middle))) {
        bad = middle;
      } else {
        good = middle;
      }
    }
    return upTo(history, bad);
  }

  /** The first operations; the next one's beginning is the end of what is known. */
  private static List<Operation> upTo(List<Operation> history, int count) {
    long end = count < history.size() ? history.get(count).began() : Operation.NEVER;
    List<Operation> first = new ArrayList<>();
    for (Operation operation : history.subList(0, count)) {
      first.add(
          operation.until() < end
              ? operation
              : operation.answered(Told.UNKNOWN, State.ABSENT, Operation.NEVER));
    }
    return first;
  }

  private List<Operation> cutHead(List<Operation> history) {
    List<Operation> left = history;
    for (int from = 1; from < history.size(); from++) {
      List<Operation> tail = history.subList(from, history.size());
      if (isQuiet(history, from) && fails(tail)) {
        left = tail;
      }
    }
    return left;
  }

  private static boolean isQuiet(List<Operation> history, int at) {
    long next = history.get(at).began();
    return history.subList(0, at).stream().allMatch(operation -> operation.until() < next);
  }

  /** Whether no state that the key ever had explains a history. */
  private boolean fails(List<Operation> history) {
    return Linearizability.from(history, states, versions) == Verdict.NOT_LINEARIZABLE;
  }

  private boolean failsFromNothing(List<Operation> history) {
    return Linearizability.from(history, List.of(State.ABSENT), versions)
        == Verdict.NOT_LINEARIZABLE;
  }

  private static List<State> states(List<Operation> history) {
    Set<State> states = new LinkedHashSet<>();
    states.add(State.ABSENT);
    for (Operation operation : history) {
      if (operation.value() != null) {
        states.add(operation.state());
      }
      if (operation.isUnknown() && operation.content() != null) {
        states.add(new State(operation.content(), State.UNSEEN));
      }
    }
    return List.copyOf(states);
  }

  private List<Operation> dropLooks(List<Operation> history) {
    List<Operation> left = new ArrayList<>(history);
    for (Operation operation : history) {
      boolean looks = operation.told() == Told.FOUND || operation.told() == Told.CONFLICT;
      List<Operation> fewer = new ArrayList<>(left);
      fewer.remove(operation);
      if (looks && stillFails(fewer, history)) {
        left = fewer;
      }
    }
    return left;
  }

  /** A history that was not cut at its head begins with nothing. */
  private boolean stillFails(List<Operation> fewer, List<Operation> history) {
    return fails(history) ? fails(fewer) : failsFromNothing(fewer);
  }
}
