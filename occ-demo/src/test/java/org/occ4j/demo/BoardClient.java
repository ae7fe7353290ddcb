/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.UUID;

/** Speaks to a board as any other client would. */
final class BoardClient {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String url;

  BoardClient(String url) {
    this.url = url;
  }

  /** An answer, with its body read as JSON. */
  record Answer(int status, Map<String, java.util.List<String>> headers, JsonNode body) {
    String header(String name) {
      return headers
          .getOrDefault(name.toLowerCase(java.util.Locale.ROOT), java.util.List.of(""))
          .get(0);
    }

    String type() {
      return body.path("type").asText();
    }
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  Answer post(String body, String... headers) throws IOException, InterruptedException {
    return send(with(request("tasks"), headers).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  Answer put(String id, String body, String... headers) throws IOException, InterruptedException {
    return send(
        with(request("tasks/" + id), headers).PUT(HttpRequest.BodyPublishers.ofString(body)));
  }

  Answer delete(String id, String... headers) throws IOException, InterruptedException {
    return send(with(request("tasks/" + id), headers).DELETE());
  }

  Answer send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    return send(
        with(request(path), headers).method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  /** The id of a new task with this title. */
  String newTask(String title) throws IOException, InterruptedException {
    Answer answer =
        post("{\"title\":\"%s\",\"clientMutationId\":\"%s\"}".formatted(title, UUID.randomUUID()));
    if (answer.status() != 201) {
      throw new AssertionError("no task was made: " + answer);
    }
    return answer.body().path("id").asText();
  }

  JsonNode task(String id) throws IOException, InterruptedException {
    return get("tasks/" + id).body();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path))
        .header("Content-Type", "application/json")
        .header("X-User", "ana");
  }

  private static HttpRequest.Builder with(HttpRequest.Builder request, String... headers) {
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return request;
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<byte[]> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    JsonNode body = response.body().length == 0 ? JSON.nullNode() : readJson(response.body());
    return new Answer(response.statusCode(), response.headers().map(), body);
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException malformed) {
      throw new IllegalArgumentException(text, malformed);
    }
  }

  private static JsonNode readJson(byte[] bytes) throws IOException {
    return bytes[0] == '{' || bytes[0] == '[' ? JSON.readTree(bytes) : JSON.nullNode();
  }
}
