/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The fields that a request sets; the others keep their value.
 *
 * <p>It is checked as a whole before anything is done, so that bad input changes nothing.
 */
final class TaskPatch {

  private static final int MAX_TITLE = 200;
  private static final int MAX_DESCRIPTION = 10_000;
  private static final int MAX_ASSIGNEE = 100;

  /**
   * What a body may carry besides the fields of a task: for the library, and what clients read
   * back.
   */
  private static final Set<String> NOT_SET_BY_CLIENTS =
      Set.of("clientMutationId", "version", "updatedAt", "updatedBy", "id");

  private final @Nullable String title;
  private final @Nullable String description;
  private final @Nullable TaskStatus status;
  private final @Nullable String assignee;

  private TaskPatch(Map<String, @Nullable Object> body) {
    this.title = title(body);
    this.description = text(body, "description", MAX_DESCRIPTION);
    this.status = status(body);
    this.assignee = text(body, "assignee", MAX_ASSIGNEE);
  }

  /**
   * The patch of a request's body for the task with this id.
   *
   * @throws BadRequest naming the first field that is unknown, of another type, too long, or not
   *     this task's
   */
  static TaskPatch of(@Nullable String id, Map<String, @Nullable Object> body) {
    for (String field : new TreeMap<>(body).keySet()) {
      if (!NOT_SET_BY_CLIENTS.contains(field) && !isTaskField(field)) {
        throw new BadRequest("there is no field '" + BadRequest.shown(field) + "'");
      }
    }
    Object bodyId = body.get("id");
    if (bodyId != null && !bodyId.equals(id)) {
      throw new BadRequest(
          "'id' is " + BadRequest.shown(bodyId) + ", not the task of this address");
    }
    return new TaskPatch(body);
  }

  private static boolean isTaskField(String field) {
    return switch (field) {
      case "title", "description", "status", "assignee" -> true;
      default -> false;
    };
  }

  /** Whether a new task can be made of it. */
  boolean hasTitle() {
    return title != null;
  }

  Task applyTo(Task task) {
    return new Task(
        Objects.requireNonNullElse(title, task.title()),
        Objects.requireNonNullElse(description, task.description()),
        Objects.requireNonNullElse(status, task.status()),
        Objects.requireNonNullElse(assignee, task.assignee()));
  }

  /** The same text for the same patch, whatever the order and spacing of the request. */
  String canonical() {
    return String.join("\u001f", mark(title), mark(description), mark(status), mark(assignee));
  }

  private static String mark(@Nullable Object value) {
    return value == null ? "-" : "=" + value;
  }

  private static @Nullable String title(Map<String, @Nullable Object> body) {
    String title = text(body, "title", MAX_TITLE);
    if (title != null && title.isBlank()) {
      throw new BadRequest("'title' must not be blank");
    }
    return title;
  }

  private static @Nullable TaskStatus status(Map<String, @Nullable Object> body) {
    String status = text(body, "status", MAX_TITLE);
    if (status == null) {
      return null;
    }
    return TaskStatus.ofWireName(status)
        .orElseThrow(
            () ->
                new BadRequest(
                    "'status' is one of "
                        + TaskStatus.wireNames()
                        + ", not "
                        + BadRequest.shown(status)));
  }

  private static @Nullable String text(
      Map<String, @Nullable Object> body, String field, int longest) {
    if (!body.containsKey(field)) {
      return null;
    }
    if (!(body.get(field) instanceof String text)) {
      throw new BadRequest("'" + field + "' must be a string");
    }
    if (text.length() > longest) {
      throw new BadRequest(
          "'" + field + "' has " + text.length() + " characters; " + longest + " is the most");
    }
    if (text.chars()
        .anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')) {
      throw new BadRequest("'" + field + "' has a control character");
    }
    return text;
  }
}
