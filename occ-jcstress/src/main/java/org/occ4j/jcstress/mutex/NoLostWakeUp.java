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

/** A thread comes to wait for a key while it is released. */
@Outcome(
    id = "true, true",
    expect = Expect.ACCEPTABLE,
    desc = "The waiter had its turn, and the key is free after.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "The waiter was forgotten while the key was free, or the key stayed held.")
public class NoLostWakeUp {
  private NoLostWakeUp() {}

  /** Holds the key; another thread wants it next. */
  static class Body {
    private final Turns turns;
    private final Turns.Turn held;

    Body(Turns turns) {
      this.turns = turns;
      this.held = turns.takeFree(Turns.A);
    }

    final void doRelease() {
      held.close();
    }

    final void doAwait(ZZ_Result result) {
      long start = System.nanoTime();
      try (Turns.Turn turn = turns.takePatiently(Turns.A, Turns.FORGOTTEN)) {
        // A waiter that was handed the key and never told finds it when its time is up.
        boolean told = System.nanoTime() - start < Turns.FORGOTTEN.toNanos();
        result.r1 = turn != null && told;
      }
    }

    final void doLook(ZZ_Result result) {
      result.r2 = turns.tryTake(Turns.A) != null;
    }
  }

  /** The library by default. */
  @JCStressTest
  @JCStressMeta(NoLostWakeUp.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(Turns.library());
    }

    /** Closes the hold. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits for its turn and ends it. */
    @Actor
    public void await(ZZ_Result result) {
      doAwait(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** The library, handing over always. */
  @JCStressTest
  @JCStressMeta(NoLostWakeUp.class)
  @State
  public static class HandOver extends Body {
    /** Sets the scene. */
    public HandOver() {
      super(Turns.fairLibrary());
    }

    /** Closes the hold. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits for its turn and ends it. */
    @Actor
    public void await(ZZ_Result result) {
      doAwait(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** Its waiter does not look at the key again once it has decided to wait. */
  @JCStressTest
  @JCStressMeta(NoLostWakeUp.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.QUEUE_BLINDLY));
    }

    /** Closes the hold. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits for its turn and ends it. */
    @Actor
    public void await(ZZ_Result result) {
      doAwait(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }
}
