/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.occ4j.demo.BoardClient.Answer;

/**
 * One of many users of a board, who reads, edits, sends twice, comes too late, makes and deletes.
 */
final class SoakWorker {
  private static final int MOST_TASKS = 100;

  private final BoardClient client;
  private final Random random;
  private final AtomicLong mutations;
  private final AtomicLong tasks;
  private final Latencies latencies;

  /**
   * A user.
   *
   * @param mutations counts those that were answered
   * @param tasks counts those that are there
   * @param latencies is told how long each request took
   */
  SoakWorker(String url, int number, AtomicLong mutations, AtomicLong tasks, Latencies latencies) {
    this.client = new BoardClient(url);
    this.random = new Random(number);
    this.mutations = mutations;
    this.tasks = tasks;
    this.latencies = latencies;
  }

  private interface Request {
    Answer send() throws Exception;
  }

  private Answer timed(Request request) throws Exception {
    long begun = System.nanoTime();
    Answer answer = request.send();
    latencies.add(System.nanoTime() - begun);
    return answer;
  }

  void step() throws Exception {
    JsonNode list = timed(() -> client.get("tasks")).body();
    if (list.size() < MOST_TASKS / 2 || (list.size() < MOST_TASKS && random.nextInt(10) == 0)) {
      create();
      return;
    }
    JsonNode task = list.get(random.nextInt(list.size()));
    switch (random.nextInt(10)) {
      case 0 -> delete(task);
      case 1 -> sendTwice(task);
      case 2 -> comeTooLate(task);
      case 3, 4 -> assertThat(read(task).status()).isIn(200, 404);
      default -> edit(task, task.path("version").asLong(), UUID.randomUUID());
    }
  }

  private void create() throws Exception {
    String body =
        "{\"title\":\"T%d\",\"clientMutationId\":\"%s\"}"
            .formatted(random.nextInt(), UUID.randomUUID());
    assertThat(timed(() -> client.post(body)).status()).isEqualTo(201);
    tasks.incrementAndGet();
    mutations.incrementAndGet();
  }

  private Answer read(JsonNode task) throws Exception {
    return timed(() -> client.get("tasks/" + task.path("id").asText()));
  }

  private Answer edit(JsonNode task, long version, UUID id) throws Exception {
    String body =
        "{\"description\":\"%s\",\"version\":%d,\"clientMutationId\":\"%s\"}"
            .formatted("word ".repeat(id.hashCode() & 31), version, id);
    Answer answer = timed(() -> client.put(task.path("id").asText(), body));
    assertThat(answer.status()).as(answer.toString()).isIn(200, 409, 422, 404);
    if (answer.status() == 200 && answer.header("Idempotency-Replayed").isEmpty()) {
      mutations.incrementAndGet();
    }
    return answer;
  }

  private void sendTwice(JsonNode task) throws Exception {
    UUID id = UUID.randomUUID();
    Answer first = edit(task, task.path("version").asLong(), id);
    Answer second = edit(task, task.path("version").asLong(), id);
    if (first.status() == 200) {
      assertThat(second.body()).isEqualTo(first.body());
    }
  }

  private void comeTooLate(JsonNode task) throws Exception {
    assertThat(edit(task, 1, UUID.randomUUID()).status()).isIn(404, 409, 422);
  }

  private void delete(JsonNode task) throws Exception {
    String body =
        "{\"version\":%d,\"clientMutationId\":\"%s\"}"
            .formatted(task.path("version").asLong(), UUID.randomUUID());
    String path = "tasks/" + task.path("id").asText();
    Answer answer = timed(() -> client.send("DELETE", path, body));
    assertThat(answer.status()).as(answer.toString()).isIn(200, 409);
    if (answer.status() == 200) {
      tasks.decrementAndGet();
      mutations.incrementAndGet();
    }
  }
}
