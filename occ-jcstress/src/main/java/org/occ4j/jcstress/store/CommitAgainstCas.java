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

/** A commit writes two keys while another thread replaces one of them. */
@Outcome(
    id = "won, told 1, 1 1",
    expect = Expect.ACCEPTABLE,
    desc = "The commit came first; the other writer was told its value.")
@Outcome(
    id = "told b=2, won, 0 2",
    expect = Expect.ACCEPTABLE,
    desc = "The other write came first; the commit was told its value, and wrote nothing.")
@Outcome(
    id = "told b=2, won, 1 2",
    expect = Expect.FORBIDDEN,
    desc = "The commit was refused and yet wrote the other key.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "Both won, or none, or somebody was told what is not there.")
public class CommitAgainstCas {
  private CommitAgainstCas() {}

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

    final String doCommit() {
      return SmallStore.told(
          store.commit(
              Commit.<String, Integer>empty().put(SmallStore.A, 1, a).put(SmallStore.B, 1, b)));
    }

    final String doPut() {
      return SmallStore.told(store.put(SmallStore.B, 2, b));
    }

    final String doLook() {
      return store.valuesOf(SmallStore.A, SmallStore.B);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(CommitAgainstCas.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Writes 1 to A and B. */
    @Actor
    public void commit(LLL_Result result) {
      result.r1 = doCommit();
    }

    /** Writes 2 to B. */
    @Actor
    public void write(LLL_Result result) {
      result.r2 = doPut();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }

  /** Its commit writes one key after the other. */
  @JCStressTest
  @JCStressMeta(CommitAgainstCas.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.COMMIT_ONE_BY_ONE));
    }

    /** Writes 1 to A and B. */
    @Actor
    public void commit(LLL_Result result) {
      result.r1 = doCommit();
    }

    /** Writes 2 to B. */
    @Actor
    public void write(LLL_Result result) {
      result.r2 = doPut();
    }

    /** Looks at what is left. */
    @Arbiter
    public void look(LLL_Result result) {
      result.r3 = doLook();
    }
  }
}
