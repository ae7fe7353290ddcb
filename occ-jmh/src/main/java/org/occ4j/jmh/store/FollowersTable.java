/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.change.Change;
import org.occ4j.jdbc.Housekeeping;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * What it costs that many nodes follow one database: processor time of the server while nothing is
 * written and while one node writes at a fixed rate, the writer's latencies, and how long it takes
 * until each node has heard. Nodes are in this process, each with one connection.
 *
 * <pre>
 * java -cp 'occ-jmh/target/benchmarks.jar:occ-jmh/target/servers/*' \
 *     org.occ4j.jmh.store.FollowersTable [ENGINE,..] [NODES,..] [SECONDS]
 * </pre>
 */
public final class FollowersTable {
  private static final String DEFAULT_ENGINES = "POSTGRESQL,MARIADB";
  private static final String DEFAULT_NODES = "0,10,50,100";
  private static final String DEFAULT_SECONDS = "10";
  private static final int WRITES_PER_SECOND = 100;
  private static final int KEYS = 1_000;
  private static final String SERVERS = ".*/(postgres|mariadbd|mysqld)";

  private final TestDatabase database;
  private final Duration length;

  private FollowersTable(TestDatabase database, Duration length) {
    this.database = database;
    this.length = length;
  }

  /** A node that follows, and how late it heard of each write. */
  private static final class Follower implements AutoCloseable {
    private final HikariDataSource pool;
    private final OccDatabase node;
    private final AtomicLong heard = new AtomicLong();
    private final List<Long> delays = new ArrayList<>();

    Follower(TestDatabase database, long[] writtenAt) {
      pool = database.pool(1);
      node = OccDatabase.builder(pool).housekeeping(Housekeeping.off()).open();
      node.changes().follow(change -> hear(change, writtenAt));
    }

    private void hear(Change change, long[] writtenAt) {
      String key = change.key();
      if (key != null && key.startsWith("w")) {
        delays.add(System.nanoTime() - writtenAt[Integer.parseInt(key.substring(1))]);
        heard.incrementAndGet();
      }
    }

    @Override
    public void close() {
      node.close();
      pool.close();
    }
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    String engines = arguments.length > 0 ? arguments[0] : DEFAULT_ENGINES;
    String nodes = arguments.length > 1 ? arguments[1] : DEFAULT_NODES;
    long seconds = Long.parseLong(arguments.length > 2 ? arguments[2] : DEFAULT_SECONDS);
    System.out.printf(
        "| engine | nodes | polls/s | server, idle | server, %d writes/s | write p50 us | p99 us"
            + " | heard p50 ms | p99 ms | heard by all |%n|---|---|---|---|---|---|---|---|---|---|%n",
        WRITES_PER_SECOND);
    for (String engine : engines.split(",", -1)) {
      try (DatabaseServer server = Engine.valueOf(engine).start()) {
        for (String count : nodes.split(",", -1)) {
          new FollowersTable(server.newDatabase(), Duration.ofSeconds(seconds))
              .measure(engine, Integer.parseInt(count));
        }
      }
    }
  }

  private void measure(String engine, int nodes) throws Exception {
    int writes = (int) (WRITES_PER_SECOND * length.toSeconds());
    long[] writtenAt = new long[writes];
    List<Follower> followers = new ArrayList<>();
    try (HikariDataSource pool = database.pool(2);
        OccDatabase writer =
            OccDatabase.builder(pool).createSchema().housekeeping(Housekeeping.off()).open()) {
      JdbcVersionedStore<String, String> store =
          writer.store("task", KeyCodec.strings(), Codec.strings()).recordChanges(true);
      for (int i = 0; i < KEYS; i++) {
        store.put("k" + i, "warm", Expected.any());
      }
      for (int i = 0; i < nodes; i++) {
        followers.add(new Follower(database, writtenAt));
      }
      TimeUnit.SECONDS.sleep(2);
      long polls = polls(followers);
      double idle = serverTimeDuring(() -> TimeUnit.NANOSECONDS.sleep(length.toNanos()));
      double pollsPerSecond = (polls(followers) - polls) / (double) length.toSeconds();
      long[] latencies = new long[writes];
      double busy = serverTimeDuring(() -> write(store, writtenAt, latencies));
      TimeUnit.SECONDS.sleep(2);
      print(engine, nodes, pollsPerSecond, idle, busy, latencies, followers);
    } finally {
      followers.forEach(Follower::close);
    }
  }

  private static long polls(List<Follower> followers) {
    return followers.stream().mapToLong(follower -> follower.node.changes().stats().polls()).sum();
  }

  private static void write(
      JdbcVersionedStore<String, String> store, long[] writtenAt, long[] latencies)
      throws InterruptedException {
    long begin = System.nanoTime();
    for (int i = 0; i < latencies.length; i++) {
      long due = begin + i * TimeUnit.SECONDS.toNanos(1) / WRITES_PER_SECOND;
      TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      writtenAt[i] = System.nanoTime();
      store.put("w" + i, "content", Expected.any());
      latencies[i] = System.nanoTime() - writtenAt[i];
    }
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  /** The processors that the server kept busy meanwhile; no other one may run on the machine. */
  private double serverTimeDuring(Work work) throws InterruptedException {
    long before = serverMillis();
    long begin = System.nanoTime();
    work.run();
    return (serverMillis() - before) * 1e6 / (System.nanoTime() - begin);
  }

  private static long serverMillis() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().command().orElse("").matches(SERVERS))
        .mapToLong(process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis())
        .sum();
  }

  private static void print(
      String engine,
      int nodes,
      double polls,
      double idle,
      double busy,
      long[] latencies,
      List<Follower> followers) {
    long[] delays =
        followers.stream()
            .flatMap(follower -> follower.delays.stream())
            .mapToLong(Long::longValue)
            .sorted()
            .toArray();
    Arrays.sort(latencies);
    boolean byAll =
        followers.stream().allMatch(follower -> follower.heard.get() == latencies.length);
    System.out.printf(
        "| %s | %d | %,.0f | %.1f %% | %.1f %% | %,.0f | %,.0f | %.0f | %.0f | %s |%n",
        engine,
        nodes,
        polls,
        100 * idle,
        100 * busy,
        latencies[latencies.length / 2] / 1e3,
        latencies[latencies.length * 99 / 100] / 1e3,
        delays.length == 0 ? 0 : delays[delays.length / 2] / 1e6,
        delays.length == 0 ? 0 : delays[delays.length * 99 / 100] / 1e6,
        byAll ? "yes" : "no");
  }
}
