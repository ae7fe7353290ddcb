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

/** The head of the queue gives up while it is being woken; the next must not sleep on. */
@Outcome(
    id = "true, true",
    expect = Expect.ACCEPTABLE,
    desc = "Who stayed in the queue had its turn, and the key is free after.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "The wake-up, or the key, went with the one who gave up.")
public class WakeUpPassedOn {
  private WakeUpPassedOn() {}

  /** Holds the key; one waiter gives up, the other stays. */
  static class Body {
    private final Turns turns;
    private final Turns.Turn held;

    Body(Turns turns) {
      this.turns = turns;
      this.held = turns.takeFree(Turns.A);
    }

    final void doReleaseAndQueue(ZZ_Result result) {
      Turns.Pending pending = turns.enqueue(Turns.A);
      held.close();
      try (Turns.Turn turn = pending.await(Turns.FORGOTTEN)) {
        result.r1 = turn != null;
      }
    }

    final void doGiveUp() {
      Duration moment = Duration.ofNanos(ThreadLocalRandom.current().nextInt(50_000));
      try (Turns.Turn turn = turns.takePatiently(Turns.A, moment)) {
        Thread.onSpinWait();
      }
    }

    final void doLook(ZZ_Result result) {
      result.r2 = turns.tryTake(Turns.A) != null;
    }
  }

  /** The library by default. */
  @JCStressTest
  @JCStressMeta(WakeUpPassedOn.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(Turns.library());
    }

    /** Queues for the key, closes the hold that was before, and waits for its turn. */
    @Actor
    public void releaseAndQueue(ZZ_Result result) {
      doReleaseAndQueue(result);
    }

    /** Waits for a moment only. */
    @Actor
    public void giveUp() {
      doGiveUp();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** The library, handing over always. */
  @JCStressTest
  @JCStressMeta(WakeUpPassedOn.class)
  @State
  public static class HandOver extends Body {
    /** Sets the scene. */
    public HandOver() {
      super(Turns.fairLibrary());
    }

    /** Queues for the key, closes the hold that was before, and waits for its turn. */
    @Actor
    public void releaseAndQueue(ZZ_Result result) {
      doReleaseAndQueue(result);
    }

    /** Waits for a moment only. */
    @Actor
    public void giveUp() {
      doGiveUp();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }

  /** Its waiter leaves without a look. */
  @JCStressTest
  @JCStressMeta(WakeUpPassedOn.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedMutex(FlawedMutex.Flaw.LEAVE_BLINDLY));
    }

    /** Queues for the key, closes the hold that was before, and waits for its turn. */
    @Actor
    public void releaseAndQueue(ZZ_Result result) {
      doReleaseAndQueue(result);
    }

    /** Waits for a moment only. */
    @Actor
    public void giveUp() {
      doGiveUp();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(ZZ_Result result) {
      doLook(result);
    }
  }
}
