/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.cache;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** An entry is checked by a reader while its tag is invalidated. */
@Outcome(
    id = {"1, 0", "0, 0"},
    expect = Expect.ACCEPTABLE,
    desc = "Read before or after; it is void now.")
@Outcome(id = "., 1", expect = Expect.FORBIDDEN, desc = "The check outlived the invalidation.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A value that was never there.")
public class HitAgainstInvalidation {
  private HitAgainstInvalidation() {}

  /** A source that says 1, and 2 once it was written. */
  static class Body {
    private final SmallCache cache;
    private volatile int source = 1;

    Body(SmallCache cache) {
      this.cache = cache;
      cache.get(() -> source);
    }

    final void doHit(II_Result result) {
      result.r1 = cache.getIfPresent();
    }

    final void doWrite() {
      source = 2;
      cache.invalidate();
    }

    final void doLook(II_Result result) {
      result.r2 = cache.getIfPresent();
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(HitAgainstInvalidation.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallCache.library());
    }

    /** Reads what is there. */
    @Actor
    public void hit(II_Result result) {
      doHit(result);
    }

    /** Writes, and invalidates. */
    @Actor
    public void write() {
      doWrite();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(II_Result result) {
      doLook(result);
    }
  }

  /** Its epoch begins while the node is alive. */
  @JCStressTest
  @JCStressMeta(HitAgainstInvalidation.class)
  @State
  public static class BrokenTwinEarlyEpoch extends Body {
    /** Sets the scene. */
    public BrokenTwinEarlyEpoch() {
      super(new FlawedCache(FlawedCache.Flaw.EPOCH_BEFORE_KILL));
    }

    /** Reads what is there. */
    @Actor
    public void hit(II_Result result) {
      doHit(result);
    }

    /** Writes, and invalidates. */
    @Actor
    public void write() {
      doWrite();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(II_Result result) {
      doLook(result);
    }
  }

  /** Its stripe says that a check before the kill came after it. */
  @JCStressTest
  @JCStressMeta(HitAgainstInvalidation.class)
  @State
  public static class BrokenTwinEarlyStripe extends Body {
    /** Sets the scene. */
    public BrokenTwinEarlyStripe() {
      super(new FlawedCache(FlawedCache.Flaw.STRIPE_OF_THE_EPOCH_BEFORE));
    }

    /** Reads what is there. */
    @Actor
    public void hit(II_Result result) {
      doHit(result);
    }

    /** Writes, and invalidates. */
    @Actor
    public void write() {
      doWrite();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(II_Result result) {
      doLook(result);
    }
  }
}
