/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import org.occ4j.Expected;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two writers create one key. */
@Outcome(
    id = "won, told 1, 1",
    expect = Expect.ACCEPTABLE,
    desc = "The first created it; the second was told its value.")
@Outcome(
    id = "told 2, won, 2",
    expect = Expect.ACCEPTABLE,
    desc = "The second created it; the first was told its value.")
@Outcome(
    id = "won, won, .*",
    expect = Expect.FORBIDDEN,
    desc = "Both created it: one of the two writes is lost.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "Nobody created it, or somebody was told what is not there.")
public class CreateAgainstCreate {
  private CreateAgainstCreate() {}

  /** Holds nothing. */
  static class Body {
    private final SmallStore store;

    Body(SmallStore store) {
      this.store = store;
    }

    final String doCreate(int value) {
      return SmallStore.told(store.put(SmallStore.A, value, Expected.absent()));
    }

    final String doLook() {
      return store.valueOf(SmallStore.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(CreateAgainstCreate.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Creates with 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doCreate(1);
    }

    /** Creates with 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doCreate(2);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** It compares, and then writes, in two steps. */
  @JCStressTest
  @JCStressMeta(CreateAgainstCreate.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.CHECK_THEN_WRITE));
    }

    /** Creates with 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doCreate(1);
    }

    /** Creates with 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doCreate(2);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
