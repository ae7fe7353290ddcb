/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import org.occ4j.Expected;
import org.occ4j.store.Commit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A commit relies on a key that another thread writes. */
@Outcome(
    id = "won, won 1",
    expect = Expect.ACCEPTABLE,
    desc = "The commit came first, and the writer of the key saw it done.")
@Outcome(
    id = "told a=1, won 0",
    expect = Expect.ACCEPTABLE,
    desc = "The write came first, so the commit was refused.")
@Outcome(
    id = "won, won 0",
    expect = Expect.FORBIDDEN,
    desc = "The commit was applied after what it relied on had changed.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "The writer was refused, or the commit was for no reason.")
public class ReadSetAgainstWrite {
  private ReadSetAgainstWrite() {}

  /** Holds two keys; one writes B while A is as it knows it, the other writes A and looks at B. */
  static class Body {
    private final SmallStore store;
    private final Expected a;
    private final Commit<String, Integer> commit;

    Body(SmallStore store) {
      this.store = store;
      this.a = Expected.version(store.begin(SmallStore.A, 0));
      Expected b = Expected.version(store.begin(SmallStore.B, 0));
      this.commit = Commit.<String, Integer>empty().read(SmallStore.A, a).put(SmallStore.B, 1, b);
    }

    final String doCommit() {
      return SmallStore.told(store.commit(commit));
    }

    final String doWriteAndLook() {
      String told = SmallStore.told(store.put(SmallStore.A, 1, a));
      return told + " " + store.valueOf(SmallStore.B);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(ReadSetAgainstWrite.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Writes B, relying on A. */
    @Actor
    public void commit(LL_Result result) {
      result.r1 = doCommit();
    }

    /** Writes A, then looks at B. */
    @Actor
    public void write(LL_Result result) {
      result.r2 = doWriteAndLook();
    }
  }

  /** It checks what is only read, and then writes, in two steps. */
  @JCStressTest
  @JCStressMeta(ReadSetAgainstWrite.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.CHECK_READS_FIRST));
    }

    /** Writes B, relying on A. */
    @Actor
    public void commit(LL_Result result) {
      result.r1 = doCommit();
    }

    /** Writes A, then looks at B. */
    @Actor
    public void write(LL_Result result) {
      result.r2 = doWriteAndLook();
    }
  }
}
