/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A hold is closed twice while somebody else acquires the key. */
@Outcome(
    id = "true, false",
    expect = Expect.ACCEPTABLE,
    desc = "The new holder has the key and keeps it.")
@Outcome(
    id = "false, true",
    expect = Expect.ACCEPTABLE,
    desc = "The new one came too early; the key is free.")
@Outcome(
    id = "true, true",
    expect = Expect.FORBIDDEN,
    desc = "The second close took the key from its new holder.")
@Outcome(
    id = "false, false",
    expect = Expect.FORBIDDEN,
    desc = "Nobody took the key, and yet it is not free.")
public class StaleCloseAgainstNewHolder {
  private StaleCloseAgainstNewHolder() {}

  /** Holds the key, alone in its slot or beside another key. */
  static class Body {
    private final Turns turns;
    private final Turns.Turn old;

    Body(Turns turns, boolean fat) {
      this.turns = turns;
      this.old = turns.takeFree(Turns.A);
      if (fat) {
        turns.takeFree(Turns.B);
      }
    }

    final void doCloseTwice() {
      old.close();
      old.close();
    }

    final void doTakeAnew(ZZ_Result result) {
      result.r1 = turns.tryTake(Turns.A) != null;
    }

    final void doLook(ZZ_Result result) {
      result.r2 = turns.tryTake(Turns.A) != null;
    }
  }

  /** The library, the key alone in its slot. */
  @JCStressTest
  @JCStressMeta(StaleCloseAgainstNewHolder.class)
  @State
  public static class Thin extends Body {
    /** Sets the scene. */
    public Thin() {
      super(Turns.library(), false);
    }

    /** Closes the old hold and closes it again. */
    @Actor
    public void closeTwice() {
      doCloseTwice();
    }

    /** Takes the key as soon as it is free. */
    @Actor
    public void takeAnew(ZZ_Result result) {
      doTakeAnew(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** The library, another key in the same slot. */
  @JCStressTest
  @JCStressMeta(StaleCloseAgainstNewHolder.class)
  @State
  public static class Fat extends Body {
    /** Sets the scene. */
    public Fat() {
      super(Turns.library(), true);
    }

    /** Closes the old hold and closes it again. */
    @Actor
    public void closeTwice() {
      doCloseTwice();
    }

    /** Takes the key as soon as it is free. */
    @Actor
    public void takeAnew(ZZ_Result result) {
      doTakeAnew(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** Its close does not look whose hold it ends. */
  @JCStressTest
  @JCStressMeta(StaleCloseAgainstNewHolder.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.BLIND_CLOSE), false);
    }

    /** Closes the old hold and closes it again. */
    @Actor
    public void closeTwice() {
      doCloseTwice();
    }

    /** Takes the key as soon as it is free. */
    @Actor
    public void takeAnew(ZZ_Result result) {
      doTakeAnew(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }
}
