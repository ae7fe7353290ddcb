/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.jdbc.JdbcTaggedCache;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.ParsedRequest;
import org.occ4j.http.WriteRequest;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;

/** A whole service in one file: a table, a cache, HTTP; and a second node of it. */
class FirstServiceTest {

  private static final String TABLE =
      """
      CREATE TABLE task (
        id BIGINT PRIMARY KEY, title VARCHAR(100) NOT NULL, done BOOLEAN NOT NULL, version BIGINT NOT NULL);
      """;

  record Task(long id, String title, boolean done) {}

  /** The recipe: as many as there are nodes, over one database. */
  static final class TaskServer implements AutoCloseable {
    static {
      // Without this each answer of the JDK's server waits 40 ms for the client to acknowledge the
      // head.
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final ObjectMapper mapper = new ObjectMapper();
    private final OccDatabase db;
    private final CachedStore<Long, Task> cached;
    private final JdbcMutationPipeline<Long, Task> pipeline;
    private final HttpServer server;

    TaskServer(DataSource dataSource) throws IOException {
      db = OccDatabase.builder(dataSource).createSchema().open();
      var tasks = db.store(TableMapping.record(Task.class, Long.class).build());
      cached = JdbcTaggedCache.of(tasks).maximumSize(10_000).build();
      // <readme>
      Codec<Task> json =
          Codec.of(
              "task/1", mapper::writeValueAsBytes, bytes -> mapper.readValue(bytes, Task.class));
      var pipeline = db.pipeline(tasks, json).build(); // keeps answers, to repeat them
      // </readme>
      this.pipeline = pipeline;
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/tasks/", this::handle);
      server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
      try (exchange) {
        long id = Long.parseLong(exchange.getRequestURI().getPath().substring("/tasks/".length()));
        boolean reads = exchange.getRequestMethod().equals("GET");
        HttpAnswer answer =
            reads ? contract().read(headers(exchange), cached.get(id)) : write(id, exchange);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        byte[] bytes = answer.body() == null ? null : mapper.writeValueAsBytes(answer.body());
        exchange.sendResponseHeaders(answer.status(), bytes == null ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes == null ? new byte[0] : bytes);
      }
    }

    /**
     * POST creates, PUT changes; what the client read and its id are in the headers or the body.
     */
    @SuppressWarnings("unchecked")
    private HttpAnswer write(long id, HttpExchange exchange) throws IOException {
      byte[] payload = exchange.getRequestBody().readAllBytes();
      Map<String, Object> body = mapper.readValue(payload, Map.class);
      Scope scope = new Scope("acme", "ana", "task.write"); // who is logged in, and does what
      ParsedRequest parsed =
          exchange.getRequestMethod().equals("POST")
              ? WriteRequest.readCreation(headers(exchange), body, scope)
              : WriteRequest.read(headers(exchange), body, scope);
      Edit<Task> edit = Edit.set(new Task(id, (String) body.get("title"), false));
      return contract()
          .handle(
              parsed,
              asked ->
                  pipeline.apply(
                      Mutation.of(asked.id(), id, asked.expected(), edit)
                          .fingerprint(Fingerprint.of(payload)) // another change needs another id
                          .build()));
    }

    /** Several lines of one header are one list. */
    private static Function<String, String> headers(HttpExchange exchange) {
      return name -> WriteRequest.joined(exchange.getRequestHeaders().get(name));
    }

    private static HttpContract<Task> contract() {
      return HttpContract.<Task>builder(TaskServer::view).build();
    }

    private static Map<String, Object> view(Versioned<Task> state) {
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("id", state.value().id());
      view.put("title", state.value().title());
      view.put("done", state.value().done());
      view.put("version", state.version());
      return view;
    }

    @Override
    public void close() {
      server.stop(0);
      cached.close();
      db.close();
    }
  }

  private static HttpResponse<String> send(
      TaskServer node, String method, Map<String, Object> body, String... headers)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + node.server.getAddress().getPort() + "/tasks/42");
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(1));
    String text = node.mapper.writeValueAsString(body);
    request.method(method, HttpRequest.BodyPublishers.ofString(text));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private static Map<String, Object> titled(String title) {
    return Map.of("title", title, "clientMutationId", UUID.randomUUID().toString());
  }

  @Test
  void service_onTwoNodes_losesNoWriteAndServesNothingOldForLong() throws Exception {
    try (HikariDataSource pool = Databases.pool()) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(TABLE);
      }
      try (TaskServer one = new TaskServer(pool);
          TaskServer two = new TaskServer(pool)) {
        HttpResponse<String> created = send(one, "POST", titled("Ship"));
        assertThat(created.statusCode()).isEqualTo(201);
        String etag = created.headers().firstValue("ETag").orElseThrow();
        assertThat(send(two, "GET", Map.of()).body()).contains("Ship");

        HttpResponse<String> changed = send(two, "PUT", titled("Ship it"), "If-Match", etag);
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(send(two, "GET", Map.of()).body()).isEqualTo(changed.body());
        HttpResponse<String> late = send(one, "PUT", titled("Late"), "If-Match", etag);
        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(late.body()).contains("Ship it");
        await()
            .atMost(Duration.ofSeconds(90))
            .until(() -> send(one, "GET", Map.of()).body().equals(changed.body()));
      }
    }
  }

  @Test
  void readme_lines_areThoseOfThisTest() throws IOException {
    String readme = stripped(Files.readString(Path.of("../README.md")));
    String here = "../occ-recipes/src/test/java/org/occ4j/recipes/FirstServiceTest.java";
    assertThat(readme).contains(stripped(TABLE));
    assertThat(readme)
        .contains(stripped(Files.readString(Path.of(here)).split("// </?readme>", -1)[1]));
  }

  private static String stripped(String text) {
    return Arrays.stream(text.strip().split("\n"))
        .map(String::strip)
        .collect(Collectors.joining("\n"));
  }
}
