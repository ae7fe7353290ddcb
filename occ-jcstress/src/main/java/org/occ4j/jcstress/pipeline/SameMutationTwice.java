/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

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
    id = {"applied, replayed, 1", "replayed, applied, 1"},
    expect = Expect.ACCEPTABLE,
    desc = "One was applied; the other came when it was done.")
@Outcome(
    id = {"applied, refused, 1", "refused, applied, 1"},
    expect = Expect.ACCEPTABLE,
    desc = "One was applied; the other came while it was under way.")
@Outcome(id = "applied, applied, .*", expect = Expect.FORBIDDEN, desc = "Both were applied.")
@Outcome(id = ".*, .*, 2", expect = Expect.FORBIDDEN, desc = "The edit was made twice.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Nobody was applied.")
public class SameMutationTwice {
  private SameMutationTwice() {}

  /** Counts up from zero. */
  static class Body {
    final SmallPipeline pipeline;

    Body(SmallPipeline pipeline) {
      this.pipeline = pipeline;
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(SameMutationTwice.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallPipeline.library());
    }

    /** Sends it. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = pipeline.countUp();
    }

    /** Sends it too. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = pipeline.countUp();
    }

    /** Looks at the count. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = pipeline.count();
    }
  }

  /** It looks whether the mutation is known, and then applies it, in two steps. */
  @JCStressTest
  @JCStressMeta(SameMutationTwice.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new CheckThenApply());
    }

    /** Sends it. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = pipeline.countUp();
    }

    /** Sends it too. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = pipeline.countUp();
    }

    /** Looks at the count. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = pipeline.count();
    }
  }
}
