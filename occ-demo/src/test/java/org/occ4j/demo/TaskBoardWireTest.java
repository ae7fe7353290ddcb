/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.demo.BoardClient.Answer;

/** The wire contract of the board, as other clients are written against it. */
class TaskBoardWireTest {

  @TempDir Path data;
  private BoardServer board;
  private BoardClient client;

  @BeforeEach
  void start() throws Exception {
    board = BoardServer.start(options(data, 0));
    client = new BoardClient(board.url());
  }

  @AfterEach
  void stop() {
    board.close();
  }

  static Options options(Path data, int port) {
    return Options.parse(List.of("--port", Integer.toString(port), "--data", data.toString()));
  }

  @Test
  void post_newTask_is201WithTaskEtagAndLocation() throws Exception {
    Answer answer =
        client.post(
            "{\"title\":\"Write\",\"assignee\":\"Bo\",\"clientMutationId\":\"" + id() + "\"}");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.body().fieldNames())
        .toIterable()
        .containsExactly(
            "id",
            "title",
            "description",
            "status",
            "assignee",
            "version",
            "updatedAt",
            "updatedBy");
    assertThat(answer.body().path("status").asText()).isEqualTo("todo");
    assertThat(answer.body().path("updatedBy").asText()).isEqualTo("ana");
    assertThat(answer.header("ETag")).isEqualTo("\"" + answer.body().path("version") + "\"");
    assertThat(answer.header("Location")).isEqualTo("/tasks/" + answer.body().path("id").asText());
  }

  @Test
  void post_sentTwice_meetsTheSameTask() throws Exception {
    String body = "{\"title\":\"Once\",\"clientMutationId\":\"" + id() + "\"}";
    Answer first = client.post(body);
    Answer second = client.post(body);
    assertThat(second.status()).isEqualTo(201);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(first.header("Idempotency-Replayed")).isEmpty();
    assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(client.get("tasks").body()).hasSize(1);
  }

  @Test
  void post_sameIdByAnotherUser_isAnotherTask() throws Exception {
    String body = "{\"title\":\"Mine\",\"clientMutationId\":\"" + id() + "\"}";
    String mine = client.post(body).body().path("id").asText();
    String theirs = client.post(body, "X-User", "bo").body().path("id").asText();
    assertThat(theirs).isNotEqualTo(mine);
  }

  @Test
  void put_someFields_keepsTheOthers() throws Exception {
    String task = client.newTask("Write");
    long version = client.task(task).path("version").asLong();
    Answer answer = client.put(task, write(version, "\"status\":\"doing\""));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().path("title").asText()).isEqualTo("Write");
    assertThat(answer.body().path("status").asText()).isEqualTo("doing");
    assertThat(answer.body().path("version").asLong()).isGreaterThan(version);
    assertThat(client.get("tasks").body().get(0)).isEqualTo(answer.body());
  }

  @Test
  void put_staleVersionInBody_is409WithStateAndChanges() throws Exception {
    String task = client.newTask("Write");
    long version = client.task(task).path("version").asLong();
    client.put(task, write(version, "\"title\":\"Write more\""));
    Answer answer = client.put(task, write(version, "\"title\":\"Write less\""));
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.type()).isEqualTo("urn:occ4j:conflict");
    assertThat(answer.body().path("status").asInt()).isEqualTo(409);
    assertThat(answer.body().path("current")).isEqualTo(client.task(task));
    assertThat(answer.body().path("changes")).hasSize(1);
    assertThat(answer.body().path("changes").get(0).path("field").asText()).isEqualTo("title");
    assertThat(answer.body().path("changes").get(0).path("theirs").asText())
        .isEqualTo("Write more");
    assertThat(answer.body().path("changes").get(0).path("mine").asText()).isEqualTo("Write less");
  }

  @Test
  void put_staleIfMatch_is412() throws Exception {
    String task = client.newTask("Write");
    long version = client.task(task).path("version").asLong();
    client.put(task, write(version, "\"title\":\"Write more\""));
    Answer answer =
        client.put(
            task,
            "{\"title\":\"Write less\"}",
            "If-Match",
            "\"" + version + "\"",
            "Idempotency-Key",
            "\"" + id() + "\"");
    assertThat(answer.status()).isEqualTo(412);
    assertThat(answer.type()).isEqualTo("urn:occ4j:conflict");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"%d\"", "W/\"%d\"", "\"%d-gzip\"", "%d", "*"})
  void put_entityTagsAsIntermediariesLeaveThem_areUnderstood(String tag) throws Exception {
    String task = client.newTask("Write");
    long version = client.task(task).path("version").asLong();
    Answer answer =
        client.put(
            task,
            "{\"title\":\"Done\"}",
            "If-Match",
            tag.formatted(version),
            "Idempotency-Key",
            id());
    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void put_updatedAtAsPrecondition_isUnderstood() throws Exception {
    String task = client.newTask("Write");
    String updatedAt = client.task(task).path("updatedAt").asText();
    String body = "{\"clientMutationId\":\"%s\",\"updatedAt\":\"%s\",\"title\":\"Done\"}";
    assertThat(client.put(task, body.formatted(id(), updatedAt)).status()).isEqualTo(200);
    assertThat(client.put(task, body.formatted(id(), updatedAt)).status()).isEqualTo(409);
  }

  @Test
  void put_noPrecondition_is428() throws Exception {
    String task = client.newTask("Write");
    Answer answer = client.put(task, "{\"title\":\"x\",\"clientMutationId\":\"" + id() + "\"}");
    assertThat(answer.status()).isEqualTo(428);
    assertThat(answer.type()).isEqualTo("urn:occ4j:precondition-required");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"title\":\"x\",\"version\":1}",
        "{\"title\":\"x\",\"version\":1,\"clientMutationId\":\"7\"}"
      })
  void put_idMissingOrMalformed_is400(String body) throws Exception {
    Answer answer = client.put(client.newTask("Write"), body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.type()).isEqualTo("urn:occ4j:mutation-id");
  }

  @Test
  void put_sameIdOtherPayload_is422() throws Exception {
    String task = client.newTask("Write");
    long version = client.task(task).path("version").asLong();
    String mutation = id();
    String body = "{\"clientMutationId\":\"%s\",\"version\":%d,\"title\":\"%s\"}";
    client.put(task, body.formatted(mutation, version, "one"));
    Answer answer = client.put(task, body.formatted(mutation, version, "two"));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.type()).isEqualTo("urn:occ4j:mutation-mismatch");
    assertThat(client.task(task).path("title").asText()).isEqualTo("one");
  }

  @Test
  void put_sentTwice_isReplayedAlsoAfterOthersWrote() throws Exception {
    String task = client.newTask("Write");
    String body = write(client.task(task).path("version").asLong(), "\"title\":\"one\"");
    Answer first = client.put(task, body);
    client.put(task, write(first.body().path("version").asLong(), "\"title\":\"two\""));
    Answer second = client.put(task, body);
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(client.task(task).path("title").asText()).isEqualTo("two");
  }

  @Test
  void delete_byHeaders_removesAndAWriteAfterItFindsNothing() throws Exception {
    String task = client.newTask("Write");
    long version = client.task(task).path("version").asLong();
    Answer answer = client.delete(task, "If-Match", "\"" + version + "\"", "Idempotency-Key", id());
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().path("id").asText()).isEqualTo(task);
    assertThat(client.get("tasks/" + task).status()).isEqualTo(404);
    assertThat(client.get("tasks").body()).isEmpty();
    Answer late = client.put(task, write(version, "\"title\":\"late\""));
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.body().path("current").isNull()).isTrue();
    assertThat(late.body().has("current")).isTrue();
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | {",
        "400 | []",
        "400 | null",
        "400 | 7",
        "400 | {\"title\":\"a\"} trailing",
        "400 | {\"title\":\"a\",\"title\":\"b\"}",
        "400 | {\"title\":7}",
        "400 | {\"title\":null}",
        "400 | {\"title\":\"  \"}",
        "400 | {\"status\":\"later\"}",
        "400 | {\"owner\":\"x\"}",
        "400 | {\"id\":\"another\"}",
        "400 | {\"title\":{\"deep\":1}}",
      })
  void put_badBody_is400WithAReasonAndChangesNothing(int status, String body) throws Exception {
    String task = client.newTask("Write");
    Answer before = client.get("tasks/" + task);
    Answer answer =
        client.put(task, body, "If-Match", before.header("ETag"), "Idempotency-Key", id());
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body().path("detail").asText()).isNotBlank();
    assertThat(client.task(task)).isEqualTo(before.body());
  }

  @Test
  void put_overLongText_is400AndOverLargeBodyIs413() throws Exception {
    String task = client.newTask("Write");
    Answer before = client.get("tasks/" + task);
    assertThat(client.put(task, "{\"title\":\"" + "x".repeat(201) + "\",\"version\":1}").status())
        .isEqualTo(400);
    assertThat(client.put(task, "{\"description\":\"" + "x".repeat(200_000) + "\"}").status())
        .isEqualTo(413);
    assertThat(client.task(task)).isEqualTo(before.body());
  }

  @Test
  void request_fromAnotherSite_is403() throws Exception {
    Answer answer =
        client.send(
            "POST",
            "tasks",
            "{\"title\":\"x\",\"clientMutationId\":\"" + id() + "\"}",
            "Origin",
            "http://elsewhere.example");
    assertThat(answer.status()).isEqualTo(403);
    assertThat(client.get("tasks").body()).isEmpty();
  }

  @Test
  void request_unknownAddressOrMethod_isSaid() throws Exception {
    assertThat(client.get("tasks/none").status()).isEqualTo(404);
    assertThat(client.get("tasksx").status()).isEqualTo(404);
    assertThat(client.get("nothing.html").status()).isEqualTo(404);
    assertThat(client.get("..%2Fweb%2Findex.html").status()).isEqualTo(404);
    Answer patch = client.send("PATCH", "tasks", "{}");
    assertThat(patch.status()).isEqualTo(405);
    assertThat(patch.header("Allow")).isEqualTo("GET, POST");
  }

  @Test
  void board_restarted_keepsTasksAndAnswers() throws Exception {
    String body = "{\"title\":\"Survive\",\"clientMutationId\":\"" + id() + "\"}";
    Answer before = client.post(body);
    stop();
    start();
    assertThat(client.get("tasks").body().get(0)).isEqualTo(before.body());
    assertThat(client.post(body).header("Idempotency-Replayed")).isEqualTo("true");
  }

  private static String id() {
    return UUID.randomUUID().toString();
  }

  private static String write(long version, String field) {
    return "{\"clientMutationId\":\"%s\",\"version\":%d,%s}".formatted(id(), version, field);
  }
}
