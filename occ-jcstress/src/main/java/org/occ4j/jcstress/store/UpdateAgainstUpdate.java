/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two threads edit one key twice each. */
@Outcome(id = "won, won, 4", expect = Expect.ACCEPTABLE, desc = "All four edits are in the value.")
@Outcome(expect = Expect.FORBIDDEN, desc = "An edit was lost, or refused.")
public class UpdateAgainstUpdate {
  private UpdateAgainstUpdate() {}

  /** Holds a number. */
  static class Body {
    private final SmallStore store;

    Body(SmallStore store) {
      this.store = store;
      store.begin(SmallStore.A, 0);
    }

    final String doAddTwo() {
      store.update(SmallStore.A, value -> value + 1);
      return SmallStore.told(store.update(SmallStore.A, value -> value + 1));
    }

    final String doLook() {
      return store.valueOf(SmallStore.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(UpdateAgainstUpdate.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Adds one, and one more. */
    @Actor
    public void one(LLL_Result result) {
      result.r1 = doAddTwo();
    }

    /** Adds one, and one more. */
    @Actor
    public void other(LLL_Result result) {
      result.r2 = doAddTwo();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** Its update writes whatever came between. */
  @JCStressTest
  @JCStressMeta(UpdateAgainstUpdate.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.UPDATE_BLINDLY));
    }

    /** Adds one, and one more. */
    @Actor
    public void one(LLL_Result result) {
      result.r1 = doAddTwo();
    }

    /** Adds one, and one more. */
    @Actor
    public void other(LLL_Result result) {
      result.r2 = doAddTwo();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
