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

/**
 * A value is moved to and fro between two keys, deleted here and created there, while both are read
 * at one moment.
 */
@Outcome(
    id = {"7 none", "none 7"},
    expect = Expect.ACCEPTABLE,
    desc = "The value was in one place.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The value was seen nowhere, or in both places.")
public class GetAllAgainstMoves {
  private GetAllAgainstMoves() {}

  /** Holds a value under one of two keys. */
  static class Body {
    /** More than a reader tries before it asks the writer to stand still. */
    private static final int MOVES = 12;

    private final SmallStore store;

    Body(SmallStore store) {
      this.store = store;
      store.begin(SmallStore.A, 7);
    }

    final void doMove() {
      for (int i = 0; i < MOVES; i += 2) {
        move(SmallStore.A, SmallStore.B);
        move(SmallStore.B, SmallStore.A);
      }
    }

    private void move(String from, String to) {
      Commit<String, Integer> move =
          Commit.<String, Integer>empty()
              .delete(from, Expected.present())
              .put(to, 7, Expected.absent());
      if (!store.commit(move).isApplied()) {
        throw new IllegalStateException("nobody else writes");
      }
    }

    final String doRead() {
      return store.valuesOf(SmallStore.A, SmallStore.B);
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(GetAllAgainstMoves.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallStore.library());
    }

    /** Moves the value some times. */
    @Actor
    public void move(L_Result result) {
      doMove();
    }

    /** Reads both. */
    @Actor
    public void read(L_Result result) {
      result.r1 = doRead();
    }
  }

  /** It reads one key after the other. */
  @JCStressTest
  @JCStressMeta(GetAllAgainstMoves.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.READ_ONE_BY_ONE));
    }

    /** Moves the value some times. */
    @Actor
    public void move(L_Result result) {
      doMove();
    }

    /** Reads both. */
    @Actor
    public void read(L_Result result) {
      result.r1 = doRead();
    }
  }
}
