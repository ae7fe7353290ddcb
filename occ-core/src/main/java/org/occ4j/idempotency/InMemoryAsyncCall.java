/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.internal.Patience;
import org.occ4j.internal.Stages;

/**
 * One asynchronous execution. Between its steps it is nobody's: while the effect is under way it
 * hangs on the effect's stage, while another attempt is, on the end of that one.
 */
final class InMemoryAsyncCall<T> {

  private final InMemoryRegistry registry;
  private final MutationId id;
  private final Execution<T> how;
  private final AsyncEffect<T> effect;
  private final Patience patience;
  private final Executor executor;
  private final CompletableFuture<Outcome<T>> outcome = new CompletableFuture<>();

  InMemoryAsyncCall(
      InMemoryRegistry registry,
      MutationId id,
      Execution<T> how,
      AsyncEffect<T> effect,
      Patience patience,
      Executor executor) {
    this.registry = registry;
    this.id = id;
    this.how = how;
    this.effect = effect;
    this.patience = patience;
    this.executor = executor;
  }

  CompletableFuture<Outcome<T>> outcome() {
    return outcome;
  }

  /** Goes as far as it can without waiting. */
  void advance() {
    try {
      boolean goOn = true;
      while (goOn && !outcome.isDone()) { // Done already: the caller no longer waits.
        goOn = step();
      }
    } catch (Throwable failure) {
      outcome.completeExceptionally(failure);
    }
  }

  /** Takes one step; says whether the next one can be taken at once. */
  private boolean step() {
    InMemoryRegistry.Found<T> found = registry.look(id, how);
    InMemoryAttempt attempt = found.attempt();
    if (attempt == null) {
      outcome.complete(found.outcome());
      return false;
    }
    if (found.ours()) {
      start(attempt);
      return false;
    }
    CompletableFuture<?> end = attempt.end();
    if (end != null) {
      follow(end, patience.leftNanos());
    }
    return end == null;
  }

  private void follow(CompletableFuture<?> end, long nanos) {
    if (nanos <= 0) {
      outcome.complete(InMemoryRegistry.inFlight());
      return;
    }
    // A follower whose time is over stays in the list of the leader until that one has ended.
    Object unused =
        end.thenApply(settled -> true)
            .completeOnTimeout(false, nanos, NANOSECONDS)
            .thenAccept(
                // Not here, where somebody else's attempt ends, or the platform's one timer runs.
                settled -> Stages.runOn(executor, () -> wakeUp(settled)));
  }

  private void wakeUp(boolean settled) {
    if (settled) {
      advance();
    } else {
      outcome.complete(InMemoryRegistry.inFlight());
    }
  }

  private void start(InMemoryAttempt attempt) {
    CompletionStage<? extends @Nullable T> stage = Stages.started(() -> effect.start(attempt));
    attempt.endOfRun();
    Object unused =
        stage.whenComplete((value, failure) -> end(attempt, value, Stages.thrownBy(failure)));
  }

  private void end(InMemoryAttempt attempt, @Nullable T value, @Nullable Throwable failure) {
    Optional<T> kept = failure == null ? Optional.empty() : how.answerTo(failure);
    if (failure != null && kept.isEmpty()) {
      registry.release(attempt);
      outcome.completeExceptionally(failure);
      return;
    }
    Outcome<T> executed;
    try {
      executed = registry.complete(attempt, failure == null ? value : kept.get());
    } catch (RuntimeException lost) {
      outcome.completeExceptionally(lost);
      return;
    }
    outcome.complete(executed);
  }
}
