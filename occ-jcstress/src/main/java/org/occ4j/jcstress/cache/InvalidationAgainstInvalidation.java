/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.cache;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two invalidate the tag of an entry, and each reads after its own. */
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Neither finds what it has invalidated.")
@Outcome(
    id = {"1, .", "., 1"},
    expect = Expect.FORBIDDEN,
    desc = "One relied on the other, who was not done.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A value that was never there.")
public class InvalidationAgainstInvalidation {
  private InvalidationAgainstInvalidation() {}

  /** A source that says 1, and 2 once it was written. */
  static class Body {
    private final SmallCache cache;
    private volatile int source = 1;

    Body(SmallCache cache) {
      this.cache = cache;
      cache.get(() -> source);
      cache.getIfPresent(); // from now on it is known to have been valid
    }

    final int invalidateAndRead() {
      cache.invalidate();
      return cache.getIfPresent();
    }

    final void doFirst(II_Result result) {
      result.r1 = invalidateAndRead();
    }

    final void doSecond(II_Result result) {
      result.r2 = invalidateAndRead();
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(InvalidationAgainstInvalidation.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallCache.library());
    }

    /** Invalidates, and reads. */
    @Actor
    public void first(II_Result result) {
      doFirst(result);
    }

    /** Does the same. */
    @Actor
    public void second(II_Result result) {
      doSecond(result);
    }
  }

  /** It takes the node away before it kills it. */
  @JCStressTest
  @JCStressMeta(InvalidationAgainstInvalidation.class)
  @State
  public static class BrokenTwinLateKill extends Body {
    /** Sets the scene. */
    public BrokenTwinLateKill() {
      super(new FlawedCache(FlawedCache.Flaw.REMOVE_THEN_KILL));
    }

    /** Invalidates, and reads. */
    @Actor
    public void first(II_Result result) {
      doFirst(result);
    }

    /** Does the same. */
    @Actor
    public void second(II_Result result) {
      doSecond(result);
    }
  }

  /** It takes the node away before its epoch begins. */
  @JCStressTest
  @JCStressMeta(InvalidationAgainstInvalidation.class)
  @State
  public static class BrokenTwinLateEpoch extends Body {
    /** Sets the scene. */
    public BrokenTwinLateEpoch() {
      super(new FlawedCache(FlawedCache.Flaw.REMOVE_THEN_MOVE_EPOCH));
    }

    /** Invalidates, and reads. */
    @Actor
    public void first(II_Result result) {
      doFirst(result);
    }

    /** Does the same. */
    @Actor
    public void second(II_Result result) {
      doSecond(result);
    }
  }
}
