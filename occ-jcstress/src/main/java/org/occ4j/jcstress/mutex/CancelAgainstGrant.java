/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.mutex;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A future is cancelled while the key is handed to it. */
@Outcome(
    id = "true, true",
    expect = Expect.ACCEPTABLE,
    desc = "Cancelled: it left the queue, or the grant that came with it was given back.")
@Outcome(
    id = "false, false",
    expect = Expect.ACCEPTABLE,
    desc = "Too late to cancel: the future has the hold.")
@Outcome(id = "true, false", expect = Expect.FORBIDDEN, desc = "Cancelled, but the key stays held.")
@Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The future has a hold on nothing.")
public class CancelAgainstGrant {
  private CancelAgainstGrant() {}

  /** The library; futures are completed by the thread that releases. */
  @JCStressTest
  @JCStressMeta(CancelAgainstGrant.class)
  @State
  public static class Library {
    private final KeyedMutex<String> mutex =
        KeyedMutex.<String>builder().expectedHeld(1).executor(Runnable::run).build();
    private final CompletableFuture<Hold<String>> holder =
        mutex.acquireAsync(Turns.A, Turns.FORGOTTEN);
    private final CompletableFuture<Hold<String>> waiter =
        mutex.acquireAsync(Turns.A, Duration.ofSeconds(Long.MAX_VALUE));

    /** Closes the hold, which grants the key to the future. */
    @Actor
    public void release() {
      holder.join().close();
    }

    /** Cancels the future. */
    @Actor
    public void cancel(ZZ_Result result) {
      result.r1 = waiter.cancel(false);
    }

    /** Looks whether the key is free. */
    @Arbiter
    public void look(ZZ_Result result) {
      result.r2 = mutex.tryAcquire(Turns.A) != null;
    }
  }

  /** A grant that forgets to look whether the future still wanted it. */
  @JCStressTest
  @JCStressMeta(CancelAgainstGrant.class)
  @State
  public static class BrokenTwin {
    private final AtomicBoolean held = new AtomicBoolean(true);
    private final AtomicBoolean queued = new AtomicBoolean(true);
    private final CompletableFuture<Object> waiter = new CompletableFuture<>();

    /** Hands the key to the future if it is queued, else frees it. */
    @Actor
    @SuppressWarnings("FutureReturnValueIgnored") // the flaw
    public void release() {
      if (queued.getAndSet(false)) {
        waiter.complete(held);
      } else {
        held.set(false);
      }
    }

    /** Cancels the future and leaves the queue. */
    @Actor
    public void cancel(ZZ_Result result) {
      result.r1 = waiter.cancel(false);
      queued.set(false);
    }

    /** Looks whether the key is free. */
    @Arbiter
    public void look(ZZ_Result result) {
      result.r2 = !held.get();
    }
  }
}
