/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A balancer as it stands before a cluster: each connection to its port goes on to the next server
 * that takes it.
 */
final class RoundRobin implements AutoCloseable {
  private static final int CONNECT_MILLIS = 2_000;
  private static final int BUFFER = 16 * 1024;

  private final ServerSocket entrance;
  private final List<Integer> targets;
  private final AtomicInteger next = new AtomicInteger();

  /** Begins to take connections for these ports of the loopback address. */
  RoundRobin(List<Integer> targets) {
    this.targets = List.copyOf(targets);
    try {
      entrance = new ServerSocket(Ports.reserve(), 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("No port for a balancer", e);
    }
    start("balancer", this::accept);
  }

  int port() {
    return entrance.getLocalPort();
  }

  private static void start(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        start("balanced", () -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = connect()) {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      start("answers", () -> pump(server, client));
      pump(client, server);
    } catch (IOException broken) {
      // Both ends are closed, which is all that either can be told.
    }
  }

  private Socket connect() throws IOException {
    IOException last = new IOException("no server");
    for (int i = 0; i < targets.size(); i++) {
      int target = targets.get(Math.floorMod(next.getAndIncrement(), targets.size()));
      Socket server = new Socket();
      try {
        server.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_MILLIS);
        return server;
      } catch (IOException refused) {
        server.close();
        last = refused;
      }
    }
    throw last;
  }

  /** An end of one is passed on to the other. */
  private static void pump(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        out.flush();
      }
    } catch (IOException broken) {
      // As an end.
    }
    closeQuietly(from);
    closeQuietly(to);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed.
    }
  }

  @Override
  public void close() {
    try {
      entrance.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
