/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request, read with limits. */
final class Request {

  /** The most bytes that a body may have; more than the longest task needs in any encoding. */
  static final int MAX_BODY_BYTES = 128 * 1024;

  private static final String USER_HEADER = "X-User";
  private static final String NOBODY = "anonymous";
  private static final int LONGEST_USER = 100;

  private final HttpExchange exchange;

  Request(HttpExchange exchange) {
    this.exchange = exchange;
  }

  String method() {
    return exchange.getRequestMethod();
  }

  String path() {
    return exchange.getRequestURI().getPath();
  }

  /** A header's value, several lines joined by commas, or null where there is none. */
  @Nullable String header(String name) {
    List<String> lines = exchange.getRequestHeaders().get(name);
    return lines == null ? null : String.join(", ", lines);
  }

  /**
   * Who asks, as the header says; the demo has no login. Browsers send it percent-encoded.
   *
   * @throws BadRequest if the name is too long or has control characters
   */
  String user() {
    String header = header(USER_HEADER);
    if (header == null || header.isBlank()) {
      return NOBODY;
    }
    String user = percentDecoded(header.strip());
    if (user.isEmpty()
        || user.length() > LONGEST_USER
        || user.chars().anyMatch(Character::isISOControl)) {
      throw new BadRequest(
          USER_HEADER
              + " is a name of 1 to "
              + LONGEST_USER
              + " characters without control characters");
    }
    return user;
  }

  private static String percentDecoded(String text) {
    try {
      // URLDecoder means forms, where a plus is a blank; in a header it is a plus.
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return text;
    }
  }

  /**
   * Refuses what another site's page sends through the visitor's browser.
   *
   * @throws BadRequest with status 403
   */
  void requireSameOrigin() {
    String origin = header("Origin");
    String host = header("Host");
    if (origin != null && !origin.equals("null") && host != null) {
      if (!host.equalsIgnoreCase(authority(origin))) {
        throw new BadRequest(403, "requests from other sites are not served");
      }
    }
  }

  private static @Nullable String authority(String origin) {
    try {
      return URI.create(origin).getRawAuthority();
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }

  /**
   * The members of the JSON body.
   *
   * @throws BadRequest if it is too large or no JSON object
   */
  Map<String, @Nullable Object> body() throws IOException {
    return TaskJson.readObject(bytes());
  }

  /** The same, where the body may be left out. */
  Map<String, @Nullable Object> bodyOrEmpty() throws IOException {
    byte[] bytes = bytes();
    return bytes.length == 0 ? Map.of() : TaskJson.readObject(bytes);
  }

  private byte[] bytes() throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      byte[] bytes = in.readNBytes(MAX_BODY_BYTES + 1);
      if (bytes.length > MAX_BODY_BYTES) {
        throw new BadRequest(413, "the body has more than " + MAX_BODY_BYTES + " bytes");
      }
      return bytes;
    }
  }
}
