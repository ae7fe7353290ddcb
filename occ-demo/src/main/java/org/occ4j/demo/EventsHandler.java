/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.occ4j.http.EventReader;
import org.occ4j.http.EventStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /events}: other people's changes, as they are committed.
 *
 * <p>Each reader has a thread, apart from those of other requests, and there is a bound on them. A
 * reader that does not read is given up when a write takes too long, and every answer ends after
 * some minutes, so that one that is gone without a word holds nothing for good. Coming back loses
 * nothing.
 */
final class EventsHandler implements HttpHandler, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventsHandler.class);

  static final String PATH = "/events";

  private static final int MOST_READERS = 100;
  private static final int IDLE_SECONDS = 30;
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final long LONGEST_ANSWER_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final EventStream stream;
  private final Duration longestWrite;
  private final Set<EventReader> readers = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0, MOST_READERS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>());
  private final ScheduledThreadPoolExecutor watch = new ScheduledThreadPoolExecutor(1);

  EventsHandler(EventStream stream, Duration longestWrite) {
    this.stream = stream;
    this.longestWrite = longestWrite;
    watch.setRemoveOnCancelPolicy(true); // one for each write
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    Request request = new Request(exchange);
    if (!request.method().equals("GET")) {
      reply(exchange, Reply.methodNotAllowed("GET"));
      return;
    }
    try {
      EventReader reader = stream.open(request.header("Last-Event-ID"));
      threads.execute(() -> serve(exchange, reader));
    } catch (RejectedExecutionException full) {
      reply(exchange, Reply.problem(503, "busy", "too many readers").header("Retry-After", "30"));
    }
  }

  private static void reply(HttpExchange exchange, Reply reply) throws IOException {
    try (exchange) {
      reply.sendTo(exchange);
    }
  }

  /** How many are being served. */
  int readers() {
    return readers.size();
  }

  /** Ends every answer, as a network does that is cut. */
  void cut() {
    readers.forEach(EventReader::close);
  }

  private void serve(HttpExchange exchange, EventReader reader) {
    readers.add(reader);
    try (exchange;
        reader) {
      exchange.getResponseHeaders().set("Content-Type", EventStream.CONTENT_TYPE);
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      exchange.sendResponseHeaders(200, 0);
      writeAll(exchange.getResponseBody(), reader);
    } catch (IOException gone) {
      LOG.debug("a reader of {} is gone", PATH, gone);
    } catch (InterruptedException tooSlow) {
      LOG.debug("a reader of {} was given up", PATH, tooSlow);
    } finally {
      readers.remove(reader);
      // A watch that came late is not for the next reader.
      Thread.interrupted();
    }
  }

  private void writeAll(OutputStream out, EventReader reader)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < LONGEST_ANSWER_NANOS) {
      String frames = reader.next(HEARTBEAT);
      if (frames == null) {
        return;
      }
      write(out, frames.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** An interrupt closes the connection, which ends a write that nobody reads. */
  private void write(OutputStream out, byte[] bytes) throws IOException {
    Thread writer = Thread.currentThread();
    Future<?> watched =
        watch.schedule(writer::interrupt, longestWrite.toNanos(), TimeUnit.NANOSECONDS);
    try {
      out.write(bytes);
      out.flush();
    } finally {
      watched.cancel(false);
    }
  }

  @Override
  public void close() {
    stream.close();
    watch.shutdownNow();
    threads.shutdownNow();
  }
}
