/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;

/**
 * Reads the HTTP answers of a service that speaks this library's contract ({@code docs/http.md}),
 * for a {@link ClientTransport} over whatever HTTP client there is.
 *
 * <p>Only the contract's own words settle a mutation: a success with the state that it made, or a
 * problem document whose type begins with {@code urn:occ4j:}. A refusal by anything in between is
 * {@link Reply.Foreign}; a failure of anything in between, and half an answer, are {@link
 * Reply.Lost}; an answer that cannot be understood is {@link Reply.Unclear}, and never an absence.
 *
 * <p>Immutable and thread-safe, as far as the two functions are. No method throws for what a server
 * answers.
 *
 * @param <V> the values
 */
public final class HttpReplies<V> {
  private static final String OURS = "urn:occ4j:";

  private final Function<String, ? extends @Nullable Object> json;
  private final Function<Map<?, ?>, Versioned<V>> state;

  /**
   * A reader.
   *
   * @param json reads a JSON text into maps, lists and so on, as any JSON library does; whole
   *     numbers exactly. What it throws means that the text is no JSON
   * @param state the state in the JSON of a resource. What it throws, for instance where the
   *     version is missing, means that this is none
   */
  public HttpReplies(
      Function<String, ? extends @Nullable Object> json, Function<Map<?, ?>, Versioned<V>> state) {
    this.json = Objects.requireNonNull(json, "json");
    this.state = Objects.requireNonNull(state, "state");
  }

  /**
   * What this answer says about the request.
   *
   * @param status the HTTP status
   * @param header the value of the header of this name, in any case, or null where there is none
   * @param body the body as text, empty where there is none
   */
  public Reply<V> read(
      MutationRequest<?, V> request,
      int status,
      Function<String, @Nullable String> header,
      String body) {
    if (status >= 200 && status < 300) {
      return success(request, body);
    }
    Map<?, ?> problem = members(body);
    Duration pause = RetryAfter.read(header.apply("Retry-After"), header.apply("Date"));
    String type = String.valueOf(problem.get("type"));
    String detail = text(problem, status, "detail", "title");
    return type.startsWith(OURS)
        ? own(type.substring(OURS.length()), problem, status, pause, detail)
        : foreign(status, pause, detail);
  }

  /** The state in the answer to a read, or nothing where the service says that there is none. */
  Optional<Versioned<V>> state(int status, String body) {
    if (status == 404 && (OURS + "not-found").equals(members(body).get("type"))) {
      return Optional.empty();
    }
    Versioned<V> read = status == 200 ? stateOf(members(body)) : null;
    if (read == null) {
      throw new UncheckedIOException(
          new IOException("no state in the answer to a read: HTTP " + status));
    }
    return Optional.of(read);
  }

  private Reply<V> success(MutationRequest<?, V> request, String body) {
    Object made;
    try {
      made = body.isBlank() ? null : json.apply(body);
    } catch (RuntimeException cutOffOrNoJson) {
      return new Reply.Lost<>();
    }
    if (request.value() == null) {
      return new Reply.Confirmed<>(null); // a deletion need not show anything
    }
    Versioned<V> read = stateOf(made);
    return read == null
        ? new Reply.Unclear<>("the state in a success was not understood")
        : new Reply.Confirmed<>(read);
  }

  private Reply<V> own(String type, Map<?, ?> problem, int status, Duration pause, String detail) {
    return switch (type) {
      case "conflict" -> conflict(problem);
      case "in-flight", "unavailable", "capacity" -> new Reply.Retry<>(pause);
      case "outcome-unknown" -> new Reply.Lost<>(pause);
      case "unresolved", "internal" -> new Reply.Unclear<>(detail);
      default ->
          status == 404 || status == 410
              ? new Reply.Conflict<>(null) // the service's rule for what is absent
              : new Reply.Rejected<>(text(problem, status, "code", "type"), detail);
    };
  }

  private Reply<V> conflict(Map<?, ?> problem) {
    Object current = problem.get("current");
    Versioned<V> read = stateOf(current);
    if (read == null && !(current == null && problem.containsKey("current"))) {
      // It surely changed nothing, and there is nothing to show or to merge.
      return new Reply.Rejected<>("conflict", "the state in a conflict was not understood");
    }
    return new Reply.Conflict<>(read);
  }

  private static <V> Reply<V> foreign(int status, Duration pause, String detail) {
    return status >= 500 || status == 408 || status == 429
        ? new Reply.Lost<>(pause)
        : new Reply.Foreign<>("http-" + status, detail);
  }

  private @Nullable Versioned<V> stateOf(@Nullable Object read) {
    try {
      return read instanceof Map<?, ?> members ? state.apply(members) : null;
    } catch (RuntimeException notAState) {
      return null;
    }
  }

  private Map<?, ?> members(String body) {
    try {
      return json.apply(body) instanceof Map<?, ?> members ? members : Map.of();
    } catch (RuntimeException pageOfAProxy) {
      return Map.of();
    }
  }

  private static String text(Map<?, ?> problem, int status, String first, String second) {
    if (problem.get(first) instanceof String text) {
      return text;
    }
    return problem.get(second) instanceof String text ? text : "HTTP " + status;
  }
}
