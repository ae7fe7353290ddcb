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

/** Two retries of an attempt that failed. */
@Outcome(
    id = "ran 2, replayed 1, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "The first ran the next attempt; the second came when it was done.")
@Outcome(
    id = "replayed 2, ran 2, replayed 2",
    expect = Expect.ACCEPTABLE,
    desc = "The second ran the next attempt; the first came when it was done.")
@Outcome(
    id = "ran 2, in flight, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "The first ran; the second came while it was under way.")
@Outcome(
    id = "in flight, ran 2, replayed 2",
    expect = Expect.ACCEPTABLE,
    desc = "The second ran; the first came while it was under way.")
@Outcome(
    id = "ran .*, ran .*, .*",
    expect = Expect.FORBIDDEN,
    desc = "Both ran: the effect happened twice.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Nobody ran, or a number was given out again.")
public class RetryAgainstRetry {
  private RetryAgainstRetry() {}

  /** Holds an attempt that failed. */
  static class Body {
    final SmallRegistry registry;

    Body(SmallRegistry registry) {
      this.registry = registry;
      registry.fail(SmallRegistry.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(RetryAgainstRetry.class)
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

    /** Sends it again too. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.execute(SmallRegistry.A, "2");
    }

    /** And again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }

  /** It looks, and then claims the next attempt, in two steps. */
  @JCStressTest
  @JCStressMeta(RetryAgainstRetry.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedRegistry(FlawedRegistry.Flaw.CHECK_THEN_RETRY, 10));
    }

    /** Sends it again. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = registry.execute(SmallRegistry.A, "1");
    }

    /** Sends it again too. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.execute(SmallRegistry.A, "2");
    }

    /** And again. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }
}
