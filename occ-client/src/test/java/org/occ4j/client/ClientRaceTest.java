/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.client.Server.Task;
import org.occ4j.mutation.Edit;

/** Many threads on two clients over a wire that loses answers: each vote has to count once. */
class ClientRaceTest {
  private static final String KEY = "42";
  private static final int THREADS = 4;
  private static final int VOTES = 150;

  private final Server server = new Server();
  private final ExecutorService network = Executors.newFixedThreadPool(4);

  @AfterEach
  void stop() {
    network.shutdownNow();
  }

  @Test
  void edits_ofManyThreadsOverALossyWire_countExactlyOnce() throws Exception {
    assertThat(votesCounted(server::handle)).isEqualTo(THREADS * VOTES);
  }

  /** The first twin checks no version, as a server without preconditions does: it loses votes. */
  @Test
  void serverThatChecksNoVersion_isCaught() throws Exception {
    assertThat(votesCounted(request -> server.handle(request, Expected.any())))
        .isLessThan(THREADS * VOTES);
  }

  /**
   * The second twin sends a lost request again under another id, so the lost one conflicts with it.
   */
  @Test
  void clientThatRenewsTheIdOfALostRequest_isCaught() throws Exception {
    BiFunction<MutationRequest<String, Task>, Boolean, MutationRequest<String, Task>> renewed =
        (request, first) ->
            new MutationRequest<>(
                java.util.UUID.randomUUID(),
                request.key(),
                request.expected(),
                request.base(),
                request.value(),
                request.supersedes());
    assertThat(votesCounted(request -> server.handle(renewed.apply(request, false))))
        .isGreaterThan(THREADS * VOTES);
  }

  private int votesCounted(
      java.util.function.Function<MutationRequest<String, Task>, Reply<Task>> handler)
      throws Exception {
    server.put(KEY, new Task("tidy", "ana", 0));
    List<OptimisticClient<String, Task>> clients = List.of(client(handler), client(handler));
    for (OptimisticClient<String, Task> client : clients) {
      client.accept(KEY, server.store.get(KEY).orElseThrow());
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      OptimisticClient<String, Task> client = clients.get(i % clients.size());
      threads.add(new Thread(() -> vote(client)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> clients.stream().allMatch(client -> client.pendingCount() == 0));
    return server.store.get(KEY).orElseThrow().value().votes();
  }

  private static void vote(OptimisticClient<String, Task> client) {
    for (int i = 0; i < VOTES; i++) {
      client.edit(KEY, Edit.update(task -> task.withVotes(task.votes() + 1)));
    }
  }

  /** A client whose person always presses "refresh and apply". */
  private OptimisticClient<String, Task> client(
      java.util.function.Function<MutationRequest<String, Task>, Reply<Task>> handler) {
    List<OptimisticClient<String, Task>> self = new ArrayList<>();
    OptimisticClient<String, Task> client =
        OptimisticClient.<String, Task>builder(request -> exchange(handler, request), Server.MERGER)
            .retry(
                new RetryPolicy(
                    1_000, Duration.ofMinutes(2), Duration.ofNanos(1), Duration.ofMillis(1)))
            .listener(
                key ->
                    self.get(0).view(key).pending().stream()
                        .findFirst()
                        .ifPresent(PendingEdit::refreshAndApply))
            .build();
    self.add(client);
    return client;
  }

  private CompletionStage<Reply<Task>> exchange(
      java.util.function.Function<MutationRequest<String, Task>, Reply<Task>> handler,
      MutationRequest<String, Task> request) {
    return CompletableFuture.supplyAsync(
        () -> {
          int luck = ThreadLocalRandom.current().nextInt(10);
          if (luck == 0) {
            return new Reply.Lost<>(); // the request was lost
          }
          Reply<Task> reply = handler.apply(request);
          return luck == 1 ? new Reply.Lost<>() : reply; // the answer was lost
        },
        network);
  }
}
