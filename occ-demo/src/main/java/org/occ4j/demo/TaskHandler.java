/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;
import org.occ4j.OccException;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.ParsedRequest;
import org.occ4j.http.WriteRequest;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.MutationResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /tasks} and {@code /tasks/{id}}: requests in, the pipeline's answers out. */
final class TaskHandler implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TaskHandler.class);

  static final String PATH = "/tasks";
  private static final String TENANT = "demo";
  private static final int LONGEST_ID = 64;

  private final Supplier<Tasks> tasks;

  TaskHandler(Supplier<Tasks> tasks) {
    this.tasks = tasks;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Request request = new Request(exchange);
      Reply reply;
      try {
        reply = route(request);
      } catch (BadRequest refused) {
        reply = Reply.problem(refused.status(), "invalid", refused.reason());
      } catch (OccException broken) {
        LOG.warn("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), broken);
        reply = Reply.of(HttpContract.answer(broken));
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        reply = Reply.of(HttpContract.unavailable(java.time.Duration.ofSeconds(1)));
      } catch (RuntimeException bug) {
        LOG.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), bug);
        reply = Reply.problem(500, "internal", "The server failed; its log says why.");
      }
      reply.sendTo(exchange);
    }
  }

  private Reply route(Request request) throws IOException, InterruptedException {
    request.requireSameOrigin();
    String path = request.path();
    if (path.equals(PATH)) {
      return switch (request.method()) {
        case "GET" -> Reply.json(200, tasks.get().list());
        case "POST" -> create(request);
        default -> Reply.methodNotAllowed("GET, POST");
      };
    }
    // The server hands over whatever begins with the context's path, also "/tasksomething".
    String id = path.startsWith(PATH + "/") ? path.substring(PATH.length() + 1) : "";
    if (id.isEmpty() || id.length() > LONGEST_ID || id.contains("/")) {
      return notFound(path);
    }
    return switch (request.method()) {
      case "GET" -> read(id);
      case "PUT" -> change(id, request);
      case "DELETE" -> delete(id, request);
      default -> Reply.methodNotAllowed("GET, PUT, DELETE");
    };
  }

  private Reply read(String id) {
    Versioned<Task> state = tasks.get().get(id).orElse(null);
    return state == null
        ? notFound(id)
        : Reply.json(200, TaskJson.view(id, state)).header("ETag", state.etag());
  }

  private static Reply notFound(String id) {
    return Reply.problem(404, "not-found", "there is no task " + BadRequest.shown(id));
  }

  private Reply create(Request request) throws IOException, InterruptedException {
    Map<String, @Nullable Object> body = request.body();
    TaskPatch patch = TaskPatch.of(null, body);
    if (!patch.hasTitle()) {
      throw new BadRequest("'title' is missing");
    }
    Scope scope = scope(request, "task.create");
    ParsedRequest reading = WriteRequest.readCreation(request::header, body, scope);
    if (reading instanceof ParsedRequest.Accepted accepted) {
      MutationId mutation = accepted.request().id();
      String id = Tasks.idOf(mutation);
      return answer(
          id, accepted.request(), () -> tasks.get().create(id, accepted.request(), patch));
    }
    return Reply.of(((ParsedRequest.Refused) reading).answer());
  }

  private Reply change(String id, Request request) throws IOException, InterruptedException {
    Map<String, @Nullable Object> body = request.body();
    TaskPatch patch = TaskPatch.of(id, body);
    ParsedRequest reading = WriteRequest.read(request::header, body, scope(request, "task.change"));
    return reading instanceof ParsedRequest.Accepted accepted
        ? answer(id, accepted.request(), () -> tasks.get().change(id, accepted.request(), patch))
        : Reply.of(((ParsedRequest.Refused) reading).answer());
  }

  private Reply delete(String id, Request request) throws IOException, InterruptedException {
    Map<String, @Nullable Object> body = request.bodyOrEmpty();
    TaskPatch.of(id, body);
    ParsedRequest reading = WriteRequest.read(request::header, body, scope(request, "task.delete"));
    return reading instanceof ParsedRequest.Accepted accepted
        ? answer(id, accepted.request(), () -> tasks.get().delete(id, accepted.request()))
        : Reply.of(((ParsedRequest.Refused) reading).answer());
  }

  private static Scope scope(Request request, String operation) {
    return new Scope(TENANT, request.user(), operation);
  }

  /** One call of the pipeline. */
  private interface Call {
    MutationResult<Task> apply() throws InterruptedException;
  }

  private static Reply answer(String id, WriteRequest request, Call call)
      throws InterruptedException {
    HttpContract<Task> contract = contract(id);
    MutationResult<Task> result;
    try {
      result = call.apply();
    } catch (OccException broken) {
      LOG.warn("mutation {} of task {} failed", request.id().clientMutationId(), id, broken);
      return Reply.of(contract.answer(request, broken));
    }
    HttpAnswer answer = contract.answer(request, result, PATH + "/" + id);
    return result instanceof MutationResult.Applied<Task> applied
        ? applied(id, answer, applied.current())
        : Reply.of(answer);
  }

  private static Reply applied(String id, HttpAnswer answer, @Nullable Versioned<Task> current) {
    if (current == null) {
      // What a deletion leaves is the id; one answer for all writes spares clients the empty body.
      return Reply.json(200, Map.of("id", id)).headers(answer.headers());
    }
    return Reply.json(answer.status(), TaskJson.view(id, current)).headers(answer.headers());
  }

  private static HttpContract<Task> contract(String id) {
    return HttpContract.<Task>builder(state -> new LinkedHashMap<>(TaskJson.view(id, state)))
        .change(TaskJson::view)
        .rejectionStatus(Edit.ABSENT, 404)
        .build();
  }
}
