/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.idempotency;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** A duplicate begins to wait while the attempt is done. */
@Outcome(
    id = "ran 1, follows, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "It was woken, or came when there was nothing to wait for.")
@Outcome(
    id = "ran 1, follows, nothing yet",
    expect = Expect.FORBIDDEN,
    desc = "It waits for what has happened: the wake-up is lost.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The attempt lost its claim, or the duplicate ran too.")
public class FollowAgainstComplete {
  private FollowAgainstComplete() {}

  /** Holds an attempt under way. */
  static class Body {
    final SmallRegistry registry;
    final SmallRegistry.Pending pending;
    SmallRegistry.@Nullable Pending follower;

    Body(SmallRegistry registry) {
      this.registry = registry;
      this.pending = registry.begin(SmallRegistry.A);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(FollowAgainstComplete.class)
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

    /** Begins to wait. */
    @Actor
    public void second(LLL_Result result) {
      follower = registry.begin(SmallRegistry.A);
      result.r2 = "follows";
    }

    /** Looks at what the duplicate was told. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = follower == null ? "nobody" : follower.outcome();
    }
  }

  /** It looks, and then puts the follower on the list, in two steps. */
  @JCStressTest
  @JCStressMeta(FollowAgainstComplete.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedRegistry(FlawedRegistry.Flaw.CHECK_THEN_FOLLOW, 10));
    }

    /** Is done. */
    @Actor
    public void first(LLL_Result result) {
      pending.complete("1");
      result.r1 = pending.outcome();
    }

    /** Begins to wait. */
    @Actor
    public void second(LLL_Result result) {
      follower = registry.begin(SmallRegistry.A);
      result.r2 = "follows";
    }

    /** Looks at what the duplicate was told. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = follower == null ? "nobody" : follower.outcome();
    }
  }
}
