/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.idempotency;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two mutations come when there is one place left. */
@Outcome(
    id = "ran 1, full, replayed 1",
    expect = Expect.ACCEPTABLE,
    desc = "The first got the place.")
@Outcome(
    id = "full, ran 1, ran 1",
    expect = Expect.ACCEPTABLE,
    desc = "The second got the place. It is forgotten, and the first fits in.")
@Outcome(
    id = "full, full, ran 1",
    expect = Expect.ACCEPTABLE,
    desc = "Each saw the other on its way in, and both were refused.")
@Outcome(
    id = "ran 1, ran 1, .*",
    expect = Expect.FORBIDDEN,
    desc = "Both got in: the registry holds more than it may.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Somebody was told the answer of another mutation.")
public class LastPlace {
  private LastPlace() {}

  /** Has room for one. */
  static class Body {
    final SmallRegistry registry;

    Body(SmallRegistry registry) {
      this.registry = registry;
    }
  }

  /** The library. */
  @JCStressTest
  @JCStressMeta(LastPlace.class)
  @State
  public static class Library extends Body {
    /** Sets the scene. */
    public Library() {
      super(SmallRegistry.library(1));
    }

    /** Sends one. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = registry.execute(SmallRegistry.A, "1");
    }

    /** Sends another. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.execute(SmallRegistry.B, "2");
    }

    /** Forgets the second, and sends the first again. */
    @Arbiter
    public void look(LLL_Result result) {
      registry.forget(SmallRegistry.B);
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }

  /** It looks whether there is room, and then takes it, in two steps. */
  @JCStressTest
  @JCStressMeta(LastPlace.class)
  @State
  public static class BrokenTwin extends Body {
    /** Sets the scene. */
    public BrokenTwin() {
      super(new FlawedRegistry(FlawedRegistry.Flaw.CHECK_THEN_FILL, 1));
    }

    /** Sends one. */
    @Actor
    public void first(LLL_Result result) {
      result.r1 = registry.execute(SmallRegistry.A, "1");
    }

    /** Sends another. */
    @Actor
    public void second(LLL_Result result) {
      result.r2 = registry.execute(SmallRegistry.B, "2");
    }

    /** Forgets the second, and sends the first again. */
    @Arbiter
    public void look(LLL_Result result) {
      registry.forget(SmallRegistry.B);
      result.r3 = registry.execute(SmallRegistry.A, "3");
    }
  }
}
