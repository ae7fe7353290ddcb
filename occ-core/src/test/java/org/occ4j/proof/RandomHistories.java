/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;

/**
 * Histories of one key that are good because of how they are made: each operation has its effect at
 * one moment, its beginning before that and its end after it, so that neighbours overlap; the
 * answers to some are lost.
 */
final class RandomHistories {
  private static final List<Call> CALLS = List.of(Call.READ, Call.PUT, Call.DELETE, Call.EDIT);

  private final Random random;
  private final List<Operation> history = new ArrayList<>();
  private State state = State.ABSENT;
  private long version;

  /** The version in the last answer that was not lost: nobody can expect another one. */
  private long shown = Integer.MAX_VALUE;

  private RandomHistories(long seed) {
    random = new Random(seed);
  }

  static List<Operation> of(long seed, int length) {
    RandomHistories made = new RandomHistories(seed);
    for (int i = 0; i < length; i++) {
      made.next(i);
    }
    return made.history;
  }

  private void next(int number) {
    long moment = 10L * number;
    Call call = CALLS.get(random.nextInt(CALLS.size()));
    String content = call == Call.READ || call == Call.DELETE ? null : "c" + number;
    Operation asked =
        new Operation(
            "o" + number,
            "n",
            call,
            "key",
            content,
            expected(call),
            null,
            false,
            moment - random.nextInt(25),
            Operation.NEVER,
            Told.UNKNOWN,
            null,
            0);
    Operation answered = answer(asked).answeredAt(moment + random.nextInt(25));
    boolean lost = call != Call.READ && random.nextInt(8) == 0;
    history.add(lost ? asked : answered);
    if (!lost && answered.version() > 0) {
      shown = answered.version();
    }
  }

  private String expected(Call call) {
    if (call == Call.READ) {
      return "any";
    }
    return switch (random.nextInt(5)) {
      case 0 -> "any";
      case 1 -> "present";
      case 2 -> "absent";
      default -> Long.toString(shown);
    };
  }

  private Operation answer(Operation asked) {
    if (asked.call() == Call.READ) {
      return asked.answered(Told.FOUND, state, 0);
    }
    if (!asked.holdsFor(state)) {
      return asked.answered(Told.CONFLICT, state, 0);
    }
    @Nullable String value = asked.valueAfter(state);
    state = value == null ? State.ABSENT : new State(value, ++version);
    return asked.answered(Told.APPLIED, state, 0);
  }

  /** A history of which one read, later than all else, finds what is long gone; null if none is. */
  static @Nullable List<Operation> withStaleRead(long seed, int length) {
    List<Operation> history = of(seed, length);
    long end = 10L * length + 100;
    Operation written =
        history.stream()
            .filter(operation -> operation.isApplied() && operation.value() != null)
            .findFirst()
            .orElse(null);
    long writes = history.stream().filter(Operation::isApplied).count();
    if (written == null || writes < 5) {
      return null;
    }
    Operation last =
        new Operation(
            "last",
            "n",
            Call.PUT,
            "key",
            "last",
            "any",
            null,
            false,
            end,
            end + 1,
            Told.APPLIED,
            "last",
            1_000_000);
    Operation stale =
        new Operation(
            "stale",
            "n",
            Call.READ,
            "key",
            null,
            "any",
            null,
            false,
            end + 2,
            end + 3,
            Told.FOUND,
            Objects.requireNonNull(written.value()),
            written.version());
    history.add(last);
    history.add(stale);
    return history;
  }
}
