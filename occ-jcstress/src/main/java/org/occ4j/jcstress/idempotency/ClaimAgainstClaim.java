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

/** Two copies of a mutation come at once. */
@Outcome(
    id = "ran 1, replayed 1, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "The first ran; the second came when it was done.")
@Outcome(
    id = "replayed 2, ran 1, replayed 2",
    expect = Expect.ACCEPTABLE,
    desc = "The second ran; the first came when it was done.")
@Outcome(
    id = "ran 1, in flight, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "The first ran; the second came while it was under way.")
@Outcome(
    id = "in flight, ran 1, replayed 2",
    expect = Expect.ACCEPTABLE,
    desc = "The second ran; the first came while it was under way.")
@Outcome(
    id = "ran .*, ran .*, .*",
    expect = Expect.FORBIDDEN,
    desc = "Both ran: the effect happened twice.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Nobody ran, or a retry is told something else.")
public class ClaimAgainstClaim {
  private ClaimAgainstClaim() {}

  /** Holds nothing. */
  static class Body {
    final SmallRegistry registry;

    Body(SmallRegistry registry) {
      this.registry = registry;
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(ClaimAgainstClaim.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallRegistry.library(10));
    }

    /** Sends it. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = registry.execute(SmallRegistry.A, "1");
    }

    /** Sends it too. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.execute(SmallRegistry.A, "2");
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }

  /** It looks, and then claims, in two steps. */
  @JCStressTest
  @JCStressMeta(ClaimAgainstClaim.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedRegistry(FlawedRegistry.Flaw.CHECK_THEN_CLAIM, 10));
    }

    /** Sends it. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = registry.execute(SmallRegistry.A, "1");
    }

    /** Sends it too. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.execute(SmallRegistry.A, "2");
    }

    /** Sends it again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }
}
