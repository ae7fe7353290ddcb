/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A wait times out while the key is handed to the waiter. */
@Outcome(
    id = "true, false",
    expect = Expect.ACCEPTABLE,
    desc = "The hand-over came first: the waiter holds the key.")
@Outcome(
    id = "false, true",
    expect = Expect.ACCEPTABLE,
    desc = "The time-out came first: the key is free.")
@Outcome(
    id = "false, false",
    expect = Expect.FORBIDDEN,
    desc = "Handed over and timed out: nobody knows that the key is held.")
@Outcome(
    id = "true, true",
    expect = Expect.FORBIDDEN,
    desc = "The waiter believes that it holds a key which is free.")
public class TimeoutAgainstHandOver {
  private TimeoutAgainstHandOver() {}

  /** Holds the key; one thread closes it, the other waits for a moment. */
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

    final void doWaitBriefly(ZZ_Result result) {
      Duration moment = Duration.ofNanos(ThreadLocalRandom.current().nextInt(20_000));
      result.r1 = turns.takePatiently(Turns.A, moment) != null;
    }

    final void doLook(ZZ_Result result) {
      result.r2 = turns.tryTake(Turns.A) != null;
    }
  }

  /** The library, handing over always. */
  @JCStressTest
  @JCStressMeta(TimeoutAgainstHandOver.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(Turns.fairLibrary());
    }

    /** Closes the hold, which hands the key over. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits about as long as the hand-over takes. */
    @Actor
    public void waitBriefly(ZZ_Result result) {
      doWaitBriefly(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** The library by default: the waiter comes for the key. */
  @JCStressTest
  @JCStressMeta(TimeoutAgainstHandOver.class)
  @State
  public static class Barging extends Body {
    /** Sets the scene. */
    public Barging() {
      super(Turns.library());
    }

    /** Closes the hold, which hands the key over. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits about as long as the hand-over takes. */
    @Actor
    public void waitBriefly(ZZ_Result result) {
      doWaitBriefly(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** Its waiter leaves without a look. */
  @JCStressTest
  @JCStressMeta(TimeoutAgainstHandOver.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.LEAVE_BLINDLY));
    }

    /** Closes the hold, which hands the key over. */
    @Actor
    public void release() {
      doRelease();
    }

    /** Waits about as long as the hand-over takes. */
    @Actor
    public void waitBriefly(ZZ_Result result) {
      doWaitBriefly(result);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }
}
