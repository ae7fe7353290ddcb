/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.proof.Workload.Plan;
import org.occ4j.testkit.Engine;

/**
 * The short form of the proof: a history on two nodes with faults of every kind that the shared
 * server survives. {@code .ci/prove} runs the full form.
 */
abstract class HistoryContract {
  private static final List<Fault> FAULTS =
      List.of(
          Fault.RESET,
          Fault.ANSWER_LOST,
          Fault.ANSWER_LOST,
          Fault.REQUEST_LOST,
          Fault.COMMIT_ANSWER_LOST,
          Fault.COMMIT_RESET,
          Fault.DELAY,
          Fault.CUT,
          Fault.BLACK_HOLE,
          Fault.MUTE,
          Fault.DEAF,
          Fault.EVICT,
          Fault.CANCELLED,
          Fault.TERMINATED);

  private static final int STEPS = 60;
  private static final int OFTEN = 24;

  private final Engine engine;
  private final int part;

  HistoryContract(Engine engine) {
    this(engine, 1);
  }

  /** A history of so many times fewer steps and faults. */
  HistoryContract(Engine engine, int part) {
    this.engine = engine;
    this.part = part;
  }

  @Test
  void history_whileConnectionsFail_isAsToldAndOnce() throws Exception {
    long seed = Long.getLong("occ.proof.seed", 20);
    Plan plan = new Plan("connections fail", seed, 2, STEPS / part, 5, FAULTS, OFTEN / part);
    Workload.Result result = Workload.run(plan, engine.server()).orFail(engine.name());
    System.out.printf(
        "%s: %d operations, %d faults, %d unknown, recovery %s%n",
        engine, result.operations(), result.faults(), result.unknown(), result.recovery());
  }
}
