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

/** Two commits, each of which writes the key that the other only reads. */
@Outcome(
    id = "won, told a=1, 1 0",
    expect = Expect.ACCEPTABLE,
    desc = "The first came first: what the second had read was no longer so.")
@Outcome(
    id = "told b=1, won, 0 1",
    expect = Expect.ACCEPTABLE,
    desc = "The second came first: what the first had read was no longer so.")
@Outcome(
    id = "won, won, .*",
    expect = Expect.FORBIDDEN,
    desc = "Write skew: each acted on what the other had changed.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Nobody won, or somebody was told what is not there.")
public class WriteSkew {
  private WriteSkew() {}

  /** Holds two keys; the first writes A while it knows B, the second B while it knows A. */
  static class Body {
    private final SmallStore store;
    private final Commit<String, Integer> first;
    private final Commit<String, Integer> second;

    Body(SmallStore store) {
      this.store = store;
      Expected a = Expected.version(store.begin(SmallStore.A, 0));
      Expected b = Expected.version(store.begin(SmallStore.B, 0));
      this.first = Commit.<String, Integer>empty().read(SmallStore.B, b).put(SmallStore.A, 1, a);
      this.second = Commit.<String, Integer>empty().read(SmallStore.A, a).put(SmallStore.B, 1, b);
    }

    final String doFirst() {
      return SmallStore.told(store.commit(first));
    }

    final String doSecond() {
      return SmallStore.told(store.commit(second));
    }

    final String doLook() {
      return store.valuesOf(SmallStore.A, SmallStore.B);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(WriteSkew.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Writes A, having read B. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doFirst();
    }

    /** Writes B, having read A. */
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

  /** It checks what is only read, and then writes, in two steps. */
  @JCStressTest
  @JCStressMeta(WriteSkew.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.CHECK_READS_FIRST));
    }

    /** Writes A, having read B. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doFirst();
    }

    /** Writes B, having read A. */
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
