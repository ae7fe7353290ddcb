/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;

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

  @GetMapping("/tasks/{id}")
  ResponseEntity<Object> read(@PathVariable String id, HttpServletRequest request) {
    return respond(contract(id).read(request::getHeader, tasks.get(id)));
  }

  @PutMapping("/tasks/{id}")
  ResponseEntity<Object> rename(
      @PathVariable String id, @RequestBody Map<String, Object> body, HttpServletRequest request) {
    String title = (String) body.get("title");
    Edit<Task> edit = Edit.update(task -> new Task(title, task.done()));
    return respond(
        contract(id)
            .handle(
                WriteRequest.read(request::getHeader, body, scope("task.rename")),
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
                WriteRequest.readCreation(request::getHeader, body, scope("task.create")),
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
                WriteRequest.read(request::getHeader, body, scope("task.complete")),
                asked -> service.complete(id, asked)));
  }

  /** What the client means, so that the same id with another title is noticed. */
  private static Fingerprint payload(Map<String, Object> body) {
    return Fingerprint.of(String.valueOf(body.get("title")).getBytes(StandardCharsets.UTF_8));
  }

  /** The user is the one who is logged in; here there is one. */
  private static Scope scope(String operation) {
    return new Scope("acme", "ana", operation);
  }

  /** What the library throws outside of a contract's handler, such as a read that fails. */
  @RestControllerAdvice
  static class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    @ExceptionHandler
    ResponseEntity<Object> answer(OccException failure) {
      LOG.warn("a request failed", failure); // Spring takes it for handled, and logs nothing.
      return respond(HttpContract.answer(failure));
    }
  }
}
