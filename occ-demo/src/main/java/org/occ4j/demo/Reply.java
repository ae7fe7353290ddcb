/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.occ4j.http.HttpAnswer;

/**
 * An answer, ready to be sent.
 *
 * @param status the HTTP status
 * @param headers names and values
 * @param body the bytes; may be empty
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; handed from one method to the next
record Reply(int status, Map<String, String> headers, byte[] body) {

  private static final String PROBLEM_URN = "urn:occ4j-demo:";

  static Reply json(int status, Object value) {
    return new Reply(status, Map.of("Content-Type", "application/json"), TaskJson.write(value));
  }

  /** What the library answers, with its body written out. */
  static Reply of(HttpAnswer answer) {
    Object body = answer.body();
    return body == null
        ? new Reply(answer.status(), answer.headers(), new byte[0])
        : json(answer.status(), body).headers(answer.headers());
  }

  /** A refusal of the demo's own. */
  static Reply problem(int status, String type, String detail) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", PROBLEM_URN + type);
    problem.put("title", "The request was refused");
    problem.put("status", status);
    problem.put("detail", detail);
    return new Reply(
        status, Map.of("Content-Type", HttpAnswer.PROBLEM_JSON), TaskJson.write(problem));
  }

  static Reply methodNotAllowed(String allowed) {
    return problem(405, "method-not-allowed", "allowed here: " + allowed).header("Allow", allowed);
  }

  Reply header(String name, String value) {
    return headers(Map.of(name, value));
  }

  Reply headers(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.putAll(more);
    return new Reply(status, all, body);
  }

  void sendTo(HttpExchange exchange) throws IOException {
    headers.forEach(exchange.getResponseHeaders()::set);
    exchange.getResponseHeaders().set("Cache-Control", "no-cache");
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    boolean hasBody = body.length > 0 && !exchange.getRequestMethod().equals("HEAD");
    // The JDK's server takes -1 for "no body"; 0 would mean a body of unknown length.
    exchange.sendResponseHeaders(status, hasBody ? body.length : -1);
    if (hasBody) {
      exchange.getResponseBody().write(body);
    }
  }
}
