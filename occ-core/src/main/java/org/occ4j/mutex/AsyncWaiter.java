/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.occ4j.Ticker;

/**
 * A future in a queue. The key is always handed to it, since it has no thread that could come for
 * it.
 *
 * <p>The future may be completed by anybody at any time: by the grant, the time-out, a cancel, or
 * its owner's {@code complete}. Whoever is first wins; a grant that comes second is given back, and
 * any other end leaves the queue.
 */
final class AsyncWaiter<K> extends Waiter {
  final CompletableFuture<Hold<K>> future = new CompletableFuture<>();
  private final InMemoryMutex<K> mutex;
  private final Grant<K> mine;
  final AsyncHold<K> hold;
  private final WaitQueues queues;
  private final Executor executor;

  AsyncWaiter(InMemoryMutex<K> mutex, WaitQueues queues, Grant<K> mine, Executor executor) {
    super(mine, true);
    this.mutex = mutex;
    this.queues = queues;
    this.mine = mine;
    this.hold = new AsyncHold<>(mine);
    this.executor = executor;
  }

  @Override
  void lookAgain() {
    try {
      queues.serve(this);
    } catch (RuntimeException | Error broken) {
      // By a key's equals, in a thread that only passes by: it is this future's failure.
      if (queues.leave(this)) {
        run(() -> future.completeExceptionally(broken));
      }
    }
  }

  @Override
  void receive() {
    mutex.started(mine);
    run(this::deliver);
  }

  private void deliver() {
    if (!future.complete(hold) && !isDelivered()) {
      hold.close();
    }
  }

  /** An executor may have run the task and thrown after it, and then the task is run again. */
  private boolean isDelivered() {
    return !future.isCompletedExceptionally() && future.join() == hold;
  }

  /** Called once, when the waiter was queued: from now on the end of the future ends the wait. */
  @SuppressWarnings("FutureReturnValueIgnored") // what follows the future here cannot fail
  void watch(Ticker ticker, long timeoutNanos) {
    future.whenComplete((held, failure) -> quit());
    if (timeoutNanos != Timeouts.FOR_EVER) {
      try {
        Timer timer = new Timer(ticker, ticker.nanos() + timeoutNanos);
        future.whenComplete((held, failure) -> timer.cancel());
        timer.arm();
      } catch (RuntimeException | Error broken) {
        future.completeExceptionally(broken);
      }
    }
  }

  private void quit() {
    queues.leave(this);
  }

  /** User code hangs on the future, so it is completed on the executor and under no lock. */
  private void run(Runnable completion) {
    try {
      executor.execute(completion);
    } catch (RuntimeException | Error refused) {
      // A grant must reach its owner or go back; a stopped executor is no reason to lose a key.
      future.defaultExecutor().execute(completion);
    }
  }

  private final class Timer {
    private final Ticker ticker;
    private final long deadline;
    private volatile boolean cancelled;
    private volatile Future<?> pending = CompletableFuture.completedFuture(null);

    Timer(Ticker ticker, long deadline) {
      this.ticker = ticker;
      this.deadline = deadline;
    }

    void arm() {
      pending = Timeouts.schedule(this::fire, Math.max(0, deadline - ticker.nanos()));
      if (cancelled) {
        pending.cancel(false);
      }
    }

    void cancel() {
      cancelled = true;
      pending.cancel(false);
    }

    private void fire() {
      if (deadline - ticker.nanos() > 0) {
        arm(); // the mutex's own ticker decides
      } else if (queues.leave(AsyncWaiter.this)) {
        run(() -> future.completeExceptionally(mutex.timeout(mine.key)));
      }
    }
  }
}
