/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.occ4j.testkit.NearlyRight;

/**
 * Bytes that are nearly a request, sent to the board's port: none is a fault of the server, and the
 * board changes only where the answer says so.
 */
class BadBytesTest {
  private static final int REQUESTS = 300;
  private static final int PATIENCE_MILLIS = 60_000;

  /** The server's own word for a transfer coding that it does not know (RFC 9112, section 6.1). */
  private static final int UNKNOWN_CODING = 501;

  @TempDir Path data;

  private final NearlyRight draw = new NearlyRight("bytes");

  @Test
  void bytesThatAreNearlyARequest_areNoFaultOfTheServerAndChangeNothingUnsaid() throws Exception {
    TreeSet<Integer> statuses = new TreeSet<>();
    try (BoardServer board = BoardServer.start(TaskBoardWireTest.options(data, 0))) {
      BoardClient client = new BoardClient(board.url());
      client.newTask("Write");
      JsonNode tasks = client.get("tasks").body();
      for (int i = 0; i < NearlyRight.rounds(REQUESTS); i++) {
        byte[] request = draw.bytes(List.of(request(tasks.get(0)).getBytes(UTF_8)));
        String answer = answer(URI.create(board.url()), request);
        String asked = new String(request, UTF_8);
        int status = answer.isEmpty() ? 0 : Integer.parseInt(answer.split(" ", 3)[1]);
        assertThat(status == UNKNOWN_CODING || status < 500).as(asked + answer).isTrue();
        JsonNode after = client.get("tasks").body();
        if (!answer.contains("HTTP/1.1 20")) {
          assertThat(after).as(asked).isEqualTo(tasks);
        }
        tasks = after;
        statuses.add(status);
      }
    }
    assertThat(statuses).as("each kind of answer was reached").contains(200, 201, 400, 404, 409);
  }

  private String request(JsonNode task) {
    String id = ",\"clientMutationId\":\"" + UUID.randomUUID() + "\"}";
    String version = task.path("version").asText();
    String path = "/tasks/" + task.path("id").asText();
    return draw.any(
        List.of(
            request("POST", "/tasks", "{\"title\":\"New\",\"status\":\"todo\"" + id),
            request("PUT", path, "{\"title\":\"Tidy\",\"version\":" + version + id),
            request("PUT", path, "{\"status\":\"doing\",\"version\":1" + id),
            request("DELETE", path, "{\"updatedAt\":\"2026-11-29T12:00:00Z\"" + id),
            request("PATCH", path, ""),
            request("HEAD", "/", ""),
            request("GET", draw.text(List.of(path)), "")));
  }

  private String request(String method, String path, String whole) {
    String body = draw.chance(70) ? whole : draw.text(List.of(whole));
    int length = draw.chance(90) ? body.getBytes(UTF_8).length : body.length() / 2;
    return (method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n")
        + ("X-User: " + (draw.chance(80) ? "ana" : draw.text(List.of("ana"))) + "\r\n")
        + (draw.chance(10) ? "If-Match: " + draw.text(List.of("\"1\"", "*")) + "\r\n" : "")
        + (draw.chance(5) ? "Transfer-Encoding: " + draw.text(List.of("chunked")) + "\r\n" : "")
        + ("Content-Length: " + length + "\r\nConnection: close\r\n\r\n")
        + body;
  }

  /** All that the server sends until it closes; empty where it only closes. */
  private static String answer(URI server, byte[] request) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(request);
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      in.transferTo(answer);
    } catch (SocketException closed) {
      // A server that refuses a request need not read it to its end.
    }
    return answer.toString(ISO_8859_1);
  }
}
