/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.cache;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** One loads; another writes, invalidates, and reads, perhaps while the load goes on. */
@Outcome(
    id = {"1, 2", "2, 2"},
    expect = Expect.ACCEPTABLE,
    desc = "The writer reads what it wrote.")
@Outcome(
    id = "., 1",
    expect = Expect.FORBIDDEN,
    desc = "The writer was handed a value that was loaded before its invalidation.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A value that the source never had.")
public class JoinAgainstInvalidation {
  private JoinAgainstInvalidation() {}

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

    final void doWriteAndRead(II_Result result) {
      source = 2;
      cache.invalidate();
      result.r2 = cache.get(() -> source);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(JoinAgainstInvalidation.class)
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

    /** Writes, invalidates, and reads through the cache. */
    @Actor
    public void writeAndRead(II_Result result) {
      doWriteAndRead(result);
    }
  }

  /** It takes whatever the load that it joined has brought. */
  @JCStressTest
  @JCStressMeta(JoinAgainstInvalidation.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedCache(FlawedCache.Flaw.JOIN_BLINDLY));
    }

    /** Reads through the cache. */
    @Actor
    public void load(II_Result result) {
      doLoad(result);
    }

    /** Writes, invalidates, and reads through the cache. */
    @Actor
    public void writeAndRead(II_Result result) {
      doWriteAndRead(result);
    }
  }
}
