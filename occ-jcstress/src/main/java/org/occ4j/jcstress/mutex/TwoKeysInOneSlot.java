/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** Two keys of one slot are taken at the same time. */
@Outcome(
    id = "true, true, true",
    expect = Expect.ACCEPTABLE,
    desc = "Each was taken, and each stays taken.")
@Outcome(expect = Expect.FORBIDDEN, desc = "One key kept the other out, or a holder was forgotten.")
public class TwoKeysInOneSlot {
  private TwoKeysInOneSlot() {}

  /** Everything is free; each thread takes a key of its own. */
  static class Body {
    private final Turns turns;

    Body(Turns turns) {
      this.turns = turns;
    }

    final void doTakeA(ZZZ_Result result) {
      result.r1 = turns.tryTake(Turns.A) != null;
    }

    final void doTakeB(ZZZ_Result result) {
      result.r2 = turns.tryTake(Turns.B) != null;
    }

    final void doLook(ZZZ_Result result) {
      result.r3 = turns.tryTake(Turns.A) == null && turns.tryTake(Turns.B) == null;
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(TwoKeysInOneSlot.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(Turns.library());
    }

    /** Takes A. */
    @Actor
    public void takeA(ZZZ_Result result) {
      doTakeA(result);
    }

    /** Takes B. */
    @Actor
    public void takeB(ZZZ_Result result) {
      doTakeB(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZZ_Result result) {
      doLook(result);
    }
  }

  /** It takes a hash code for the key, as a striped lock does. */
  @JCStressTest
  @JCStressMeta(TwoKeysInOneSlot.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.HASH_FOR_KEY));
    }

    /** Takes A. */
    @Actor
    public void takeA(ZZZ_Result result) {
      doTakeA(result);
    }

    /** Takes B. */
    @Actor
    public void takeB(ZZZ_Result result) {
      doTakeB(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZZ_Result result) {
      doLook(result);
    }
  }
}
