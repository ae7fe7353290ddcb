/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.SmallDisk;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;
import org.occ4j.testkit.WrongClock;

/** A new database, and nodes of this JVM before it, each behind a wire of its own. */
final class Arena implements AutoCloseable {
  /** Of a cluster's nodes the one whose clock may be wrong. */
  static final int WITH_A_CLOCK = 0;

  private final DatabaseServer server;
  private final TestDatabase database;
  private final Consumer<Record> recorder;
  private final IntSupplier steps;
  private volatile boolean held;
  private final List<WireProxy> wires = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final List<JdbcNode> nodes = new ArrayList<>();

  /**
   * A new database on a server, and nodes.
   *
   * @param steps tells how many steps workers have made so far
   */
  Arena(DatabaseServer server, int size, Consumer<Record> recorder, IntSupplier steps)
      throws Exception {
    this.server = server;
    this.recorder = recorder;
    this.steps = steps;
    database = server.newDatabase();
    JdbcNode.createTables(database);
    if (server instanceof GaleraCluster && clock() != null) {
      ClockStep.ofClocksThatDiffer().forEach(recorder);
    }
    for (int i = 0; i < size; i++) {
      TestDatabase reached = database;
      if (server instanceof GaleraCluster cluster) {
        reached = cluster.through(i % GaleraCluster.SIZE, database);
      }
      if (server instanceof DatabaseProcess || server instanceof GaleraCluster) {
        WireProxy wire = WireProxy.before(reached);
        wires.add(wire);
        reached = reached.through(wire);
      }
      nodes.add(new JdbcNode("n" + i, reached.dataSource(), recorder));
    }
  }

  TestDatabase database() {
    return database;
  }

  List<JdbcNode> nodes() {
    return nodes;
  }

  /** The wires of the nodes; none to an engine in this JVM. */
  List<WireProxy> wires() {
    return wires;
  }

  /**
   * The server's process, of a cluster another one each time; null if the engine lives in this JVM.
   */
  @Nullable DatabaseProcess process() {
    if (server instanceof GaleraCluster cluster) {
      return cluster.node(Math.floorMod(asked.getAndIncrement(), GaleraCluster.SIZE));
    }
    return server instanceof DatabaseProcess process ? process : null;
  }

  /** The small disk of the server; null if it has none. */
  @Nullable SmallDisk disk() {
    return server instanceof DatabaseProcess process ? process.disk() : null;
  }

  /** The clock of the server, or of one node; null if it has that of this machine. */
  @Nullable WrongClock clock() {
    if (server instanceof GaleraCluster cluster) {
      return cluster.node(WITH_A_CLOCK).clock();
    }
    return server instanceof DatabaseProcess process ? process.clock() : null;
  }

  /** The database where {@link #clock} tells the time. */
  TestDatabase atTheClock() {
    return server instanceof GaleraCluster cluster
        ? cluster.through(WITH_A_CLOCK, database)
        : database;
  }

  /** Takes down what is done to the machines and the judges have to know. */
  void record(Record step) {
    recorder.accept(step);
  }

  /** How many steps workers have made so far. */
  int steps() {
    return steps.getAsInt();
  }

  /** Has workers make no further step, or go on. */
  void hold(boolean held) {
    this.held = held;
  }

  boolean isHeld() {
    return held;
  }

  /** Waits for something, no longer than so long. */
  void await(BooleanSupplier reached, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!reached.getAsBoolean() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
  }

  /** Starts a server that ended by itself, as one may long after its disk was full. */
  void keepServer() {
    SmallDisk small = disk();
    if (small != null) {
      small.keepServer();
    }
  }

  Engine engine() {
    return server.engine();
  }

  /** Mends every wire. */
  void heal() {
    for (WireProxy wire : wires) {
      wire.forgetFaults();
      wire.delay(Duration.ZERO);
      wire.heal();
    }
  }

  @Override
  public void close() {
    heal();
    nodes.forEach(JdbcNode::close);
    wires.forEach(WireProxy::close);
  }
}
