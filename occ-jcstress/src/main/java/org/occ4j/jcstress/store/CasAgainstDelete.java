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

/** A writer replaces the version that another deletes. */
@Outcome(
    id = "won, told 1, 1",
    expect = Expect.ACCEPTABLE,
    desc = "The write came first; the deleter was told its value, and deleted nothing.")
@Outcome(
    id = "told none, won, none",
    expect = Expect.ACCEPTABLE,
    desc = "The deletion came first; the writer was told that nothing is there.")
@Outcome(
    id = "won, won, .*",
    expect = Expect.FORBIDDEN,
    desc = "Both won: a write was deleted that the deleter never saw, or undid the deletion.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Nobody won, or somebody was told what is not there.")
public class CasAgainstDelete {
  private CasAgainstDelete() {}

  /** Holds a value, of which both know the version. */
  static class Body {
    private final SmallStore store;
    private final Expected expected;

    Body(SmallStore store) {
      this.store = store;
      this.expected = Expected.version(store.begin(SmallStore.A, 0));
    }

    final String doPut() {
      return SmallStore.told(store.put(SmallStore.A, 1, expected));
    }

    final String doDelete() {
      return SmallStore.told(store.delete(SmallStore.A, expected));
    }

    final String doLook() {
      return store.valueOf(SmallStore.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(CasAgainstDelete.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Writes 1. */
    @Actor
    public void write(LLL_Result result) {
      result.r1 = doPut();
    }

    /** Deletes. */
    @Actor
    public void delete(LLL_Result result) {
      result.r2 = doDelete();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** It compares, and then writes, in two steps. */
  @JCStressTest
  @JCStressMeta(CasAgainstDelete.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.CHECK_THEN_WRITE));
    }

    /** Writes 1. */
    @Actor
    public void write(LLL_Result result) {
      result.r1 = doPut();
    }

    /** Deletes. */
    @Actor
    public void delete(LLL_Result result) {
      result.r2 = doDelete();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
