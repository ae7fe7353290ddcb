/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A waiter is interrupted while the key is handed to it. */
@Outcome(
    id = "true, false",
    expect = Expect.ACCEPTABLE,
    desc = "The hand-over came first: the waiter holds the key.")
@Outcome(
    id = "false, true",
    expect = Expect.ACCEPTABLE,
    desc = "The interrupt came first: the key is free.")
@Outcome(
    id = "false, false",
    expect = Expect.FORBIDDEN,
    desc = "Handed over and interrupted: nobody knows that the key is held.")
@Outcome(
    id = "true, true",
    expect = Expect.FORBIDDEN,
    desc = "The waiter believes that it holds a key which is free.")
public class InterruptAgainstHandOver {
  private InterruptAgainstHandOver() {}

  /** Holds the key; one thread interrupts the waiter and closes it. */
  static class Body {
    private final Turns turns;
    private final Turns.Turn held;
    private volatile @Nullable Thread waiter;
    private volatile boolean interrupted;

    Body(Turns turns) {
      this.turns = turns;
      this.held = turns.takeFree(Turns.A);
    }

    final void doRelease() {
      Thread target;
      while ((target = waiter) == null) {
        Thread.onSpinWait();
      }
      target.interrupt();
      interrupted = true;
      held.close();
    }

    final void doAwait(ZZ_Result result) {
      waiter = Thread.currentThread();
      try {
        result.r1 = turns.take(Turns.A, Turns.FORGOTTEN) != null;
      } catch (InterruptedException gone) {
        result.r1 = false;
      }
      while (!interrupted) {
        Thread.onSpinWait(); // the harness must get its thread back without the flag
      }
      Thread.interrupted();
    }

    final void doLook(ZZ_Result result) {
      result.r2 = turns.tryTake(Turns.A) != null;
    }
  }

  /** The library, handing over always. */
  @JCStressTest
  @JCStressMeta(InterruptAgainstHandOver.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(Turns.fairLibrary());
    }

    /** Interrupts the waiter and closes the hold. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits until granted or interrupted. */
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

  /** The library by default: the waiter comes for the key. */
  @JCStressTest
  @JCStressMeta(InterruptAgainstHandOver.class)
  @State
  public static class Barging extends Body {
    /** Sets the scene. */
    public Barging() {
      super(Turns.library());
    }

    /** Interrupts the waiter and closes the hold. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits until granted or interrupted. */
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

  /** Its waiter leaves without a look. */
  @JCStressTest
  @JCStressMeta(InterruptAgainstHandOver.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.LEAVE_BLINDLY));
    }

    /** Interrupts the waiter and closes the hold. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits until granted or interrupted. */
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
