/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.occ4j.http.EventStream;
import org.occ4j.http.Presence;
import org.occ4j.jdbc.OccDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The board, running: an HTTP server over a database, until it is closed. */
final class BoardServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BoardServer.class);

  private static final int THREADS = 32;
  private static final int CONNECTIONS = 10;
  private static final int GRACE_SECONDS = 1;
  private static final Duration LONGEST_WRITE = Duration.ofSeconds(10);

  static {
    // Headers and body leave in two packets; with Nagle's algorithm on, the second one waits 40 ms
    // for the client to acknowledge the first. The JDK's server reads this once, when it is first
    // used.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HikariDataSource pool;
  private final OccDatabase database;
  private final Tasks tasks;
  private final EventsHandler events;
  private final ThreadPoolExecutor threads =
      (ThreadPoolExecutor) Executors.newFixedThreadPool(THREADS);
  private final HttpServer server;

  private BoardServer(Options options) throws IOException {
    this.server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getByName(options.host()), options.port()), 0);
    this.pool = pool(options);
    this.database = OccDatabase.builder(pool).createSchema().open();
    this.tasks = new Tasks(database);
    EventStream stream = EventStream.builder(database.changes(), TaskJson::text).build();
    this.events = new EventsHandler(stream, LONGEST_WRITE);
    server.setExecutor(threads);
    server.createContext("/", new WebFiles());
    server.createContext(TaskHandler.PATH, new TaskHandler(() -> tasks));
    server.createContext(EventsHandler.PATH, events);
    server.createContext(StatsHandler.PATH, new StatsHandler(database::stats));
    server.createContext(
        PresenceHandler.PATH, new PresenceHandler(new Presence(stream, TaskJson::text)));
  }

  /**
   * Starts to listen.
   *
   * @throws IOException if the address is taken or not this machine's
   * @throws org.occ4j.OccException if the database cannot be opened
   */
  static BoardServer start(Options options) throws IOException {
    BoardServer board = new BoardServer(options);
    board.server.start();
    return board;
  }

  private static HikariDataSource pool(Options options) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("board");
    config.setJdbcUrl(options.jdbcUrl());
    config.setUsername(options.user());
    config.setPassword(options.password());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(1);
    // Whether the database answers is asked once, by OccDatabase, which says it in its own words.
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  /** Where it listens, for people and browsers. */
  String url() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    return "http://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + address.getPort()
        + "/";
  }

  HikariDataSource pool() {
    return pool;
  }

  EventsHandler events() {
    return events;
  }

  @Override
  public void close() {
    events.close(); // a server waits for answers that do not end
    awaitIdle();
    server.stop(0);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("requests were still running when the board closed");
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
    tasks.close();
    database.close();
    pool.close();
  }

  /**
   * The JDK's server waits for its whole grace also where no request is under way (JDK-8304065).
   */
  private void awaitIdle() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
    while (threads.getActiveCount() > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }
}
