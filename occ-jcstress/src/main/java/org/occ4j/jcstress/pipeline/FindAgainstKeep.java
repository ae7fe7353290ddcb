/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A row is looked for while one of another key takes its slot. */
@Outcome(
    id = {"1, none", "1, 2", "none, 2"},
    expect = Expect.ACCEPTABLE,
    desc = "Each key has its own row, or none.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A key was given the row of another.")
public class FindAgainstKeep {
  private FindAgainstKeep() {}

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
  @JCStressMeta(FindAgainstKeep.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStates.library());
    }

    /** Looks for the row of A, and then for that of B. */
    @Actor
    public void find(LL_Result result) {
      result.r1 = states.word(SmallStates.A);
      result.r2 = states.word(SmallStates.B);
    }

    /** Keeps version 2 of B. */
    @Actor
    public void keep() {
      states.keep(SmallStates.B, 2);
    }
  }

  /** The key and the row of an entry are kept in two steps. */
  @JCStressTest
  @JCStressMeta(FindAgainstKeep.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStates(FlawedStates.Flaw.KEY_THEN_ROW));
    }

    /** Looks for the row of A, and then for that of B. */
    @Actor
    public void find(LL_Result result) {
      result.r1 = states.word(SmallStates.A);
      result.r2 = states.word(SmallStates.B);
    }

    /** Keeps version 2 of B. */
    @Actor
    public void keep() {
      states.keep(SmallStates.B, 2);
    }
  }
}
