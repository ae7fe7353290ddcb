/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Violation.Kind;

/**
 * Judges what was told of the keys of a store: each key is linearizable (G1), and no version names
 * two contents (G2). Locality: a history is linearizable if it is so for each key.
 */
final class Registers {
  private Registers() {}

  static List<Violation> judge(List<Operation> operations) {
    return judge(operations, List.of());
  }

  /** Judges operations, where glimpses that are not judged have shown versions too. */
  static List<Violation> judge(List<Operation> operations, List<Operation> glimpses) {
    List<Violation> violations = new ArrayList<>();
    Map<String, List<Operation>> cached =
        operations.stream()
            .filter(operation -> operation.call() == Call.CACHED_READ)
            .collect(Collectors.groupingBy(Operation::key));
    byKey(operations)
        .forEach(
            (key, calls) -> {
              violations.addAll(versions(key, with(calls, cached.getOrDefault(key, List.of()))));
              switch (Linearizability.of(calls, glimpses)) {
                case LINEARIZABLE -> {}
                case NOT_LINEARIZABLE -> violations.add(notLinearizable(key, calls));
                case UNDECIDED ->
                    violations.add(
                        new Violation(Kind.UNDECIDED, key, calls.size() + " operations"));
              }
            });
    return violations;
  }

  private static Violation notLinearizable(String key, List<Operation> calls) {
    String shrunk =
        Shrinker.shrink(calls).stream().map(Lines::of).collect(Collectors.joining("\n"));
    return new Violation(Kind.NOT_LINEARIZABLE, key, "no order explains\n" + shrunk);
  }

  /** The operations of each key, repetitions of a mutation made one. */
  static Map<String, List<Operation>> byKey(List<Operation> operations) {
    Map<String, List<Operation>> calls = new TreeMap<>();
    Map<String, List<Operation>> sent = new TreeMap<>();
    for (Operation operation : operations) {
      if (operation.call() == Call.EFFECT || operation.call() == Call.CACHED_READ) {
        continue;
      }
      Map<String, List<Operation>> group = operation.mutation() == null ? calls : sent;
      String name = operation.mutation() == null ? operation.key() : operation.mutation();
      group.computeIfAbsent(name, absent -> new ArrayList<>()).add(operation);
    }
    for (List<Operation> attempts : sent.values()) {
      calls
          .computeIfAbsent(attempts.get(0).key(), absent -> new ArrayList<>())
          .addAll(asOne(attempts));
    }
    return calls;
  }

  /**
   * What the attempts of one mutation say of its key. It happened once, between the beginning of
   * the first and the first answer that says so; what conflicted has seen a state. An attempt of
   * unknown outcome is settled, as not applied, by a later one that was told so.
   */
  static List<Operation> asOne(List<Operation> attempts) {
    List<Operation> ones = new ArrayList<>();
    attempts.stream().filter(attempt -> attempt.told() == Told.CONFLICT).forEach(ones::add);
    long began = attempts.stream().mapToLong(Operation::began).min().orElseThrow();
    attempts.stream()
        .filter(Operation::isApplied)
        .min(Comparator.comparingLong(Operation::ended))
        .map(applied -> applied.lasting(began, applied.ended()))
        .ifPresentOrElse(
            ones::add,
            () ->
                attempts.stream()
                    .filter(attempt -> attempt.isUnknown() && !isSettled(attempt, attempts))
                    .findFirst()
                    .ifPresent(
                        unknown -> ones.add(unknown.lasting(unknown.began(), Operation.NEVER))));
    return ones;
  }

  private static boolean isSettled(Operation unknown, List<Operation> attempts) {
    return attempts.stream()
        .anyMatch(
            other ->
                (other.told() == Told.CONFLICT || other.told() == Told.REJECTED)
                    && other.began() > unknown.ended());
  }

  private static List<Operation> with(List<Operation> calls, List<Operation> more) {
    List<Operation> all = new ArrayList<>(calls);
    all.addAll(more);
    return all;
  }

  private static List<Violation> versions(String key, List<Operation> calls) {
    Map<Long, String> contents = new HashMap<>();
    Map<String, Long> versions = new HashMap<>();
    List<Violation> violations = new ArrayList<>();
    for (Operation call : calls) {
      if (call.value() == null) {
        continue;
      }
      String other = contents.putIfAbsent(call.version(), call.value());
      Long another = versions.putIfAbsent(call.value(), call.version());
      if (other != null && !other.equals(call.value())) {
        violations.add(
            new Violation(
                Kind.VERSION_TWICE, key, call.version() + " is " + other + ", " + call.value()));
      }
      if (another != null && another != call.version()) {
        violations.add(
            new Violation(
                Kind.VERSION_TWICE, key, call.value() + " is " + another + ", " + call.version()));
      }
    }
    return violations;
  }
}
