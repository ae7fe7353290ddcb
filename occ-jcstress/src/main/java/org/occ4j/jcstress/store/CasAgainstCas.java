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

/** Two writers replace the same version. */
@Outcome(
    id = "won, told 1, 1",
    expect = Expect.ACCEPTABLE,
    desc = "The first won; the second was told its value.")
@Outcome(
    id = "told 2, won, 2",
    expect = Expect.ACCEPTABLE,
    desc = "The second won; the first was told its value.")
@Outcome(
    id = "won, won, .*",
    expect = Expect.FORBIDDEN,
    desc = "Both won: one of the two writes is lost.")
@Outcome(
    id = {"won, told 0, .*", "told 0, won, .*"},
    expect = Expect.FORBIDDEN,
    desc = "The loser was told what it knew already, not what it lost to.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Nobody won, or somebody was told what is not there.")
public class CasAgainstCas {
  private CasAgainstCas() {}

  /** Holds a value, of which both know the version. */
  static class Body {
    private final SmallStore store;
    private final Expected expected;

    Body(SmallStore store) {
      this.store = store;
      this.expected = Expected.version(store.begin(SmallStore.A, 0));
    }

    final String doPut(int value) {
      return SmallStore.told(store.put(SmallStore.A, value, expected));
    }

    final String doLook() {
      return store.valueOf(SmallStore.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(CasAgainstCas.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Writes 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doPut(1);
    }

    /** Writes 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doPut(2);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** It compares, and then writes, in two steps. */
  @JCStressTest
  @JCStressMeta(CasAgainstCas.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.CHECK_THEN_WRITE));
    }

    /** Writes 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doPut(1);
    }

    /** Writes 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doPut(2);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** Its conflict brings what was there before the write was tried. */
  @JCStressTest
  @JCStressMeta(CasAgainstCas.class)
  @State
  public static class BrokenTwinOldNews extends Body {
    /** Sets the scene. */
    public BrokenTwinOldNews() {
      super(new FlawedStore(FlawedStore.Flaw.OLD_NEWS));
    }

    /** Writes 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doPut(1);
    }

    /** Writes 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doPut(2);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
