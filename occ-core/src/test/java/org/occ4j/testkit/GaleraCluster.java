/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A MariaDB Galera cluster of three nodes on the loopback address. Its databases are reached
 * through a balancer, so that each connection goes to another node, or by {@link #node} through
 * one. Sessions are set as the library needs it on a cluster.
 *
 * <p>It needs the distribution's {@code mariadb-server}, {@code galera-4} and {@code rsync}: those
 * of the machine, or unpacked in the directory that the system property {@code occ.galera.home}
 * names. {@code .ci/galera} installs them and runs everything that needs a cluster.
 *
 * <p>With the system property {@code occ.galera} the shared server of MariaDB's engines is such a
 * cluster, so that their suites run on it. Thread-safe.
 */
public final class GaleraCluster implements DatabaseServer {
  /** How many nodes it has. */
  public static final int SIZE = 3;

  /** The JUnit tag of all that starts a cluster; {@code mvn verify} leaves it out. */
  public static final String TAG = "galera";

  private static final String SESSION = "wsrep_sync_wait=7,wsrep_retry_autocommit=0";

  private final Engine engine;
  private final List<GaleraNode> nodes;
  private final RoundRobin balancer;

  private GaleraCluster(Engine engine, List<GaleraNode> nodes, RoundRobin balancer) {
    this.engine = engine;
    this.nodes = nodes;
    this.balancer = balancer;
  }

  /** Whether the suites of MariaDB run on a cluster. */
  static boolean isAskedFor() {
    return Boolean.getBoolean("occ.galera");
  }

  /** Starts a cluster and waits until all nodes are synced. The caller closes it. */
  public static GaleraCluster start() {
    Path home = Path.of(System.getProperty("occ.galera.home", "/"));
    List<GaleraNode> nodes = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      nodes.add(new GaleraNode(home, i));
    }
    try {
      nodes.get(0).found(nodes);
      for (GaleraNode node : nodes.subList(1, SIZE)) {
        node.join(nodes);
      }
    } catch (RuntimeException failure) {
      nodes.forEach(GaleraNode::close);
      throw failure;
    }
    RoundRobin balancer = new RoundRobin(nodes.stream().map(GaleraNode::port).toList());
    return new GaleraCluster(Engine.MARIADB, nodes, balancer);
  }

  /** The same cluster, reached by the driver of an engine. */
  GaleraCluster by(Engine driver) {
    return new GaleraCluster(driver, nodes, balancer);
  }

  /** A database by one of the drivers, through whichever address. */
  static TestDatabase database(Engine driver, String host, int port, String name) {
    String address = host + ":" + port + "/" + name;
    String url =
        driver == Engine.MARIADB
            ? "jdbc:mariadb://" + address + "?sslMode=disable&sessionVariables=" + SESSION
            : "jdbc:mysql://" + address + "?sslMode=DISABLED&sessionVariables=" + SESSION;
    return new TestDatabase(driver, url, MariadbServer.USER, MariadbServer.PASSWORD);
  }

  @Override
  public Engine engine() {
    return engine;
  }

  @Override
  public String version() {
    return nodes.get(0).version() + ", Galera, " + SIZE + " nodes";
  }

  /** A new database, which all nodes have; each connection to it goes to another node. */
  @Override
  public TestDatabase newDatabase() {
    GaleraNode first = nodes.get(0);
    String name = first.newDatabaseName();
    nodes.forEach(node -> Patience.await().until(node::isCaughtUp));
    return database(engine, first.host(), balancer.port(), name);
  }

  /** The same database, through one of the nodes, from 0. */
  public TestDatabase through(int node, TestDatabase database) {
    String url =
        database.jdbcUrl().replace(":" + balancer.port() + "/", ":" + nodes.get(node).port() + "/");
    return new TestDatabase(database.engine(), url, database.user(), database.password());
  }

  /** A node's process, from 0; when it is started again it has joined, and is synced. */
  public DatabaseProcess node(int node) {
    return nodes.get(node);
  }

  @Override
  public void close() {
    balancer.close();
    nodes.forEach(GaleraNode::close);
  }
}
