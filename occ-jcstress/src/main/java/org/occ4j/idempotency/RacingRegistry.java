/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;

/**
 * Opens the steps of an attempt to the races, which have no thread to spare that runs an effect or
 * waits for one: they are the steps that {@link IdempotencyRegistry#execute} takes.
 */
public final class RacingRegistry {
  private RacingRegistry() {}

  /** Claims an attempt, or follows the one that is under way. */
  public static Call begin(
      IdempotencyRegistry registry, MutationId id, IdempotencyOptions<String> how) {
    Call call = new Call((InMemoryRegistry) registry, id, how);
    call.advance();
    return call;
  }

  /** A call in the middle of its effect, or waiting for another one. */
  public static final class Call {
    private final InMemoryRegistry registry;
    private final MutationId id;
    private final IdempotencyOptions<String> how;
    private final CompletableFuture<Outcome<String>> outcome = new CompletableFuture<>();
    private @Nullable InMemoryAttempt mine;

    private Call(InMemoryRegistry registry, MutationId id, IdempotencyOptions<String> how) {
      this.registry = registry;
      this.id = id;
      this.how = how;
    }

    private void advance() {
      while (!outcome.isDone() && mine == null) {
        InMemoryRegistry.Found<String> found = registry.look(id, how);
        InMemoryAttempt attempt = found.attempt();
        if (attempt == null) {
          outcome.complete(found.outcome());
        } else if (found.ours()) {
          mine = attempt;
          attempt.endOfRun(); // this thread may come again
        } else {
          CompletableFuture<?> end = attempt.end();
          if (end != null) {
            var unused = end.thenRun(this::advance);
            return;
          }
        }
      }
    }

    /** The effect is done. */
    public void complete(String answer) {
      InMemoryAttempt attempt = mine;
      if (attempt == null) {
        throw new IllegalStateException("follows another attempt");
      }
      try {
        outcome.complete(registry.complete(attempt, answer));
      } catch (RuntimeException lost) {
        outcome.completeExceptionally(lost);
      }
    }

    /** What comes of it. */
    public CompletableFuture<Outcome<String>> outcome() {
      return outcome;
    }
  }
}
