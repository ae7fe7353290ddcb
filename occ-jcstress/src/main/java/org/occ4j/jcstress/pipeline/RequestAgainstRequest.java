/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two callers have requests of the same key. */
@Outcome(
    id = {"sent, sent, 1 2", "sent, sent, 2 1"},
    expect = Expect.ACCEPTABLE,
    desc = "Both were sent once, one after the other.")
@Outcome(
    id = ".*, .*, together .*",
    expect = Expect.FORBIDDEN,
    desc = "Two of one key were under way at once.")
@Outcome(
    id = {"out of time, .*", ".*, out of time, .*"},
    expect = Expect.FORBIDDEN,
    desc = "A caller was forgotten while the key was free.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A request was sent twice, or never.")
public class RequestAgainstRequest {
  private RequestAgainstRequest() {}

  /** Nothing is under way. */
  static class Body {
    final SmallGroup group;

    Body(SmallGroup group) {
      this.group = group;
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(RequestAgainstRequest.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallGroup.library());
    }

    /** Sends 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = group.told("1", SmallGroup.FORGOTTEN);
    }

    /** Sends 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = group.told("2", SmallGroup.FORGOTTEN);
    }

    /** Looks at what was sent. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = group.sent().words();
    }
  }

  /** It looks whether the key is free, and then takes it, in two steps. */
  @JCStressTest
  @JCStressMeta(RequestAgainstRequest.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedGroup(FlawedGroup.Flaw.CHECK_THEN_TAKE));
    }

    /** Sends 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = group.told("1", SmallGroup.FORGOTTEN);
    }

    /** Sends 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = group.told("2", SmallGroup.FORGOTTEN);
    }

    /** Looks at what was sent. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = group.sent().words();
    }
  }

  /** A caller that found the key taken queues without another look. */
  @JCStressTest
  @JCStressMeta(RequestAgainstRequest.class)
  @State
  public static class BrokenTwinForgetful extends Body {
    /** Sets the scene. */
    public BrokenTwinForgetful() {
      super(new FlawedGroup(FlawedGroup.Flaw.QUEUE_BLINDLY));
    }

    /** Sends 1. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = group.told("1", SmallGroup.FORGOTTEN);
    }

    /** Sends 2. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = group.told("2", SmallGroup.FORGOTTEN);
    }

    /** Looks at what was sent. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = group.sent().words();
    }
  }
}
