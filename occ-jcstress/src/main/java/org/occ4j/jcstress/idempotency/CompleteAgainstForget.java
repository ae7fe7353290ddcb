/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.idempotency;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** An attempt is done while an operator forgets the mutation. */
@Outcome(
    id = "ran 1, true, ran 1",
    expect = Expect.ACCEPTABLE,
    desc = "It was done, and then forgotten with its answer.")
@Outcome(
    id = "lost, true, ran 2",
    expect = Expect.ACCEPTABLE,
    desc = "It lost its claim, and its number is not given out again.")
@Outcome(
    id = ".*, true, replayed .*",
    expect = Expect.FORBIDDEN,
    desc = "It was forgotten, and is replayed even so.")
@Outcome(
    id = "lost, true, ran 1",
    expect = Expect.FORBIDDEN,
    desc = "Its number was given out again, so that a zombie could complete it.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "There was nothing to forget, or nothing came of the attempt.")
public class CompleteAgainstForget {
  private CompleteAgainstForget() {}

  /** Holds an attempt under way. */
  static class Body {
    final SmallRegistry registry;
    final SmallRegistry.Pending pending;

    Body(SmallRegistry registry) {
      this.registry = registry;
      this.pending = registry.begin(SmallRegistry.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(CompleteAgainstForget.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallRegistry.library(10));
    }

    /** Is done. */
    @Actor
    public void first(LLL_Result result) {
      pending.complete("1");
      result.r1 = pending.outcome();
    }

    /** Forgets it. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.forget(SmallRegistry.A);
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }

  /** An attempt is completed whether it still has the claim or not. */
  @JCStressTest
  @JCStressMeta(CompleteAgainstForget.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedRegistry(FlawedRegistry.Flaw.COMPLETE_BLINDLY, 10));
    }

    /** Is done. */
    @Actor
    public void first(LLL_Result result) {
      pending.complete("1");
      result.r1 = pending.outcome();
    }

    /** Forgets it. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.forget(SmallRegistry.A);
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }
}
