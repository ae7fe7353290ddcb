/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A status, headers, and what the body says, to be written by the application's JSON library.
 *
 * <p>Immutable and thread-safe, as far as the values in the body are.
 *
 * @param status the HTTP status
 * @param headers names in their usual spelling, values ready to be written. With a problem document
 *     {@code Content-Type} is among them; what the contract's view makes of a state has the content
 *     type of whatever writes it, which is the application's to set
 * @param body of a success what the contract's view makes of the state, or null where there is
 *     none; of a refusal (status 400 and above) the problem document, see {@link #problem}
 */
public record HttpAnswer(int status, Map<String, String> headers, @Nullable Object body) {

  /** The media type of a problem document. */
  public static final String PROBLEM_JSON = "application/problem+json";

  private static final int LEAST_REFUSAL = 400;

  /**
   * Copies the headers and a problem document.
   *
   * @throws IllegalArgumentException if the body of a refusal is no problem document
   */
  public HttpAnswer {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    if (status >= LEAST_REFUSAL) {
      if (!(body instanceof Map<?, ?> problem)) {
        throw new IllegalArgumentException("a refusal has a problem document");
      }
      body = Collections.unmodifiableMap(new LinkedHashMap<>(problem));
    }
  }

  /** A success, or a redirection such as 304, without headers and body. */
  public static HttpAnswer success(int status) {
    return success(status, null);
  }

  static HttpAnswer success(int status, @Nullable Object body) {
    return new HttpAnswer(status, Map.of(), body);
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
    return new HttpAnswer(status, more, body);
  }

  /** Whether the request was carried out. */
  public boolean isSuccess() {
    return status < LEAST_REFUSAL;
  }

  /** The members of the problem document (RFC 9457) in a fixed order; null for a success. */
  @SuppressWarnings("unchecked") // the constructor has seen to it, and only strings are put in
  public @Nullable Map<String, @Nullable Object> problem() {
    return isSuccess() ? null : (Map<String, @Nullable Object>) body;
  }
}
