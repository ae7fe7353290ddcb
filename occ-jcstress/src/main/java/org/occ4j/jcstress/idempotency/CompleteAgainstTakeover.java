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

/** An attempt is done while another takes its place. */
@Outcome(
    id = "ran 1, ran 1, replayed 2",
    expect = Expect.ACCEPTABLE,
    desc = "It was done and forgotten; the other began anew.")
@Outcome(
    id = "lost, ran 2, replayed 2",
    expect = Expect.ACCEPTABLE,
    desc = "It lost its claim to the other, and changed nothing.")
@Outcome(
    id = ".*, ran .*, replayed 1",
    expect = Expect.FORBIDDEN,
    desc = "The zombie put its answer in the place of the other one.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "Nobody ran in its place, or both claims had one number.")
public class CompleteAgainstTakeover {
  private CompleteAgainstTakeover() {}

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
  @JCStressMeta(CompleteAgainstTakeover.class)
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

    /** Forgets it and takes over. */
    @Actor
    public void second(LLL_Result result) {
      registry.forget(SmallRegistry.A);
      result.r2 = registry.execute(SmallRegistry.A, "2");
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }

  /** An attempt is completed whether it still has the claim or not. */
  @JCStressTest
  @JCStressMeta(CompleteAgainstTakeover.class)
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

    /** Forgets it and takes over. */
    @Actor
    public void second(LLL_Result result) {
      registry.forget(SmallRegistry.A);
      result.r2 = registry.execute(SmallRegistry.A, "2");
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }
}
