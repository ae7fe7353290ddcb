/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.idempotency.AsyncEffect;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.Outcome;
import org.occ4j.internal.Patience;
import org.occ4j.internal.Stages;
import org.occ4j.jdbc.internal.registry.ConcurrentAttempts;
import org.occ4j.jdbc.internal.registry.ExternalAttempt;
import org.occ4j.jdbc.internal.registry.ExternalAttempts;
import org.occ4j.jdbc.internal.registry.InFlightCalls;
import org.occ4j.jdbc.internal.registry.MutationRow;

/**
 * One asynchronous execution over JDBC. Each step that uses the database is a task of the executor;
 * between its steps no thread waits: it hangs on the effect's stage, on the end of this node's
 * leader, or on a timer until it looks again at another node's attempt.
 */
final class RegistryAsyncCall<T> {

  private final RegistryTable registry;
  private final MutationId id;
  private final Execution<T> how;
  private final AsyncEffect<T> effect;
  private final Patience patience;
  private final Executor executor;
  private final CompletableFuture<Outcome<T>> outcome = new CompletableFuture<>();
  private int looks;

  RegistryAsyncCall(
      RegistryTable registry,
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

  CompletableFuture<Outcome<T>> begin() {
    executor.execute(this::advance);
    return outcome;
  }

  /** Goes as far as it can without waiting for others. */
  private void advance() {
    if (outcome.isDone()) {
      return; // The caller no longer waits, and nothing was begun.
    }
    try {
      step();
    } catch (Throwable failure) {
      outcome.completeExceptionally(failure);
    }
  }

  private void step() throws Exception {
    Optional<Outcome<T>> remembered = registry.known().remembered(id, how);
    if (remembered.isPresent()) {
      outcome.complete(remembered.get());
      return;
    }
    InFlightCalls.Call mine = registry.calls().lead(id, how.fingerprint());
    if (mine != null) {
      lead(mine);
      return;
    }
    InFlightCalls.Call other = registry.calls().find(id);
    if (other == null) {
      executor.execute(this::advance);
    } else {
      follow(other);
    }
  }

  private void lead(InFlightCalls.Call mine) throws Exception {
    ExternalAttempt attempt = null;
    try {
      ExternalAttempts.Claim<T> claim = registry.leased().claim(id, how);
      attempt = claim.attempt();
      if (attempt == null) {
        settle(claim.answer());
      }
    } finally {
      if (attempt == null) {
        registry.calls().end(mine);
      }
    }
    if (attempt != null) {
      start(mine, attempt);
    }
  }

  private void settle(Optional<Outcome<T>> answer) {
    if (answer.isPresent()) {
      outcome.complete(answer.get());
      return;
    }
    long left = patience.leftNanos();
    if (left <= 0) {
      outcome.complete(MutationRow.inFlight());
      return;
    }
    long pause = Math.min(left, ConcurrentAttempts.nanosBeforeLook(++looks));
    CompletableFuture.delayedExecutor(pause, NANOSECONDS, executor).execute(this::advance);
  }

  private void start(InFlightCalls.Call mine, ExternalAttempt attempt) {
    mine.leases(attempt.attempt());
    CompletionStage<? extends @Nullable T> stage = Stages.started(() -> effect.start(attempt));
    mine.goesOnWithoutThread();
    Object unused =
        stage.whenComplete(
            (value, failure) ->
                executor.execute(() -> end(mine, attempt, value, Stages.thrownBy(failure))));
  }

  private void end(
      InFlightCalls.Call mine,
      ExternalAttempt attempt,
      @Nullable T value,
      @Nullable Throwable failure) {
    try {
      T answer = value;
      if (failure != null) {
        answer = ExternalAttempts.keptInstead(attempt, how, failure).orElseThrow(() -> failure);
      }
      Outcome<T> executed = ExternalAttempts.complete(attempt, how, answer);
      registry.calls().end(mine);
      outcome.complete(executed);
    } catch (Throwable thrown) {
      registry.calls().end(mine);
      outcome.completeExceptionally(thrown);
    }
  }

  private void follow(InFlightCalls.Call other) {
    long slice = ConcurrentAttempts.sliceOf(patience);
    if (slice <= 0 || !other.matches(how.fingerprint())) {
      lookBeside(other);
      return;
    }
    Object unused =
        other
            .endWithin(slice)
            .thenAccept(
                ended -> executor.execute(ended ? this::advance : () -> lookBesideOrFail(other)));
  }

  private void lookBesideOrFail(InFlightCalls.Call other) {
    try {
      lookBeside(other);
    } catch (Throwable failure) {
      outcome.completeExceptionally(failure);
    }
  }

  private void lookBeside(InFlightCalls.Call other) {
    Optional<Outcome<T>> answer = registry.beside(other, id, how, patience);
    if (answer.isPresent()) {
      outcome.complete(answer.get());
    } else {
      executor.execute(this::advance);
    }
  }
}
