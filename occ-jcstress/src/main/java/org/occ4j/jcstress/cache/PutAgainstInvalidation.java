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

/** A value is read and put while its source is written and its tag invalidated. */
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "It was thrown away, or refused.")
@Outcome(id = "0, 2", expect = Expect.ACCEPTABLE, desc = "It was read after the write.")
@Outcome(
    id = "0, 1",
    expect = Expect.FORBIDDEN,
    desc = "The old value is kept after its invalidation.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A value that the source never had.")
public class PutAgainstInvalidation {
  private PutAgainstInvalidation() {}

  /** A source that says 1, and 2 once it was written. */
  static class Body {
    private final SmallCache cache;
    private volatile int source = 1;

    Body(SmallCache cache) {
      this.cache = cache;
    }

    final void doPut() {
      cache.put(() -> source);
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
  @JCStressMeta(PutAgainstInvalidation.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallCache.library());
    }

    /** Reads the source and puts what it says. */
    @Actor
    public void put() {
      doPut();
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
  @JCStressMeta(PutAgainstInvalidation.class)
  @State
  public static class BrokenTwinLateStamp extends Body {
    /** Sets the scene. */
    public BrokenTwinLateStamp() {
      super(new FlawedCache(FlawedCache.Flaw.STAMP_AFTER_LOAD));
    }

    /** Reads the source and puts what it says. */
    @Actor
    public void put() {
      doPut();
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
  @JCStressMeta(PutAgainstInvalidation.class)
  @State
  public static class BrokenTwinLateNode extends Body {
    /** Sets the scene. */
    public BrokenTwinLateNode() {
      super(new FlawedCache(FlawedCache.Flaw.LOOK_THEN_REGISTER));
    }

    /** Reads the source and puts what it says. */
    @Actor
    public void put() {
      doPut();
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
