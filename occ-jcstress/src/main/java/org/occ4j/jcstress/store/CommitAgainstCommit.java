/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import org.occ4j.Expected;
import org.occ4j.store.Commit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two commits write the same two keys, each in its own order. */
@Outcome(
    id = {"won, told a=1 b=1, 1 1", "won, told a=1, 1 1", "won, told b=1, 1 1"},
    expect = Expect.ACCEPTABLE,
    desc = "The first won; the second was told what stood in its way when it looked.")
@Outcome(
    id = {"told a=2 b=2, won, 2 2", "told a=2, won, 2 2", "told b=2, won, 2 2"},
    expect = Expect.ACCEPTABLE,
    desc = "The second won; the first was told what stood in its way when it looked.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both were applied, or none, or one by half.")
public class CommitAgainstCommit {
  private CommitAgainstCommit() {}

  /** Holds two keys, of which both know the versions. */
  static class Body {
    private final SmallStore store;
    private final Expected a;
    private final Expected b;

    Body(SmallStore store) {
      this.store = store;
      this.a = Expected.version(store.begin(SmallStore.A, 0));
      this.b = Expected.version(store.begin(SmallStore.B, 0));
    }

    final String doFirst() {
      return SmallStore.told(
          store.commit(
              Commit.<String, Integer>empty().put(SmallStore.A, 1, a).put(SmallStore.B, 1, b)));
    }

    final String doSecond() {
      return SmallStore.told(
          store.commit(
              Commit.<String, Integer>empty().put(SmallStore.B, 2, b).put(SmallStore.A, 2, a)));
    }

    final String doLook() {
      return store.valuesOf(SmallStore.A, SmallStore.B);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(CommitAgainstCommit.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Writes 1 to A and B. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doFirst();
    }

    /** Writes 2 to B and A. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doSecond();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** Its commit writes one key after the other. */
  @JCStressTest
  @JCStressMeta(CommitAgainstCommit.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.COMMIT_ONE_BY_ONE));
    }

    /** Writes 1 to A and B. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doFirst();
    }

    /** Writes 2 to B and A. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doSecond();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
