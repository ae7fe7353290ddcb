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

/** A retry comes when the record of the attempt that failed is over and is swept. */
@Outcome(
    id = "ran 2, swept, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "The retry claimed in the record before it was swept; it stayed.")
@Outcome(
    id = "ran 1, swept, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "The record was swept before; the retry made another.")
@Outcome(
    id = "ran .*, swept, ran .*",
    expect = Expect.FORBIDDEN,
    desc = "The record was swept with the claim in it: the effect happened twice.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "The retry was refused, or told what was never answered.")
public class ClaimAgainstExpiry {
  private ClaimAgainstExpiry() {}

  /** Holds an attempt that failed longer ago than the retention. */
  static class Body {
    final SmallRegistry registry;

    Body(SmallRegistry registry) {
      this.registry = registry;
      registry.fail(SmallRegistry.A);
      registry.elapse();
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(ClaimAgainstExpiry.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallRegistry.library(10));
    }

    /** Sends it again. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = registry.execute(SmallRegistry.A, "1");
    }

    /** Sweeps. */
    @Actor
    public void second(LLL_Result result) {
      registry.purge();
      result.r2 = "swept";
    }

    /** Sends it once more. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }

  /** It looks what is over, and then removes that, in two steps. */
  @JCStressTest
  @JCStressMeta(ClaimAgainstExpiry.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedRegistry(FlawedRegistry.Flaw.CHECK_THEN_REMOVE, 10));
    }

    /** Sends it again. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = registry.execute(SmallRegistry.A, "1");
    }

    /** Sweeps. */
    @Actor
    public void second(LLL_Result result) {
      registry.purge();
      result.r2 = "swept";
    }

    /** Sends it once more. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }
}
