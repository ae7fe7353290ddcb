/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP proxy between a JDBC driver and its database server, on loopback, that counts round trips
 * and breaks the network on demand.
 *
 * <p>It reads the wire protocol, so that "the n-th statement" is exact: a statement is what the
 * client sends up to the point at which it must wait for one answer (see {@link WireProtocol}). A
 * round trip is a statement that the client began to send when it had been handed the answers to
 * all its earlier ones. With drivers that wait after each statement the two numbers are equal; what
 * a driver sends in one piece is one round trip. If it pipelines in pieces (batches of MariaDB
 * Connector/J), whether the proxy sees the next statement before the answer passes is a race,
 * unless a {@link #delay} of a few milliseconds makes the answer later. Log-in is not counted.
 *
 * <p>Thread-safe. {@link #close()} drops all connections and ends all threads.
 */
public final class WireProxy implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WireProxy.class);

  private static final Pattern ADDRESS =
      Pattern.compile("^jdbc:\\w+://(?<host>[^:/]+):(?<port>\\d+)/");

  /** Which way bytes go. */
  enum Direction {
    TO_SERVER,
    TO_CLIENT
  }

  private enum Mode {
    FLOWING,
    CUT,
    BLACK_HOLE,
    SERVER_IS_DEAF,
    SERVER_IS_MUTE,
    CLOSED;

    boolean blocks(Direction direction) {
      return switch (this) {
        case BLACK_HOLE -> true;
        case SERVER_IS_DEAF -> direction == Direction.TO_SERVER;
        case SERVER_IS_MUTE -> direction == Direction.TO_CLIENT;
        case FLOWING, CUT, CLOSED -> false;
      };
    }
  }

  /** The statements and round trips so far of one open connection, named by the client's port. */
  public record ConnectionCount(int clientPort, long statements, long roundTrips) {}

  private final InetSocketAddress target;
  private final WireProtocol protocol;
  private final ServerSocket listener;
  private final Thread acceptor;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final Set<WireConnection> connections = ConcurrentHashMap.newKeySet();
  private final FaultPlan faults = new FaultPlan();
  private final List<Counting> countings = new CopyOnWriteArrayList<>();
  private final AtomicLong roundTrips = new AtomicLong();
  private volatile long delayNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition modeChanged = lock.newCondition();
  private Mode mode = Mode.FLOWING;

  private WireProxy(InetSocketAddress target, WireProtocol protocol) {
    this.target = target;
    this.protocol = protocol;
    try {
      this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("No port for a proxy on loopback", e);
    }
    this.acceptor = newThread("accept", this::accept);
    acceptor.start();
  }

  /**
   * A proxy in front of a database's server, for this and other databases there. The caller closes
   * it.
   *
   * @see TestDatabase#through(WireProxy)
   */
  public static WireProxy before(TestDatabase database) {
    Matcher address = ADDRESS.matcher(database.jdbcUrl());
    if (!address.find()) {
      throw new IllegalArgumentException("There is no wire to " + database.jdbcUrl());
    }
    int port = Integer.parseInt(address.group("port"));
    return before(address.group("host"), port, protocolOf(database.engine()));
  }

  private static WireProtocol protocolOf(Engine engine) {
    return engine == Engine.POSTGRESQL ? WireProtocol.POSTGRESQL : WireProtocol.MYSQL;
  }

  /** A proxy in front of whatever speaks {@code protocol} at that address. The caller closes it. */
  public static WireProxy before(String host, int port, WireProtocol protocol) {
    return new WireProxy(new InetSocketAddress(host, port), protocol);
  }

  /** The host at which clients reach the proxy. */
  public String host() {
    return listener.getInetAddress().getHostAddress();
  }

  /** The port at which clients reach the proxy; the same one for its whole life. */
  public int port() {
    return listener.getLocalPort();
  }

  String targetHost() {
    return target.getHostString();
  }

  int targetPort() {
    return target.getPort();
  }

  // ---- counting

  /** The round trips of all connections so far, those closed by now included. */
  public long roundTrips() {
    return roundTrips.get();
  }

  /** The statements of all connections so far, those closed by now included. */
  public long statements() {
    return faults.statements();
  }

  /** Starts a count of its own, which also keeps the text of the statements. */
  public Counting counting() {
    Counting[] self = new Counting[1];
    Counting counting = new Counting(() -> countings.remove(self[0]));
    self[0] = counting;
    countings.add(counting);
    return counting;
  }

  /** The count of each connection that is open now, in no particular order. */
  public List<ConnectionCount> connections() {
    return connections.stream()
        .map(c -> new ConnectionCount(c.clientPort(), c.statements(), c.roundTrips()))
        .toList();
  }

  // ---- breaking things

  /**
   * Makes every byte take at least this long in each direction, from now on; zero ends it. Adds
   * latency only: bytes that follow each other travel together.
   */
  public void delay(Duration eachWay) {
    if (eachWay.isNegative()) {
      throw new IllegalArgumentException("eachWay is negative: " + eachWay);
    }
    delayNanos = eachWay.toNanos();
  }

  /** Drops all connections at once and refuses new ones until {@link #heal()}. */
  public void cut() {
    enter(Mode.CUT);
    dropConnections();
  }

  /**
   * Lets nothing pass until {@link #heal()}, as when a network swallows packets: connections stay
   * open, new ones are accepted, nobody gets an answer. After healing, what was sent arrives.
   */
  public void blackHole() {
    enter(Mode.BLACK_HOLE);
  }

  /**
   * Lets nothing pass to clients until {@link #heal()}, while what they send still reaches the
   * server, which does it and answers in vain. After healing, the answers arrive where the
   * connection is still open.
   */
  public void muteServer() {
    enter(Mode.SERVER_IS_MUTE);
  }

  /**
   * Lets nothing pass to the server until {@link #heal()}, while answers that are under way still
   * reach their clients. After healing, what was sent arrives.
   */
  public void deafenServer() {
    enter(Mode.SERVER_IS_DEAF);
  }

  /** Ends whatever holds the network up but the delay. Planned faults stay. */
  public void heal() {
    enter(Mode.FLOWING);
  }

  /** Drops the connections that are open now; new ones are welcome. */
  public void dropConnections() {
    connections.forEach(WireConnection::close);
  }

  /**
   * Loses the answer to a statement to come, the first being 1: the server executes it and answers
   * completely; the client gets nothing but the end of its connection.
   */
  public PlannedFault dropAnswerTo(int nthStatement) {
    return faults.add(PlannedFault.Kind.DROP_ANSWER, nthStatement, sql -> true);
  }

  /** As {@link #dropAnswerTo(int)}, for the next statement whose text fits. */
  public PlannedFault dropAnswerTo(Predicate<? super String> statement) {
    return faults.add(PlannedFault.Kind.DROP_ANSWER, 1, statement);
  }

  /**
   * Loses a statement to come, the first being 1: it never reaches the server, and its connection
   * is dropped at both ends, whereupon the server rolls an open transaction back.
   */
  public PlannedFault dropRequest(int nthStatement) {
    return faults.add(PlannedFault.Kind.DROP_REQUEST, nthStatement, sql -> true);
  }

  /** As {@link #dropRequest(int)}, for the next statement whose text fits. */
  public PlannedFault dropRequest(Predicate<? super String> statement) {
    return faults.add(PlannedFault.Kind.DROP_REQUEST, 1, statement);
  }

  /**
   * Holds the next statement whose text fits before it reaches the server, until {@link
   * PlannedFault#release()}; what follows on its connection waits behind it.
   */
  public PlannedFault hold(Predicate<? super String> statement) {
    return faults.add(PlannedFault.Kind.HOLD, 1, statement);
  }

  /** Forgets the planned faults that have not happened. A statement that is held stays held. */
  public void forgetFaults() {
    faults.clear();
  }

  /**
   * Drops all connections, stops listening, and returns when all threads of the proxy have ended.
   */
  @Override
  public void close() {
    enter(Mode.CLOSED);
    dropConnections();
    try {
      listener.close();
      acceptor.join();
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The proxy's port could not be closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void enter(Mode next) {
    lock.lock();
    try {
      if (mode != Mode.CLOSED) {
        mode = next;
      }
      modeChanged.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        welcome(listener.accept());
      } catch (IOException e) {
        if (!listener.isClosed()) {
          report(e);
        }
      }
    }
  }

  private void welcome(Socket client) throws IOException {
    WireConnection connection = new WireConnection(this, client, protocol.newSession());
    lock.lock();
    try {
      // Under the lock of enter(): a connection is either refused here or seen by cut() and
      // close().
      if (mode == Mode.CUT || mode == Mode.CLOSED) {
        client.close();
        return;
      }
      connections.add(connection);
    } finally {
      lock.unlock();
    }
    connection.start();
  }

  // ---- what connections call

  InetSocketAddress target() {
    return target;
  }

  long due() {
    return System.nanoTime() + delayNanos;
  }

  /** A daemon thread that {@link #close()} waits for. */
  Thread newThread(String role, Runnable body) {
    Runnable tracked =
        () -> {
          try {
            body.run();
          } finally {
            threads.remove(Thread.currentThread());
          }
        };
    Thread thread = new Thread(tracked, "wire-proxy-" + port() + "-" + role);
    thread.setDaemon(true);
    threads.add(thread);
    return thread;
  }

  void awaitFlow(Direction direction) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (mode.blocks(direction)) {
        modeChanged.await();
      }
    } finally {
      lock.unlock();
    }
  }

  @Nullable PlannedFault statementArrived(String sql, boolean roundTrip) {
    if (roundTrip) {
      roundTrips.incrementAndGet();
    }
    countings.forEach(counting -> counting.add(sql, roundTrip));
    return faults.statementArrived(sql);
  }

  void report(Exception unexpected) {
    log.warn("A connection through the proxy on port {} is given up", port(), unexpected);
  }

  void forget(WireConnection connection) {
    connections.remove(connection);
  }
}
