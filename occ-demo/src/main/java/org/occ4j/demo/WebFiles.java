/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * Serves the page and its modules from the class path: those of the page itself, and under {@code
 * /webjars/occ4j/} those of the WebJar, whose version the page need not know.
 */
final class WebFiles implements HttpHandler {

  private static final String PAGES = "/org/occ4j/demo/web/";
  private static final String WEBJAR = "/webjars/occ4j/";
  private static final String RESOURCES = "/META-INF/resources";
  private static final Pattern PLAIN_NAME = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)*");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml");

  private final String webjar = RESOURCES + WEBJAR + webjarVersion() + "/";

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      reply(exchange.getRequestMethod(), exchange.getRequestURI().getPath()).sendTo(exchange);
    }
  }

  private Reply reply(String method, String path) throws IOException {
    if (!method.equals("GET")) {
      return Reply.methodNotAllowed("GET");
    }
    boolean ours = !path.startsWith(WEBJAR);
    String folder = ours ? PAGES : webjar;
    String name = path.equals("/") ? "index.html" : path.substring(ours ? 1 : WEBJAR.length());
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    // Only names of one plain part: no way up, none into other packages.
    if (type == null || !PLAIN_NAME.matcher(name).matches()) {
      return notFound(path);
    }
    try (InputStream file = WebFiles.class.getResourceAsStream(folder + name)) {
      return file == null
          ? notFound(path)
          : new Reply(
              200,
              Map.of("Content-Type", type, "Content-Security-Policy", "default-src 'self'"),
              file.readAllBytes());
    }
  }

  /** As every framework finds it that serves WebJars without their version. */
  private static String webjarVersion() {
    Properties versions = new Properties();
    try (InputStream file =
        WebFiles.class.getResourceAsStream(RESOURCES + "/webjars-locator.properties")) {
      if (file != null) {
        versions.load(file);
      }
    } catch (IOException unreadable) {
      throw new IllegalStateException("the WebJar's version cannot be read", unreadable);
    }
    return versions.getProperty("occ4j.version", "");
  }

  private static Reply notFound(String path) {
    return Reply.problem(404, "not-found", "there is nothing at " + BadRequest.shown(path));
  }
}
