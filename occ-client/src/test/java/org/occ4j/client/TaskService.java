/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.Fingerprint;
import org.occ4j.KeyCodec;
import org.occ4j.Scope;
import org.occ4j.client.Server.Task;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.WriteRequest;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.Rejection;
import org.occ4j.store.VersionedStore;

/** A service over real sockets that speaks the contract, and whatever a test puts in its way. */
final class TaskService implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  /** What happens to one exchange. */
  interface Fault {
    void handle(HttpExchange exchange) throws IOException;
  }

  /** A request as it came in. */
  record Seen(String method, String id, String authorization, String contentType) {}

  final VersionedStore<String, Task> store = VersionedStore.inMemory(KeyCodec.strings());
  final AtomicInteger effects = new AtomicInteger();
  final List<Seen> seen = new CopyOnWriteArrayList<>();

  /** One for each exchange to come; those after the last are answered as they should be. */
  final Queue<Fault> faults = new ConcurrentLinkedQueue<>();

  private final MutationPipeline<String, Task> pipeline = MutationPipeline.inMemory(store).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final HttpServer server;

  TaskService() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/tasks/", this::handle);
    server.start();
  }

  URI address(String key) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/tasks/" + key);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      seen.add(
          new Seen(
              exchange.getRequestMethod(),
              String.valueOf(exchange.getRequestHeaders().getFirst("Idempotency-Key")),
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
              String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"))));
      Fault fault = faults.poll();
      if (fault == null) {
        write(exchange, carryOut(exchange));
      } else {
        fault.handle(exchange);
      }
    }
  }

  // Faults.

  /** Carries it out and closes the connection without a word. */
  Fault answerLost() {
    return this::carryOut;
  }

  /** Carries it out and closes the connection in the middle of the body. */
  Fault answerCutOff() {
    return exchange -> {
      byte[] body = body(carryOut(exchange));
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body, 0, body.length / 2);
      exchange.getResponseBody().flush();
    };
  }

  /** Carries it out, sends the headers and half of the body, and then nothing until the end. */
  Fault bodyThatStalls() {
    return exchange -> {
      byte[] body = body(carryOut(exchange));
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body, 0, body.length / 2);
      exchange.getResponseBody().flush();
      waitForTheEnd();
    };
  }

  /** Never answers, and carries out nothing. */
  Fault silence() {
    return exchange -> waitForTheEnd();
  }

  /** Something in between answers with a page of its own. */
  static Fault page(int status, String... headers) {
    return exchange -> {
      exchange.getRequestBody().readAllBytes();
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      byte[] page = "<html>no</html>".getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/html");
      exchange.sendResponseHeaders(status, page.length);
      exchange.getResponseBody().write(page);
    };
  }

  /** The service's own refusal. */
  static Fault problem(int status, String type, String... headers) {
    return exchange -> {
      exchange.getRequestBody().readAllBytes();
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      byte[] body = JSON.writeValueAsBytes(Map.of("type", "urn:occ4j:" + type, "detail", "Detail"));
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    };
  }

  private void waitForTheEnd() {
    try {
      closing.await();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  // What a service does.

  private HttpAnswer carryOut(HttpExchange exchange) throws IOException {
    String key = exchange.getRequestURI().getPath().substring("/tasks/".length());
    byte[] sent = exchange.getRequestBody().readAllBytes();
    HttpContract<Task> contract = HttpContract.<Task>builder(state -> json(state)).build();
    if (exchange.getRequestMethod().equals("GET")) {
      return contract.read(exchange.getRequestHeaders()::getFirst, store.get(key));
    }
    Task value = sent.length == 0 ? null : JSON.readValue(sent, Task.class);
    return contract.handle(
        WriteRequest.read(
            exchange.getRequestHeaders()::getFirst, Map.of(), new Scope("t", "u", "edit")),
        request ->
            pipeline.apply(
                Mutation.of(request.id(), key, request.expected(), edit(value))
                    .fingerprint(Fingerprint.of(sent))
                    .build()));
  }

  private Edit<Task> edit(Task value) {
    return current -> {
      if (value != null && value.title().equals(Server.FORBIDDEN)) {
        throw new Rejection("rule", "not that");
      }
      effects.incrementAndGet();
      return value;
    };
  }

  private static Map<String, Object> json(org.occ4j.Versioned<Task> state) {
    Task task = state.value();
    return Map.of(
        "title", task.title(),
        "assignee", task.assignee(),
        "votes", task.votes(),
        "version", state.version());
  }

  private static byte[] body(HttpAnswer answer) throws IOException {
    return answer.body() == null ? new byte[0] : JSON.writeValueAsBytes(answer.body());
  }

  private static void write(HttpExchange exchange, HttpAnswer answer) throws IOException {
    byte[] body = body(answer);
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
