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

/** A key is deleted and created again while a writer holds the version of its old life. */
@Outcome(
    id = "told 1, won, 1",
    expect = Expect.ACCEPTABLE,
    desc = "The writer came after the new life began.")
@Outcome(
    id = "told none, won, 1",
    expect = Expect.ACCEPTABLE,
    desc = "The writer came between the lives.")
@Outcome(
    id = "won, lost, 2",
    expect = Expect.ACCEPTABLE,
    desc = "The writer came first; the old life goes on.")
@Outcome(
    id = "won, won, .*",
    expect = Expect.FORBIDDEN,
    desc =
        "The version of the old life matched the new one: a write over what its writer never saw.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Somebody was told what is not there.")
public class OldVersionAgainstNewLife {
  private OldVersionAgainstNewLife() {}

  /** Holds a value, of which both know the version. */
  static class Body {
    private final SmallStore store;
    private final Expected old;

    Body(SmallStore store) {
      this.store = store;
      this.old = Expected.version(store.begin(SmallStore.A, 0));
    }

    final String doPut() {
      return SmallStore.told(store.put(SmallStore.A, 2, old));
    }

    final String doRecreate() {
      boolean recreated =
          store.delete(SmallStore.A, old).isApplied()
              && store.put(SmallStore.A, 1, Expected.absent()).isApplied();
      return recreated ? "won" : "lost";
    }

    final String doLook() {
      return store.valueOf(SmallStore.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(OldVersionAgainstNewLife.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Writes 2 over the version of the old life. */
    @Actor
    public void write(LLL_Result result) {
      result.r1 = doPut();
    }

    /** Deletes, and creates with 1. */
    @Actor
    public void recreate(LLL_Result result) {
      result.r2 = doRecreate();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** The library, where no clock parts the lives. */
  @JCStressTest
  @JCStressMeta(OldVersionAgainstNewLife.class)
  @State
  public static class OutOfTime extends Body {
    /** Sets the scene. */
    public OutOfTime() {
      super(SmallStore.libraryOutOfTime());
    }

    /** Writes 2 over the version of the old life. */
    @Actor
    public void write(LLL_Result result) {
      result.r1 = doPut();
    }

    /** Deletes, and creates with 1. */
    @Actor
    public void recreate(LLL_Result result) {
      result.r2 = doRecreate();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** Its versions begin anew with each life. */
  @JCStressTest
  @JCStressMeta(OldVersionAgainstNewLife.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.BEGIN_ANEW));
    }

    /** Writes 2 over the version of the old life. */
    @Actor
    public void write(LLL_Result result) {
      result.r1 = doPut();
    }

    /** Deletes, and creates with 1. */
    @Actor
    public void recreate(LLL_Result result) {
      result.r2 = doRecreate();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
