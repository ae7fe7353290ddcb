/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.store.WriteResult;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Two threads delete a key and create it again: no version is given twice. */
@Outcome(
    id = {"2, 3", "3, 2"},
    expect = Expect.ACCEPTABLE,
    desc = "Two new lives, one after the other.")
@Outcome(
    id = {"2, 0", "0, 2"},
    expect = Expect.ACCEPTABLE,
    desc = "One new life; the other thread found the key created.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A version came back, or nobody created.")
public class VersionsOfLives {
  private VersionsOfLives() {}

  /** Holds the first life, of version 1. */
  static class Body {
    private final SmallStore store;

    Body(SmallStore store) {
      this.store = store;
      if (store.begin(SmallStore.A, 0) != 1) {
        throw new IllegalStateException("there is a clock");
      }
    }

    /** The version of the life that this thread began, or 0 if it came too late. */
    final long doRecreate() {
      store.delete(SmallStore.A, Expected.any()).orThrow();
      WriteResult<Integer> created = store.put(SmallStore.A, 1, Expected.absent());
      Versioned<Integer> state = created.current();
      return created.isApplied() && state != null ? state.version() : 0;
    }
  }

  /** The library, where no clock parts the lives. */
  @JCStressTest
  @JCStressMeta(VersionsOfLives.class)
  @State
  public static class OutOfTime extends Body {
    /** Sets the scene. */
    public OutOfTime() {
      super(SmallStore.libraryOutOfTime());
    }

    /** Deletes and creates. */
    @Actor
    public void one(JJ_Result result) {
      result.r1 = doRecreate();
    }

    /** Deletes and creates. */
    @Actor
    public void other(JJ_Result result) {
      result.r2 = doRecreate();
    }
  }

  /** It remembers what it deleted only after everybody can see it deleted. */
  @JCStressTest
  @JCStressMeta(VersionsOfLives.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedStore(FlawedStore.Flaw.FORGET_FOR_A_MOMENT));
    }

    /** Deletes and creates. */
    @Actor
    public void one(JJ_Result result) {
      result.r1 = doRecreate();
    }

    /** Deletes and creates. */
    @Actor
    public void other(JJ_Result result) {
      result.r2 = doRecreate();
    }
  }
}
