/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A row that lost is dropped while a new one takes its slot. */
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "The new row stays.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The new row went with the old one.")
public class DropAgainstKeep {
  private DropAgainstKeep() {}

  /** Carries version 1 of A. */
  static class Body {
    final SmallStates states;

    Body(SmallStates states) {
      this.states = states;
      states.keep(SmallStates.A, 1);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(DropAgainstKeep.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStates.library());
    }

    /** Drops the row of A. */
    @Actor
    public void drop() {
      states.drop(SmallStates.A);
    }

    /** Keeps version 2 of B. */
    @Actor
    public void keep() {
      states.keep(SmallStates.B, 2);
    }

    /** Looks for the row of B. */
    @Arbiter
    public void look(L_Result result) {
      result.r1 = states.word(SmallStates.B);
    }
  }

  /** It looks whose row is kept, and then empties the slot, in two steps. */
  @JCStressTest
  @JCStressMeta(DropAgainstKeep.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStates(FlawedStates.Flaw.CHECK_THEN_DROP));
    }

    /** Drops the row of A. */
    @Actor
    public void drop() {
      states.drop(SmallStates.A);
    }

    /** Keeps version 2 of B. */
    @Actor
    public void keep() {
      states.keep(SmallStates.B, 2);
    }

    /** Looks for the row of B. */
    @Arbiter
    public void look(L_Result result) {
      result.r1 = states.word(SmallStates.B);
    }
  }
}
