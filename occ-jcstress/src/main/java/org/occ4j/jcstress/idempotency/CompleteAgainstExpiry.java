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

/** An attempt that took longer than the retention is done while a sweep looks at it. */
@Outcome(
    id = "done, swept, ran 1 and then replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "It was kept, for its retention begins with its end.")
@Outcome(
    id = "done, swept, ran 1 and then ran .*",
    expect = Expect.FORBIDDEN,
    desc = "It was swept as soon as it was done: the effect happened twice.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "It lost its claim, or somebody else's answer is replayed.")
public class CompleteAgainstExpiry {
  private CompleteAgainstExpiry() {}

  /** Holds an attempt that has been under way for longer than the retention. */
  static class Body {
    final SmallRegistry registry;
    final SmallRegistry.Pending pending;

    Body(SmallRegistry registry) {
      this.registry = registry;
      this.pending = registry.begin(SmallRegistry.A);
      registry.elapse();
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(CompleteAgainstExpiry.class)
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
      result.r1 = "done";
    }

    /** Sweeps. */
    @Actor
    public void second(LLL_Result result) {
      registry.purge();
      result.r2 = "swept";
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = pending.outcome() + " and then " + registry.execute(SmallRegistry.A, "3");
    }
  }

  /** It counts the retention from the claim. */
  @JCStressTest
  @JCStressMeta(CompleteAgainstExpiry.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedRegistry(FlawedRegistry.Flaw.COUNT_FROM_THE_CLAIM, 10));
    }

    /** Is done. */
    @Actor
    public void first(LLL_Result result) {
      pending.complete("1");
      result.r1 = "done";
    }

    /** Sweeps. */
    @Actor
    public void second(LLL_Result result) {
      registry.purge();
      result.r2 = "swept";
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = pending.outcome() + " and then " + registry.execute(SmallRegistry.A, "3");
    }
  }
}
