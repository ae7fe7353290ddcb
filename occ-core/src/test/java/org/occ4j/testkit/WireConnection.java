/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.testkit.WireProxy.Direction;
import org.occ4j.testkit.WireSession.Mark;
import org.occ4j.testkit.WireSession.Piece;

/**
 * One connection through a {@link WireProxy}: a reader and a writer thread for each direction. The
 * two are apart so that a delay is a latency and not a limit on throughput: bytes that arrive while
 * earlier ones are under way become due one delay after their own arrival.
 */
final class WireConnection {
  private static final int CHUNK = 64 * 1024;
  private static final int PIECES_UNDER_WAY = 1024;

  /** Bytes to be written when the clock reaches {@code due}; no bytes at all say: end of stream. */
  @SuppressWarnings("ArrayRecordComponent") // Parcels are written once and never compared.
  private record Parcel(byte[] bytes, long due, boolean endsAnswer) {
    boolean endsStream() {
      return bytes.length == 0;
    }
  }

  private final WireProxy proxy;
  private final Socket client;
  private final Socket server = new Socket();
  private final WireSession session;
  private final BlockingQueue<Parcel> toServer = new LinkedBlockingQueue<>(PIECES_UNDER_WAY);
  private final BlockingQueue<Parcel> toClient = new LinkedBlockingQueue<>(PIECES_UNDER_WAY);
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch connected = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong roundTrips = new AtomicLong();

  // Written before the statement goes to the server, so the reader of its answer sees them.
  private volatile long doomedStatement = Long.MAX_VALUE;
  private volatile @Nullable PlannedFault doom;

  WireConnection(WireProxy proxy, Socket client, WireSession session) {
    this.proxy = proxy;
    this.client = client;
    this.session = session;
    threads.add(proxy.newThread("client-in", () -> run(this::readClient)));
    threads.add(proxy.newThread("server-in", () -> run(this::readServer)));
    threads.add(
        proxy.newThread(
            "server-out", () -> run(() -> feed(toServer, server, Direction.TO_SERVER))));
    threads.add(
        proxy.newThread(
            "client-out", () -> run(() -> feed(toClient, client, Direction.TO_CLIENT))));
  }

  private interface Body {
    void run() throws IOException, InterruptedException;
  }

  /**
   * Starts the threads; the reader of the client connects to the server, the others wait for that.
   */
  void start() {
    threads.forEach(Thread::start);
    if (closed.get()) {
      // close() may have come before the threads could be interrupted.
      threads.forEach(Thread::interrupt);
    }
  }

  long statements() {
    return sent.get();
  }

  long roundTrips() {
    return roundTrips.get();
  }

  int clientPort() {
    return client.getPort();
  }

  private void run(Body body) {
    try {
      body.run();
    } catch (IOException | InterruptedException broken) {
      // One end is gone, or close() was called: both mean that this connection is over.
      close();
    } catch (RuntimeException unreadable) {
      proxy.report(unreadable);
      close();
    }
  }

  private void readClient() throws IOException, InterruptedException {
    proxy.awaitFlow(Direction.TO_SERVER);
    server.connect(proxy.target());
    server.setTcpNoDelay(true);
    client.setTcpNoDelay(true);
    connected.countDown();
    byte[] chunk = new byte[CHUNK];
    boolean midStatement = false;
    boolean waited = false;
    for (int n = read(client, chunk); n >= 0; n = read(client, chunk)) {
      long due = proxy.due();
      // The client can only have waited if every earlier answer was handed to it before it sent the
      // first byte; what comes in one piece with the end of another statement has not waited.
      waited = midStatement ? waited : delivered.get() >= sent.get();
      for (Piece piece : session.fromClient(chunk, n)) {
        if (piece.mark() == Mark.STATEMENT) {
          if (!admit(piece, waited)) {
            // What came before still goes to the server; then the connection is dropped.
            toServer.put(new Parcel(new byte[0], due, false));
            return;
          }
          waited = false;
        }
        toServer.put(new Parcel(piece.bytes(), due, false));
      }
      midStatement = session.isMidStatement();
    }
    toServer.put(new Parcel(new byte[0], proxy.due(), false));
  }

  private static int read(Socket from, byte[] chunk) throws IOException {
    return from.getInputStream().read(chunk);
  }

  /**
   * Counts the statement and does what was planned for it; false if it must not reach the server.
   */
  private boolean admit(Piece statement, boolean roundTrip) throws InterruptedException {
    long number = sent.incrementAndGet();
    if (roundTrip) {
      roundTrips.incrementAndGet();
    }
    PlannedFault fault = proxy.statementArrived(statement.sql(), roundTrip);
    if (fault == null) {
      return true;
    }
    switch (fault.kind()) {
      case DROP_REQUEST -> {
        fault.strike();
        return false;
      }
      case DROP_ANSWER -> {
        doom = fault;
        doomedStatement = number;
      }
      case HOLD -> {
        fault.strike();
        fault.awaitRelease();
      }
    }
    return true;
  }

  private void readServer() throws IOException, InterruptedException {
    connected.await();
    byte[] chunk = new byte[CHUNK];
    long answered = 0;
    for (int n = read(server, chunk); n >= 0; n = read(server, chunk)) {
      long due = proxy.due();
      for (Piece piece : session.fromServer(chunk, n)) {
        boolean ends = piece.mark() == Mark.ANSWER;
        if (answered + 1 < doomedStatement) {
          toClient.put(new Parcel(piece.bytes(), due, ends));
        } else if (ends) {
          loseAnswer(due);
          return;
        }
        answered += ends ? 1 : 0;
      }
    }
    toClient.put(new Parcel(new byte[0], proxy.due(), false));
  }

  /** Drops the connection once the client has the answers that came before. */
  private void loseAnswer(long due) throws InterruptedException {
    PlannedFault fault = doom;
    if (fault != null) {
      fault.strike();
    }
    toClient.put(new Parcel(new byte[0], due, false));
  }

  private void feed(BlockingQueue<Parcel> parcels, Socket to, Direction direction)
      throws IOException, InterruptedException {
    connected.await();
    for (Parcel parcel = parcels.take(); !parcel.endsStream(); parcel = parcels.take()) {
      awaitDue(parcel.due());
      proxy.awaitFlow(direction);
      if (parcel.endsAnswer()) {
        // Before the bytes: the client may send its next statement the moment it has them.
        delivered.incrementAndGet();
      }
      to.getOutputStream().write(parcel.bytes());
    }
    close();
  }

  private static void awaitDue(long due) throws InterruptedException {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** Drops the connection at both ends; what is under way is lost. Idempotent. */
  void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    proxy.forget(this);
    closeQuietly(client);
    closeQuietly(server);
    threads.forEach(Thread::interrupt);
  }

  static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException alreadyGone) {
      // The socket is of no use any more, which is all that is asked for.
      return;
    }
  }
}
