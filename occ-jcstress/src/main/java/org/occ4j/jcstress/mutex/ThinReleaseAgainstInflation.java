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

/** A hold that is alone in its slot is closed while another key moves in. */
@Outcome(
    id = "true, true, true",
    expect = Expect.ACCEPTABLE,
    desc = "B was taken and stays taken; A is free: the release found its grant alone or beside B.")
@Outcome(
    id = "true, true, false",
    expect = Expect.FORBIDDEN,
    desc = "The release emptied the slot with B in it, and B was forgotten.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "B was refused though free, or the release of A got lost when B moved in.")
public class ThinReleaseAgainstInflation {
  private ThinReleaseAgainstInflation() {}

  /** Holds A; one thread closes it, the other takes B. */
  static class Body {
    private final Turns turns;
    private final Turns.Turn heldA;

    Body(Turns turns) {
      this.turns = turns;
      this.heldA = turns.takeFree(Turns.A);
    }

    final void doRelease() {
      heldA.close();
    }

    final void doInflate(ZZZ_Result result) {
      result.r1 = turns.tryTake(Turns.B) != null;
    }

    final void doLook(ZZZ_Result result) {
      result.r2 = turns.tryTake(Turns.A) != null;
      result.r3 = turns.tryTake(Turns.B) == null;
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(ThinReleaseAgainstInflation.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(Turns.library());
    }

    /** Closes the hold of A. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Takes B, which lives in the same slot. */
    @Actor
    public void inflate(ZZZ_Result result) {
      doInflate(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZZ_Result result) {
      doLook(result);
    }
  }

  /** Its release looks at the slot and then empties it. */
  @JCStressTest
  @JCStressMeta(ThinReleaseAgainstInflation.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.CHECK_THEN_CLOSE));
    }

    /** Closes the hold of A. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Takes B, which lives in the same slot. */
    @Actor
    public void inflate(ZZZ_Result result) {
      doInflate(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZZ_Result result) {
      doLook(result);
    }
  }
}
