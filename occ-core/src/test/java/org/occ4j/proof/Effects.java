/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Violation.Kind;

/**
 * Judges what mutations did (G3): one effect where one was told, none where none was, the same
 * answer each time, and one row of the effect's own for each that has one.
 */
final class Effects {
  private Effects() {}

  static List<Violation> judge(List<Operation> operations, List<EffectRow> rows) {
    Map<String, List<Operation>> sent = new LinkedHashMap<>();
    for (Operation operation : operations) {
      if (operation.mutation() != null) {
        sent.computeIfAbsent(operation.mutation(), absent -> new ArrayList<>()).add(operation);
      }
    }
    Map<String, List<EffectRow>> written =
        rows.stream().collect(Collectors.groupingBy(EffectRow::mutation));
    List<Violation> violations = new ArrayList<>();
    sent.forEach(
        (mutation, attempts) -> {
          violations.addAll(answers(mutation, attempts));
          violations.addAll(rows(mutation, attempts, written.getOrDefault(mutation, List.of())));
        });
    written.keySet().stream()
        .filter(mutation -> !sent.containsKey(mutation))
        .forEach(
            mutation ->
                violations.add(new Violation(Kind.NOT_ONCE, mutation, "a row that nobody wrote")));
    return violations;
  }

  private static List<Violation> answers(String mutation, List<Operation> attempts) {
    List<Violation> violations = new ArrayList<>();
    List<Operation> applied = attempts.stream().filter(Operation::isApplied).toList();
    for (Operation answer : applied) {
      if (!answer.state().equals(applied.get(0).state())) {
        violations.add(
            new Violation(
                Kind.OTHER_ANSWER, mutation, answer.state() + ", " + applied.get(0).state()));
      }
    }
    long first = count(attempts, Told.APPLIED);
    if (first > 1) {
      violations.add(new Violation(Kind.NOT_ONCE, mutation, first + " times applied"));
    }
    if (!applied.isEmpty() && count(attempts, Told.REJECTED) > 0) {
      violations.add(new Violation(Kind.OTHER_ANSWER, mutation, "rejected, and applied"));
    }
    if (!applied.isEmpty() && first == 0 && count(attempts, Told.UNKNOWN) == 0) {
      violations.add(
          new Violation(Kind.NOT_ONCE, mutation, "replayed, though no attempt can have done it"));
    }
    return violations;
  }

  private static List<Violation> rows(
      String mutation, List<Operation> attempts, List<EffectRow> rows) {
    Operation any = attempts.get(0);
    List<Violation> violations = new ArrayList<>();
    boolean applied = attempts.stream().anyMatch(Operation::isApplied);
    boolean open = !applied && !Registers.asOne(attempts).stream().allMatch(Effects::isNone);
    long least = any.audited() && applied ? 1 : 0;
    long most = any.audited() && (applied || open) ? 1 : 0;
    if (rows.size() < least || rows.size() > most) {
      violations.add(
          new Violation(Kind.NOT_ONCE, mutation, rows.size() + " rows after " + told(attempts)));
    }
    attempts.stream()
        .filter(Operation::isApplied)
        .filter(answer -> rows.stream().anyMatch(row -> row.version() != answer.version()))
        .forEach(
            answer ->
                violations.add(
                    new Violation(Kind.OTHER_ANSWER, mutation, "row of another version " + rows)));
    return violations;
  }

  private static boolean isNone(Operation one) {
    return one.told() == Told.CONFLICT;
  }

  private static String told(List<Operation> attempts) {
    return attempts.stream()
        .map(attempt -> Objects.toString(attempt.told()))
        .collect(Collectors.joining(", "));
  }

  private static long count(List<Operation> attempts, Told told) {
    return attempts.stream().filter(attempt -> attempt.told() == told).count();
  }
}
