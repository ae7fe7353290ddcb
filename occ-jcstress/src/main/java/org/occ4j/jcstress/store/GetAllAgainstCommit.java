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
import org.openjdk.jcstress.infra.results.L_Result;

/** Two keys are read at one moment while a commit changes both. */
@Outcome(id = "0 0", expect = Expect.ACCEPTABLE, desc = "The moment was before the commit.")
@Outcome(id = "1 1", expect = Expect.ACCEPTABLE, desc = "The moment was after it.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Half of the commit was seen.")
public class GetAllAgainstCommit {
  private GetAllAgainstCommit() {}

  /** Holds two keys, which a commit changes together. */
  static class Body {
    private final SmallStore store;
    private final Commit<String, Integer> commit;

    Body(SmallStore store) {
      this.store = store;
      this.commit =
          Commit.<String, Integer>empty()
              .put(SmallStore.A, 1, Expected.version(store.begin(SmallStore.A, 0)))
              .put(SmallStore.B, 1, Expected.version(store.begin(SmallStore.B, 0)));
    }

    final void doCommit() {
      if (!store.commit(commit).isApplied()) {
        throw new IllegalStateException("nobody else writes");
      }
    }

    final String doRead() {
      return store.valuesOf(SmallStore.A, SmallStore.B);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(GetAllAgainstCommit.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Commits both. */
    @Actor
    public void commit(L_Result result) {
      doCommit();
    }

    /** Reads both. */
    @Actor
    public void read(L_Result result) {
      result.r1 = doRead();
    }
  }

  /** It reads one key after the other. */
  @JCStressTest
  @JCStressMeta(GetAllAgainstCommit.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.READ_ONE_BY_ONE));
    }

    /** Commits both. */
    @Actor
    public void commit(L_Result result) {
      doCommit();
    }

    /** Reads both. */
    @Actor
    public void read(L_Result result) {
      result.r1 = doRead();
    }
  }

  /** Its commit writes one key after the other. */
  @JCStressTest
  @JCStressMeta(GetAllAgainstCommit.class)
  @State
  public static class BrokenTwinWriter extends Body {
    /** Sets the scene. */
    public BrokenTwinWriter() {
      super(new FlawedStore(FlawedStore.Flaw.COMMIT_ONE_BY_ONE));
    }

    /** Commits both. */
    @Actor
    public void commit(L_Result result) {
      doCommit();
    }

    /** Reads both. */
    @Actor
    public void read(L_Result result) {
      result.r1 = doRead();
    }
  }
}
