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

/** The last hold of a slot that several keys shared is closed while another key comes in. */
@Outcome(
    id = "true, true, true",
    expect = Expect.ACCEPTABLE,
    desc = "C was taken and stays taken, beside B or in the empty slot; B is free.")
@Outcome(
    id = "true, true, false",
    expect = Expect.FORBIDDEN,
    desc = "The slot was emptied with C in it: C has a holder that nobody knows of.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "C was refused though free, or the release of B got lost.")
public class DeflationAgainstAcquire {
  private DeflationAgainstAcquire() {}

  /** Holds B in a slot that A has left; one thread closes it, the other takes C. */
  static class Body {
    private final Turns turns;
    private final Turns.Turn heldB;

    Body(Turns turns) {
      this.turns = turns;
      Turns.Turn heldA = turns.takeFree(Turns.A);
      this.heldB = turns.takeFree(Turns.B); // two keys in the slot
      heldA.close();
    }

    final void doDeflate() {
      heldB.close();
    }

    final void doTake(ZZZ_Result result) {
      result.r1 = turns.tryTake(Turns.C) != null;
    }

    final void doLook(ZZZ_Result result) {
      result.r2 = turns.tryTake(Turns.B) != null;
      result.r3 = turns.tryTake(Turns.C) == null;
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(DeflationAgainstAcquire.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(Turns.library());
    }

    /** Closes the last hold of the slot. */
    @Actor
    public void deflate() {
      doDeflate();
    }

    /** Takes a new key of the same slot. */
    @Actor
    public void take(ZZZ_Result result) {
      doTake(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZZ_Result result) {
      doLook(result);
    }
  }

  /** It empties the slot after releasing its lock. */
  @JCStressTest
  @JCStressMeta(DeflationAgainstAcquire.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.UNLOCKED_DEFLATION));
    }

    /** Closes the last hold of the slot. */
    @Actor
    public void deflate() {
      doDeflate();
    }

    /** Takes a new key of the same slot. */
    @Actor
    public void take(ZZZ_Result result) {
      doTake(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZZ_Result result) {
      doLook(result);
    }
  }
}
