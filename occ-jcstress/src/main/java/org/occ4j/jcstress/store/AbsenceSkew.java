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

/** Two commits, each of which creates the key whose absence the other has read. */
@Outcome(
    id = "won, told a=1, 1 none",
    expect = Expect.ACCEPTABLE,
    desc = "The first came first: what the second had missed was there.")
@Outcome(
    id = "told b=1, won, none 1",
    expect = Expect.ACCEPTABLE,
    desc = "The second came first: what the first had missed was there.")
@Outcome(
    id = "won, won, .*",
    expect = Expect.FORBIDDEN,
    desc = "Write skew: each acted on the absence that the other ended.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Nobody won, or somebody was told what is not there.")
public class AbsenceSkew {
  private AbsenceSkew() {}

  /** Holds nothing. */
  static class Body {
    private final SmallStore store;

    Body(SmallStore store) {
      this.store = store;
    }

    final String doCreate(String key, String other) {
      return SmallStore.told(
          store.commit(
              Commit.<String, Integer>empty()
                  .read(other, Expected.absent())
                  .put(key, 1, Expected.absent())));
    }

    final String doLook() {
      return store.valuesOf(SmallStore.A, SmallStore.B);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(AbsenceSkew.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Creates A, having missed B. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doCreate(SmallStore.A, SmallStore.B);
    }

    /** Creates B, having missed A. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doCreate(SmallStore.B, SmallStore.A);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** It checks what is only read, and then writes, in two steps. */
  @JCStressTest
  @JCStressMeta(AbsenceSkew.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.CHECK_READS_FIRST));
    }

    /** Creates A, having missed B. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = doCreate(SmallStore.A, SmallStore.B);
    }

    /** Creates B, having missed A. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = doCreate(SmallStore.B, SmallStore.A);
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
