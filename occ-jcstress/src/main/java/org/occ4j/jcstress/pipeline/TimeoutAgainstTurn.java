/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** The time of a caller is over while its turn comes. */
@Outcome(
    id = {"sent, sent, 1 2 3", "sent, sent, 2 1 3"},
    expect = Expect.ACCEPTABLE,
    desc = "The turn came first.")
@Outcome(
    id = "sent, out of time, 1 3",
    expect = Expect.ACCEPTABLE,
    desc = "The time was over first; nothing was done.")
@Outcome(
    id = "sent, out of time, 1 2 3",
    expect = Expect.FORBIDDEN,
    desc = "It was sent, and its caller was told that nothing was done.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "The caller went without passing its turn on, and the key is taken for ever.")
public class TimeoutAgainstTurn {
  private TimeoutAgainstTurn() {}

  /** Nothing is under way. */
  static class Body {
    private final SmallGroup group;

    Body(SmallGroup group) {
      this.group = group;
    }

    final String doSend(String request) {
      return group.told(request, SmallGroup.FORGOTTEN);
    }

    final String doSendBriefly(String request) {
      return group.told(request, Duration.ofNanos(ThreadLocalRandom.current().nextInt(20_000)));
    }

    final String doLook() {
      doSend("3");
      return group.sent().words();
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(TimeoutAgainstTurn.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallGroup.library());
    }

    /** Sends 1. */
    @Actor
    public void send(LLL_Result result) {
      result.r1 = doSend("1");
    }

    /** Waits about as long as the other one sends. */
    @Actor
    public void sendBriefly(LLL_Result result) {
      result.r2 = doSendBriefly("2");
    }

    /** Sends 3, and looks at what was sent. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** A caller whose time is over goes without a look whether it is its turn. */
  @JCStressTest
  @JCStressMeta(TimeoutAgainstTurn.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedGroup(FlawedGroup.Flaw.LEAVE_BLINDLY));
    }

    /** Sends 1. */
    @Actor
    public void send(LLL_Result result) {
      result.r1 = doSend("1");
    }

    /** Waits about as long as the other one sends. */
    @Actor
    public void sendBriefly(LLL_Result result) {
      result.r2 = doSendBriefly("2");
    }

    /** Sends 3, and looks at what was sent. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
