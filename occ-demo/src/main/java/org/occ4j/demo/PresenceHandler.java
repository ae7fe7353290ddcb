/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.Map;
import org.occ4j.http.Presence;

/** Serves {@code /presence/{id}}: somebody is editing this task, or has left it. */
final class PresenceHandler implements HttpHandler {
  static final String PATH = "/presence";

  private final Presence presence;

  PresenceHandler(Presence presence) {
    this.presence = presence;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = route(new Request(exchange));
      } catch (BadRequest refused) {
        reply = Reply.problem(refused.status(), "invalid", refused.reason());
      }
      reply.sendTo(exchange);
    }
  }

  private Reply route(Request request) {
    request.requireSameOrigin();
    String path = request.path();
    String id = path.startsWith(PATH + "/") ? path.substring(PATH.length() + 1) : "";
    if (!TaskHandler.isId(id)) {
      return Reply.problem(404, "not-found", "there is no task " + BadRequest.shown(path));
    }
    switch (request.method()) {
      case "POST" -> presence.here(id, request.user());
      case "DELETE" -> presence.gone(id, request.user());
      default -> {
        return Reply.methodNotAllowed("POST, DELETE");
      }
    }
    return new Reply(204, Map.of(), new byte[0]);
  }
}
