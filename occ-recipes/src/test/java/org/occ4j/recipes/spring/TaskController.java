/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.function.Function;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.OccException;
import org.occ4j.Scope;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.WriteRequest;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.HandlerMapping;

/** The wire contract in Spring MVC: conditional reads, and writes that are answered whole. */
@RestController
class TaskController {
  private final JdbcVersionedStore<String, Task> tasks;
  private final JdbcMutationPipeline<String, Task> pipeline;
  private final TaskService service;

  TaskController(
      JdbcVersionedStore<String, Task> tasks,
      JdbcMutationPipeline<String, Task> pipeline,
      TaskService service) {
    this.tasks = tasks;
    this.pipeline = pipeline;
    this.service = service;
  }

  private static HttpContract<Task> contract(String id) {
    return HttpContract.<Task>builder(
            state ->
                Map.of(
                    "id", id,
                    "version", state.version(),
                    "title", state.value().title(),
                    "done", state.value().done()))
        .rejectionStatus(Edit.ABSENT, 404)
        .constraintCode("task_title_not_empty", "title-empty")
        .build();
  }

  /** The whole adapter: status, headers, and a body that Spring writes as JSON. */
  private static ResponseEntity<Object> respond(HttpAnswer answer) {
    return ResponseEntity.status(answer.status())
        .headers(headers -> answer.headers().forEach(headers::set))
        .body(answer.body());
  }

  /** Several lines of one header are one list. */
  private static Function<String, String> headers(HttpServletRequest request) {
    return name -> WriteRequest.joined(Collections.list(request.getHeaders(name)));
  }

  @GetMapping("/tasks/{id}")
  ResponseEntity<Object> read(@PathVariable String id, HttpServletRequest request) {
    return respond(contract(id).read(headers(request), tasks.get(id)));
  }

  @PutMapping("/tasks/{id}")
  ResponseEntity<Object> rename(
      @PathVariable String id, @RequestBody Map<String, Object> body, HttpServletRequest request) {
    String title = (String) body.get("title");
    Edit<Task> edit = Edit.update(task -> new Task(title, task.done()));
    return respond(
        contract(id)
            .handle(
                WriteRequest.read(headers(request), body, scope("task.rename")),
                asked ->
                    pipeline.apply(
                        Mutation.of(asked.id(), id, asked.expected(), edit)
                            .fingerprint(payload(body))
                            .build())));
  }

  @PostMapping("/tasks/{id}")
  ResponseEntity<Object> create(
      @PathVariable String id, @RequestBody Map<String, Object> body, HttpServletRequest request) {
    Edit<Task> edit = Edit.set(new Task((String) body.get("title"), false));
    return respond(
        contract(id)
            .handle(
                WriteRequest.readCreation(headers(request), body, scope("task.create")),
                asked ->
                    pipeline.apply(
                        Mutation.of(asked.id(), id, asked.expected(), edit)
                            .fingerprint(payload(body))
                            .build()),
                "/tasks/" + id));
  }

  @PostMapping("/tasks/{id}/completion")
  ResponseEntity<Object> complete(
      @PathVariable String id, @RequestBody Map<String, Object> body, HttpServletRequest request) {
    return respond(
        contract(id)
            .handle(
                WriteRequest.read(headers(request), body, scope("task.complete")),
                asked -> service.complete(id, asked)));
  }

  /** Without an id of a mutation: the store alone, whose conflict the exception handler answers. */
  @DeleteMapping("/tasks/{id}")
  ResponseEntity<Object> delete(@PathVariable String id, @RequestParam("version") long version) {
    tasks.delete(id, Expected.version(version)).orThrow();
    return ResponseEntity.noContent().build();
  }

  /** What the client means, so that the same id with another title is noticed. */
  private static Fingerprint payload(Map<String, Object> body) {
    return Fingerprint.of(String.valueOf(body.get("title")).getBytes(StandardCharsets.UTF_8));
  }

  /** The user is the one who is logged in; here there is one. */
  private static Scope scope(String operation) {
    return new Scope("acme", "ana", operation);
  }

  /**
   * What the library throws outside of {@code handle}, such as a read that fails, or {@code
   * orThrow()} of a conflict in a transaction that is to be rolled back by it. The contract logs
   * it.
   */
  @ExceptionHandler
  ResponseEntity<Object> answer(OccException failure, HttpServletRequest request) {
    Object path = request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE);
    return respond(contract((String) ((Map<?, ?>) path).get("id")).answer(failure));
  }
}
