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

/** A value is loaded while its source is written and its tag invalidated. */
@Outcome(
    id = {"1, 0", "2, 0"},
    expect = Expect.ACCEPTABLE,
    desc = "The value was thrown away, or was never kept.")
@Outcome(
    id = {"1, 2", "2, 2"},
    expect = Expect.ACCEPTABLE,
    desc = "What is kept was read after the write.")
@Outcome(
    id = "., 1",
    expect = Expect.FORBIDDEN,
    desc = "The old value is kept after its invalidation.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A value that the source never had.")
public class LoadAgainstInvalidation {
  private LoadAgainstInvalidation() {}

  /** A source that says 1, and 2 once it was written. */
  static class Body {
    private final SmallCache cache;
    private volatile int source = 1;

    Body(SmallCache cache) {
      this.cache = cache;
    }

    final void doLoad(II_Result result) {
      result.r1 = cache.get(() -> source);
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
  @JCStressMeta(LoadAgainstInvalidation.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallCache.library());
    }

    /** Reads through the cache. */
    @Actor
    public void load(II_Result result) {
      doLoad(result);
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

  /** It takes a value to be as old as its keeping. */
  @JCStressTest
  @JCStressMeta(LoadAgainstInvalidation.class)
  @State
  public static class BrokenTwinLateStamp extends Body {
    /** Sets the scene. */
    public BrokenTwinLateStamp() {
      super(new FlawedCache(FlawedCache.Flaw.STAMP_AFTER_LOAD));
    }

    /** Reads through the cache. */
    @Actor
    public void load(II_Result result) {
      doLoad(result);
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

  /** It looks for invalidations before its node can be found. */
  @JCStressTest
  @JCStressMeta(LoadAgainstInvalidation.class)
  @State
  public static class BrokenTwinLateNode extends Body {
    /** Sets the scene. */
    public BrokenTwinLateNode() {
      super(new FlawedCache(FlawedCache.Flaw.LOOK_THEN_REGISTER));
    }

    /** Reads through the cache. */
    @Actor
    public void load(II_Result result) {
      doLoad(result);
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
