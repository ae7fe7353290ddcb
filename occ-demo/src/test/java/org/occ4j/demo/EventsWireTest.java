/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.change.ChangeFeed;
import org.occ4j.http.EventStream;

/** What a reader of the events costs the server that does not read, or is gone. */
class EventsWireTest {
  private static final Duration LONGEST_WRITE = Duration.ofSeconds(1);
  private static final int MEGABYTE = 1 << 20;

  private final EventStream stream =
      EventStream.builder(ChangeFeed.inMemory(), Map::toString).build();
  private final EventsHandler events = new EventsHandler(stream, LONGEST_WRITE);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(EventsHandler.PATH, events);
    server.start();
  }

  @AfterEach
  void stop() {
    events.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private Socket reader() throws Exception {
    Socket socket = new Socket(server.getAddress().getAddress(), server.getAddress().getPort());
    socket
        .getOutputStream()
        .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
    return socket;
  }

  /** Whether a new reader is told this; on a busy machine one may be given up before. */
  private boolean isTold(String line) throws Exception {
    try (Socket hearing = reader()) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(hearing.getInputStream(), US_ASCII));
      return in.lines().anyMatch(line::equals);
    } catch (UncheckedIOException givenUp) {
      return false;
    }
  }

  @Test
  void readerThatDoesNotRead_isGivenUp_andOthersAreTold() throws Exception {
    String data = "x".repeat(MEGABYTE);
    try (Socket deaf = reader()) {
      await().until(() -> events.readers() == 1);
      assertThat(deaf.isConnected()).isTrue();

      await()
          .until(
              () -> {
                stream.publish("much", data);
                return events.readers() == 0;
              });
    }
    stream.publish("much", "little");

    await().until(() -> isTold("data: little"));
  }

  @Test
  void server_endsWhileReadersWait() throws Exception {
    try (Socket waiting = reader()) {
      assertThat(waiting.getInputStream().read()).isEqualTo('H');

      events.close();

      await().until(() -> events.readers() == 0);
    }
  }
}
