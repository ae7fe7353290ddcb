/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A status, headers, and for a refusal the problem document; a successful answer's body is the
 * application's to write.
 *
 * <p>Immutable and thread-safe, as far as the values in the problem document are.
 *
 * @param status the HTTP status
 * @param headers names in their usual spelling, values ready to be written; with a problem document
 *     {@code Content-Type} is among them
 * @param problem the members of the problem document (RFC 9457) in a fixed order, to be written by
 *     the application's JSON library; null for a success
 */
public record HttpAnswer(
    int status, Map<String, String> headers, @Nullable Map<String, @Nullable Object> problem) {

  /** The media type of a problem document. */
  public static final String PROBLEM_JSON = "application/problem+json";

  /** Copies both maps. */
  public HttpAnswer {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    if (problem != null) {
      problem = Collections.unmodifiableMap(new LinkedHashMap<String, @Nullable Object>(problem));
    }
  }

  /** A success without headers. */
  public static HttpAnswer success(int status) {
    return new HttpAnswer(status, Map.of(), null);
  }

  /**
   * A refusal with the type's own status.
   *
   * @param detail what happened this time, for people
   */
  public static HttpAnswer refusal(ProblemType type, String detail) {
    return refusal(type, type.status(), detail, Map.of());
  }

  /**
   * A refusal that says when to ask again.
   *
   * @param retryAfter sent in whole seconds, rounded up, at least one
   */
  public static HttpAnswer refusal(ProblemType type, String detail, Duration retryAfter) {
    return refusal(type, detail).withHeader("Retry-After", Long.toString(seconds(retryAfter)));
  }

  static HttpAnswer refusal(
      ProblemType type, int status, String detail, Map<String, ? extends @Nullable Object> more) {
    Map<String, @Nullable Object> problem = new LinkedHashMap<>();
    problem.put("type", type.urn());
    problem.put("title", type.title());
    problem.put("status", status);
    problem.put("detail", Objects.requireNonNull(detail, "detail"));
    problem.putAll(more);
    return new HttpAnswer(status, Map.of("Content-Type", PROBLEM_JSON), problem);
  }

  private static long seconds(Duration duration) {
    long whole = duration.getSeconds();
    return Math.max(1, duration.getNano() == 0 ? whole : whole + 1);
  }

  /** The same answer with this header added or replaced. */
  public HttpAnswer withHeader(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
    return new HttpAnswer(status, more, problem);
  }

  /** Whether the request was carried out. */
  public boolean isSuccess() {
    return problem == null;
  }
}
