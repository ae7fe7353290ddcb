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

/** Two keys are read one after the other while a commit changes both. */
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Both reads came before the commit.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Both reads came after it.")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The commit came between the reads.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "Half of the commit was seen: the first key had its new value, the second not yet.")
public class GetAgainstCommit {
  private GetAgainstCommit() {}

  /** Holds two keys, which a commit changes together; they are read in the order of its puts. */
  static class Body {
    private final SmallStore store;
    private final String first;
    private final String second;
    private final Commit<String, Integer> commit;

    Body(SmallStore store, String first, String second) {
      this.store = store;
      this.first = first;
      this.second = second;
      this.commit =
          Commit.<String, Integer>empty()
              .put(first, 1, Expected.version(store.begin(first, 0)))
              .put(second, 1, Expected.version(store.begin(second, 0)));
    }

    final void doCommit() {
      if (!store.commit(commit).isApplied()) {
        throw new IllegalStateException("nobody else writes");
      }
    }

    final void doRead(LL_Result result) {
      result.r1 = store.valueOf(first);
      result.r2 = store.valueOf(second);
    }
  }

  /** The library, the keys in byte order. */
  @JCStressTest
  @JCStressMeta(GetAgainstCommit.class)
  @State
  public static class Upwards extends Body {
    /** Sets the scene. */
    public Upwards() {
      super(SmallStore.library(), SmallStore.A, SmallStore.B);
    }

    /** Commits both. */
    @Actor
    public void commit(LL_Result result) {
      doCommit();
    }

    /** Reads one, then the other. */
    @Actor
    public void read(LL_Result result) {
      doRead(result);
    }
  }

  /** The library, the keys against their order. */
  @JCStressTest
  @JCStressMeta(GetAgainstCommit.class)
  @State
  public static class Downwards extends Body {
    /** Sets the scene. */
    public Downwards() {
      super(SmallStore.library(), SmallStore.B, SmallStore.A);
    }

    /** Commits both. */
    @Actor
    public void commit(LL_Result result) {
      doCommit();
    }

    /** Reads one, then the other. */
    @Actor
    public void read(LL_Result result) {
      doRead(result);
    }
  }

  /** Its commit writes one key after the other. */
  @JCStressTest
  @JCStressMeta(GetAgainstCommit.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.COMMIT_ONE_BY_ONE), SmallStore.A, SmallStore.B);
    }

    /** Commits both. */
    @Actor
    public void commit(LL_Result result) {
      doCommit();
    }

    /** Reads one, then the other. */
    @Actor
    public void read(LL_Result result) {
      doRead(result);
    }
  }
}
