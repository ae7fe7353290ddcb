/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.occ4j.proof.Violation.Kind;

/**
 * Judges the holds of a mutex (G4): no two of a key were valid at once, and a token is greater than
 * every one that was granted before it was asked for.
 *
 * <p>A step forward of the database's clock ends leases whose holders cannot know it yet: until a
 * lease after the step, and after the other was granted, another hold may be valid beside theirs,
 * with a greater token.
 */
final class Holds {
  private final List<ClockStep> forward;

  private Holds(List<ClockStep> steps) {
    forward = steps.stream().filter(step -> step.by() > 0).toList();
  }

  static List<Violation> judge(List<Held> holds, List<ClockStep> steps) {
    Holds judge = new Holds(steps);
    Map<String, List<Held>> byKey = new TreeMap<>();
    holds.forEach(held -> byKey.computeIfAbsent(held.key(), key -> new ArrayList<>()).add(held));
    List<Violation> violations = new ArrayList<>();
    byKey.forEach(
        (key, ofKey) -> {
          for (Held one : ofKey) {
            for (Held other : ofKey) {
              if (!one.equals(other)) {
                judge.compare(key, one, other, violations);
              }
            }
          }
        });
    return violations;
  }

  private void compare(String key, Held one, Held other, List<Violation> violations) {
    boolean firstGranted = one.granted() <= other.granted();
    if (firstGranted && other.granted() < one.lastValid() && !isEndedByTheClock(one, other)) {
      violations.add(new Violation(Kind.TWO_HOLDS, key, one + "\n" + other));
    }
    boolean before = one.granted() < other.asked();
    boolean same = one.token() == other.token() && one.id().compareTo(other.id()) < 0;
    if (same || (before && other.token() <= one.token())) {
      violations.add(new Violation(Kind.TOKEN_FELL, key, one + "\n" + other));
    }
  }

  private boolean isEndedByTheClock(Held one, Held other) {
    long leaseAgo = one.lastValid() - JdbcNode.LEASE.toNanos();
    return forward.stream()
        .anyMatch(
            step ->
                one.asked() <= step.ended()
                    && step.begun() <= other.granted()
                    && leaseAgo <= step.ended()
                    && leaseAgo <= other.granted());
  }
}
