/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;
import org.occ4j.store.VersionedStore;

/** The server's side: a pipeline in memory, and the translation that an HTTP client would do. */
final class Server {
  /** What is edited. */
  record Task(String title, String assignee, int votes) {
    Task withTitle(String text) {
      return new Task(text, assignee, votes);
    }

    Task withAssignee(String name) {
      return new Task(title, name, votes);
    }

    Task withVotes(int number) {
      return new Task(title, assignee, number);
    }
  }

  static final Merger<Task> MERGER = Merger.recordBuilder(Task.class).counter("votes").build();

  /** A title that the server's rules refuse. */
  static final String FORBIDDEN = "forbidden";

  final VersionedStore<String, Task> store = VersionedStore.inMemory(KeyCodec.strings());
  final AtomicInteger effects = new AtomicInteger();
  private final MutationPipeline<String, Task> pipeline = MutationPipeline.inMemory(store).build();

  /** Puts a task there as somebody else would. */
  Versioned<Task> put(String key, Task task) {
    return store.put(key, task, Expected.any()).orThrow();
  }

  void delete(String key) {
    store.delete(key, Expected.any()).orThrow();
  }

  Reply<Task> handle(MutationRequest<String, Task> request) {
    return handle(request, request.expected());
  }

  Reply<Task> handle(MutationRequest<String, Task> request, Expected expected) {
    MutationId id = new MutationId(new Scope("t", "u", "edit"), request.clientMutationId());
    Fingerprint fingerprint =
        Fingerprint.of(String.valueOf(request.value()).getBytes(StandardCharsets.UTF_8));
    try {
      return reply(
          pipeline.apply(
              Mutation.of(id, request.key(), expected, edit(request.value()))
                  .fingerprint(fingerprint)
                  .build()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Reply.Lost<>();
    }
  }

  private Edit<Task> edit(@Nullable Task value) {
    return current -> {
      if (value != null && value.title().equals(FORBIDDEN)) {
        throw new Rejection("rule", "not that");
      }
      effects.incrementAndGet();
      return value;
    };
  }

  private static Reply<Task> reply(MutationResult<Task> result) {
    if (result instanceof MutationResult.Applied<Task> applied) {
      return new Reply.Confirmed<>(applied.current());
    }
    if (result instanceof MutationResult.Conflicted<Task> conflicted) {
      return new Reply.Conflict<>(conflicted.current());
    }
    if (result instanceof MutationResult.Rejected<Task> rejected) {
      return new Reply.Rejected<>(rejected.code(), rejected.detail());
    }
    if (result instanceof MutationResult.Refused<Task> refused) {
      return refused.reason() == Reason.MISMATCH
          ? new Reply.Rejected<>("mismatch", "the same id with another payload")
          : new Reply.Retry<>(refused.retryAfter());
    }
    return new Reply.Rejected<>("unresolved", "ask somebody");
  }
}
