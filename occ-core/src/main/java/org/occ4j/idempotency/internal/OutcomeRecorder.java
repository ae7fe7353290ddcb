/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency.internal;

import java.util.concurrent.atomic.LongAdder;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.RegistryStats;

/** Counts what a registry answers. Thread-safe, and waits for nobody. */
public final class OutcomeRecorder {
  private final LongAdder executed = new LongAdder();
  private final LongAdder replayed = new LongAdder();
  private final LongAdder inFlight = new LongAdder();
  private final LongAdder mismatched = new LongAdder();
  private final LongAdder full = new LongAdder();
  private final LongAdder unresolved = new LongAdder();

  /** Counts an outcome, and returns it. */
  public <T> Outcome<T> counted(Outcome<T> outcome) {
    adder(outcome).increment();
    return outcome;
  }

  private LongAdder adder(Outcome<?> outcome) {
    if (outcome instanceof Outcome.Executed) {
      return executed;
    }
    if (outcome instanceof Outcome.Replayed) {
      return replayed;
    }
    return outcome instanceof Outcome.Refused<?> refused
        ? switch (refused.reason()) {
          case IN_FLIGHT -> inFlight;
          case MISMATCH -> mismatched;
          case CAPACITY -> full;
        }
        : unresolved;
  }

  /** What was counted so far. */
  public RegistryStats snapshot() {
    return new RegistryStats(
        executed.sum(),
        replayed.sum(),
        inFlight.sum(),
        mismatched.sum(),
        full.sum(),
        unresolved.sum());
  }
}
