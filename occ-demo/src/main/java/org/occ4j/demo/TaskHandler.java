/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.OccException;
import org.occ4j.Scope;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.ParsedRequest;
import org.occ4j.http.WriteRequest;
import org.occ4j.mutation.Edit;
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
        reply = Reply.of(contract("").answer(broken));
      } catch (RuntimeException bug) {
        LOG.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), bug);
        reply = Reply.problem(500, "internal", "The server failed; its log says why.");
      }
      reply.sendTo(exchange);
    }
  }

  private Reply route(Request request) throws IOException {
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
    if (!isId(id)) {
      return notFound(path);
    }
    return switch (request.method()) {
      case "GET" -> read(id, request);
      case "PUT" -> change(id, request);
      case "DELETE" -> delete(id, request);
      default -> Reply.methodNotAllowed("GET, PUT, DELETE");
    };
  }

  static boolean isId(String text) {
    return !text.isEmpty() && text.length() <= LONGEST_ID && !text.contains("/");
  }

  private Reply read(String id, Request request) {
    return Reply.of(contract(id).read(request::header, tasks.get().get(id)));
  }

  private static Reply notFound(String id) {
    return Reply.problem(404, "not-found", "there is no task " + BadRequest.shown(id));
  }

  private Reply create(Request request) throws IOException {
    Map<String, @Nullable Object> body = request.body();
    TaskPatch patch = TaskPatch.of(null, body);
    if (!patch.hasTitle()) {
      throw new BadRequest("'title' is missing");
    }
    ParsedRequest parsed =
        WriteRequest.readCreation(request::header, body, scope(request, "task.create"));
    String id =
        parsed instanceof ParsedRequest.Accepted accepted
            ? Tasks.idOf(accepted.request().id())
            : "";
    HttpAnswer answer =
        contract(id)
            .handle(parsed, accepted -> tasks.get().create(id, accepted, patch), PATH + "/" + id);
    return Reply.of(answer);
  }

  private Reply change(String id, Request request) throws IOException {
    Map<String, @Nullable Object> body = request.body();
    TaskPatch patch = TaskPatch.of(id, body);
    ParsedRequest parsed = WriteRequest.read(request::header, body, scope(request, "task.change"));
    return Reply.of(
        contract(id).handle(parsed, accepted -> tasks.get().change(id, accepted, patch)));
  }

  private Reply delete(String id, Request request) throws IOException {
    Map<String, @Nullable Object> body = request.bodyOrEmpty();
    TaskPatch.of(id, body);
    ParsedRequest parsed = WriteRequest.read(request::header, body, scope(request, "task.delete"));
    HttpAnswer answer = contract(id).handle(parsed, accepted -> tasks.get().delete(id, accepted));
    // What a deletion leaves is the id; one answer for all writes spares clients the empty body.
    return answer.status() == 204
        ? Reply.json(200, Map.of("id", id)).headers(answer.headers())
        : Reply.of(answer);
  }

  private static Scope scope(Request request, String operation) {
    return new Scope(TENANT, request.user(), operation);
  }

  private static HttpContract<Task> contract(String id) {
    return HttpContract.<Task>builder(state -> new LinkedHashMap<>(TaskJson.view(id, state)))
        .change(TaskJson::view)
        .rejectionStatus(Edit.ABSENT, 404)
        .build();
  }
}
