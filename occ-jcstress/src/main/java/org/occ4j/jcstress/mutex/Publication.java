/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.mutex.RacingMutex;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** What a holder wrote before it closed is seen by the next one, on every path to the key. */
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The next holder saw both writes.")
@Outcome(
    id = "-1, -1",
    expect = Expect.ACCEPTABLE,
    desc = "The key was not to be had at the one moment of looking.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The next holder saw the world before the last one.")
public class Publication {
  private Publication() {}

  /** The key is held by one who will write two plain fields and close. */
  static class Body {
    final KeyedMutex<String> mutex;
    private final Hold<String> held;
    private int first;
    private int second;

    Body(boolean fair, boolean fat) {
      this.mutex = RacingMutex.create(fair);
      this.held = requireHeld(mutex.tryAcquire(Turns.A));
      if (fat) {
        requireHeld(mutex.tryAcquire(Turns.B));
      }
    }

    final void doWrite() {
      first = 1;
      second = 1;
      held.close();
    }

    final void read(@Nullable Hold<String> hold, II_Result result) {
      result.r2 = hold == null ? -1 : second;
      result.r1 = hold == null ? -1 : first;
    }

    private static Hold<String> requireHeld(@Nullable Hold<String> hold) {
      if (hold == null) {
        throw new IllegalStateException("not free");
      }
      return hold;
    }
  }

  /** Through the slot. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class Thin extends Body {
    /** Sets the scene. */
    public Thin() {
      super(false, false);
    }

    /** Writes and closes. */
    @Actor
    public void write() {
      doWrite();
    }

    /** Takes the key if it is free, and reads. */
    @Actor
    public void read(II_Result result) {
      read(mutex.tryAcquire(Turns.A), result);
    }
  }

  /** Through the holder word of a cell. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class Fat extends Body {
    /** Sets the scene. */
    public Fat() {
      super(false, true);
    }

    /** Writes and closes. */
    @Actor
    public void write() {
      doWrite();
    }

    /** Takes the key if it is free, and reads. */
    @Actor
    public void read(II_Result result) {
      read(mutex.tryAcquire(Turns.A), result);
    }
  }

  /** Through the queue, by hand-over. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class HandOver extends Body {
    /** Sets the scene. */
    public HandOver() {
      super(true, false);
    }

    /** Writes and closes. */
    @Actor
    public void write() {
      doWrite();
    }

    /** Waits for the key and reads. */
    @Actor
    public void read(II_Result result) {
      try {
        read(mutex.tryAcquire(Turns.A, Turns.FORGOTTEN), result);
      } catch (InterruptedException unexpected) {
        throw new IllegalStateException(unexpected);
      }
    }
  }

  /** Through a future. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class Future extends Body {
    /** Sets the scene. */
    public Future() {
      super(false, false);
    }

    /** Writes and closes. */
    @Actor
    public void write() {
      doWrite();
    }

    /** Waits for the future and reads. */
    @Actor
    public void read(II_Result result) {
      CompletableFuture<Hold<String>> future = mutex.acquireAsync(Turns.A, Turns.FORGOTTEN);
      try {
        read(future.get(10, TimeUnit.SECONDS), result);
      } catch (Exception unexpected) {
        throw new IllegalStateException(unexpected);
      }
    }
  }

  /** A lock whose word is a plain field. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class BrokenTwin {
    private boolean held = true;
    private int first;
    private int second;

    /** Writes and closes. */
    @Actor
    public void write() {
      first = 1;
      second = 1;
      held = false;
    }

    /** Takes the key if it is free, and reads. */
    @Actor
    public void read(II_Result result) {
      boolean taken = !held;
      result.r2 = taken ? second : -1;
      result.r1 = taken ? first : -1;
    }
  }
}
