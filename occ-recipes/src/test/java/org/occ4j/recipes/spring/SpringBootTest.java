/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.http.PreconditionSource;
import org.occ4j.http.WriteRequest;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.store.WriteResult;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.orm.ObjectOptimisticLockingFailureException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The application of this package, asked over HTTP. */
class SpringBootTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static ConfigurableApplicationContext application;

  @BeforeAll
  static void start() {
    application = SpringApplication.run(TaskApplication.class);
  }

  @AfterAll
  static void stop() {
    application.close();
  }

  private record Reply(int status, HttpResponse<String> response) {
    JsonNode body() throws IOException {
      return JSON.readTree(response.body());
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  private static Reply send(String method, String path, Object body, String... headers)
      throws Exception {
    String port = application.getEnvironment().getProperty("local.server.port");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(JSON.writeValueAsString(body)));
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
    return new Reply(response.statusCode(), response);
  }

  private static String key() {
    return UUID.randomUUID().toString();
  }

  private static Reply create(String id) throws Exception {
    return send("POST", "/tasks/" + id, Map.of("title", "Tidy"), "Idempotency-Key", key());
  }

  @SuppressWarnings("unchecked")
  private static JdbcVersionedStore<String, Task> store() {
    return (JdbcVersionedStore<String, Task>) application.getBean("tasks");
  }

  private static long audits(String id) {
    Long count =
        application
            .getBean(JdbcTemplate.class)
            .queryForObject("SELECT COUNT(*) FROM audit WHERE task = ?", Long.class, id);
    return count == null ? 0 : count;
  }

  @Test
  void controller_createsReadsChangesAndConflicts() throws Exception {
    Reply created = create("1");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.header("Location")).isEqualTo("/tasks/1");
    assertThat(created.body().get("title").asText()).isEqualTo("Tidy");
    String etag = created.header("ETag");

    assertThat(send("GET", "/tasks/1", null, "If-None-Match", etag).status()).isEqualTo(304);
    assertThat(send("GET", "/tasks/none", null).status()).isEqualTo(404);

    Map<String, String> renamed = Map.of("title", "Tidy up");
    String id = key();
    Reply changed = send("PUT", "/tasks/1", renamed, "Idempotency-Key", id, "If-Match", etag);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.body().get("title").asText()).isEqualTo("Tidy up");
    Reply replayed = send("PUT", "/tasks/1", renamed, "Idempotency-Key", id, "If-Match", etag);
    assertThat(replayed.status()).isEqualTo(200);
    assertThat(replayed.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(replayed.body()).isEqualTo(changed.body());

    Reply conflict =
        send("PUT", "/tasks/1", Map.of("title", "x"), "Idempotency-Key", key(), "If-Match", etag);
    assertThat(conflict.status()).isEqualTo(412);
    assertThat(conflict.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(conflict.body().get("current").get("title").asText()).isEqualTo("Tidy up");
  }

  @Test
  void exceptionHandler_conflict_isAnsweredAsOne() throws Exception {
    long version = create("handled").body().get("version").asLong();

    Reply late = send("DELETE", "/tasks/handled?version=" + (version + 1), null);
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.body().get("current").get("id").asText()).isEqualTo("handled");
    assertThat(send("DELETE", "/tasks/handled?version=" + version, null).status()).isEqualTo(204);
  }

  @Test
  void controller_dataThatAConstraintRefuses_is422() throws Exception {
    String etag = create("2").header("ETag");
    Reply refused =
        send("PUT", "/tasks/2", Map.of("title", ""), "Idempotency-Key", key(), "If-Match", etag);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.body().get("code").asText()).isIn("title-empty", "data-rejected");
  }

  @Test
  void transactional_mutationAndOwnRowsAreCommittedTogetherAndOnce() throws Exception {
    String etag = create("3").header("ETag");
    String id = key();
    for (int i = 0; i < 3; i++) {
      Reply completed =
          send("POST", "/tasks/3/completion", Map.of(), "Idempotency-Key", id, "If-Match", etag);
      assertThat(completed.status()).isEqualTo(200);
      assertThat(completed.body().get("done").asBoolean()).isTrue();
    }
    assertThat(audits("3")).isEqualTo(1);
  }

  @Test
  void transactional_rolledBack_leavesNeitherMutationNorRows() throws Exception {
    create("4");
    TransactionTemplate outer =
        new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
    WriteRequest asked =
        new WriteRequest(
            new MutationId(new Scope("acme", "ana", "task.complete"), UUID.randomUUID()),
            Expected.present(),
            PreconditionSource.IMPLIED);
    outer.executeWithoutResult(
        status -> {
          try {
            application.getBean(TaskService.class).complete("4", asked);
          } catch (InterruptedException interrupt) {
            throw new AssertionError(interrupt);
          }
          status.setRollbackOnly();
        });
    assertThat(store().get("4").orElseThrow().value().done()).isFalse();
    assertThat(audits("4")).isZero();
  }

  @Test
  void jpa_andTheStore_seeEachOthersWrites() throws Exception {
    create("5");
    TaskEntities entities = application.getBean(TaskEntities.class);
    TaskEntity read = entities.findById("5").orElseThrow();
    Versioned<Task> before = store().get("5").orElseThrow();
    assertThat(read.version()).isEqualTo(before.version());
    assertThat(read.title()).isEqualTo(before.value().title());
    assertThat(read.isDone()).isFalse();

    WriteResult<Task> stored =
        store().put("5", new Task("by the store", false), Expected.version(before.version()));
    assertThat(stored.isApplied()).isTrue();
    read.rename("by JPA");
    assertThatThrownBy(() -> entities.saveAndFlush(read))
        .isInstanceOf(ObjectOptimisticLockingFailureException.class);

    TaskEntity fresh = entities.findById("5").orElseThrow();
    fresh.rename("by JPA");
    entities.saveAndFlush(fresh);
    assertThat(
            store()
                .put("5", new Task("x", false), Expected.version(stored.current().version()))
                .isApplied())
        .as("a write over JPA's")
        .isFalse();
    assertThat(store().get("5").orElseThrow().value().title()).isEqualTo("by JPA");
  }

  @Test
  void actuator_showsHealthAndOutcomes() throws Exception {
    create("6");
    JsonNode health = send("GET", "/actuator/health", null).body().get("components");
    assertThat(health.get("occHealth").get("status").asText()).isEqualTo("UP");
    assertThat(health.get("occHealth").get("details").get("database").asText()).isEqualTo("UP");
    JsonNode applied =
        send("GET", "/actuator/metrics/occ.pipeline.mutations?tag=outcome:applied", null).body();
    assertThat(applied.get("measurements").get(0).get("value").asDouble()).isPositive();
  }

  @Test
  void shutdown_closesTheLibraryBeforeThePool() {
    ConfigurableApplicationContext other = SpringApplication.run(TaskApplication.class);
    HikariDataSource pool = other.getBean(HikariDataSource.class);
    @SuppressWarnings("unchecked")
    JdbcVersionedStore<String, Task> tasks =
        (JdbcVersionedStore<String, Task>) other.getBean("tasks");
    assertThat(tasks.get("none")).isEmpty();
    other.close();
    assertThat(pool.isClosed()).isTrue();
  }
}
