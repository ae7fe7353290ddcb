/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.occ4j.StoreUnavailableException;
import org.occ4j.jdbc.internal.lease.LeasePoller.PendingAcquire;
import org.occ4j.mutex.Hold;

/**
 * A future that waits for a lease: first in the queue of this process, then between attempts on
 * worker threads, in which it has no thread.
 *
 * <p>News of the poller, the timer and a cancellation all signal it. Signals that come while it is
 * at work are counted and make it look once more, so its steps never run at once.
 */
public final class LeaseFuture<K> {
  /** So that a ticker of a test is followed. */
  private static final long LONGEST_TIMER_NANOS = 100_000_000;

  private final K key;
  private final String holder;
  private final LeaseOptions terms;
  private final AcquireBackoff wait;
  private final LocalLeases<K> node;
  private final LeaseRenewer renewer;
  private final CompletableFuture<Hold<K>> result = new CompletableFuture<>();
  private final AtomicInteger signals = new AtomicInteger();

  // Touched by one step at a time; the counter above orders the steps.
  private @Nullable Hold<K> turn;
  private @Nullable LeaseAcquisition<K> attempts;
  private @Nullable PendingAcquire waiter;
  private boolean ended;

  /** An acquisition that was not tried yet. */
  public LeaseFuture(
      K key, LeaseOptions terms, AcquireBackoff wait, LocalLeases<K> node, LeaseRenewer renewer) {
    this.key = key;
    this.terms = terms;
    this.wait = wait;
    this.node = node;
    this.holder = node.holderText();
    this.renewer = renewer;
  }

  /** Begins once this process's turn comes. */
  @SuppressWarnings("FutureReturnValueIgnored") // what follows the futures here cannot fail
  public CompletableFuture<Hold<K>> after(CompletableFuture<Hold<K>> localTurn) {
    localTurn.whenComplete(
        (hold, failure) -> {
          if (hold == null) {
            renewer.work(() -> turnDidNotCome(failure));
          } else {
            turn = hold;
            signal();
          }
        });
    result.whenComplete(
        (hold, failure) -> {
          node.events().waitEnded(wait.event(), key, hold != null);
          localTurn.cancel(false);
          if (localTurn.isDone() && !localTurn.isCompletedExceptionally()) {
            signal();
          }
        });
    return result;
  }

  private void turnDidNotCome(Throwable failure) {
    try {
      node.requireInTouch(key);
      result.completeExceptionally(failure);
    } catch (StoreUnavailableException outage) {
      result.completeExceptionally(outage);
    }
  }

  private void signal() {
    if (signals.getAndIncrement() == 0) {
      renewer.work(this::work);
    }
  }

  private void work() {
    int seen = 1;
    do {
      try {
        step();
      } catch (RuntimeException failed) {
        end();
        result.completeExceptionally(failed);
      }
      seen = signals.addAndGet(-seen);
    } while (seen != 0);
  }

  private void step() {
    Hold<K> mine = turn;
    if (ended || mine == null) {
      return;
    }
    node.requireOpen();
    PendingAcquire.News news = waiter == null ? null : waiter.takeNews();
    if (result.isDone()) {
      end();
    } else if (attempts == null) {
      attempts = node.attempts(key, holder, terms, mine::close);
      deliverOr(wait.isOver() ? attempts.attempt() : attempts.firstAttempt());
    } else if (news != null) {
      deliverOr(attempts.attemptAgain(news.failure()));
    } else {
      deliverOr(null);
    }
  }

  /** Delivers the lease, or waits on unless time is up. */
  private void deliverOr(@Nullable Lease<K> granted) {
    Lease<K> lease = granted == null && wait.isOver() ? attempts().lastAttempt() : granted;
    if (lease != null) {
      stopWaiting();
      node.ended(List.of(key), attempts());
      ended = true;
      Hold<K> hold = renewer.handle(lease);
      if (!result.complete(hold)) {
        hold.close();
      }
    } else if (wait.isOver()) {
      end();
      result.completeExceptionally(new TimeoutException("not granted in time: " + key));
    } else {
      if (waiter == null) {
        waiter = node.beginWaiting(List.of(key), attempts(), wait, this::signal);
        signalIfOver();
      }
    }
  }

  private void signalIfOver() {
    if (wait.isOver()) {
      signal();
    } else if (!result.isDone()) {
      renewer.workAfter(Math.min(LONGEST_TIMER_NANOS, wait.left()), this::signalIfOver);
    }
  }

  private LeaseAcquisition<K> attempts() {
    return Objects.requireNonNull(attempts);
  }

  private void stopWaiting() {
    if (waiter != null) {
      node.endWaiting(List.of(key), waiter);
      waiter = null;
    }
  }

  /** Without a lease: gives back whatever there is. */
  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    stopWaiting();
    node.gaveUp();
    if (attempts != null) {
      node.ended(List.of(key), attempts);
      attempts.giveUp();
    }
    if (turn != null) {
      turn.close();
    }
  }
}
