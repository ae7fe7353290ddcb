/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.regex.Pattern;

/** Serves the page and its modules from the class path. */
final class WebFiles implements HttpHandler {

  private static final String FOLDER = "web/";
  private static final Pattern PLAIN_NAME = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)*");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml");

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      reply(exchange.getRequestMethod(), exchange.getRequestURI().getPath()).sendTo(exchange);
    }
  }

  private static Reply reply(String method, String path) throws IOException {
    if (!method.equals("GET")) {
      return Reply.methodNotAllowed("GET");
    }
    String name = path.equals("/") ? "index.html" : path.substring(1);
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    // Only names of one plain part: no way up, none into other packages.
    if (type == null || !PLAIN_NAME.matcher(name).matches()) {
      return notFound(path);
    }
    try (InputStream file = WebFiles.class.getResourceAsStream(FOLDER + name)) {
      return file == null
          ? notFound(path)
          : new Reply(
              200,
              Map.of("Content-Type", type, "Content-Security-Policy", "default-src 'self'"),
              file.readAllBytes());
    }
  }

  private static Reply notFound(String path) {
    return Reply.problem(404, "not-found", "there is nothing at " + BadRequest.shown(path));
  }
}
